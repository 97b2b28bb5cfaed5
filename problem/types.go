// Package problem is what callers get in place of a vendor's error: the closed catalogue of types and their meanings, the
// object of RFC 9457 with the gateway's members, and its forms in JSON and XML. A Reading becomes a problem. Nothing here
// knows vendors or profiles.
package problem

// Type is the slug of a problem type, such as "validation-failed". The set is closed: Catalogue lists it.
type Type string

// Fault says who must act on a problem.
type Fault string

// Who must act.
const (
	FaultCaller      Fault = "caller"      // change the request
	FaultAccount     Fault = "account"     // change setup, rights or billing at the vendor
	FaultCredentials Fault = "credentials" // fix the key or token
	FaultVendor      Fault = "vendor"      // wait for, or write to, the vendor
	FaultGateway     Fault = "gateway"     // operate the gateway
)

// Types of errors that a vendor reports.
const (
	InvalidRequest       Type = "invalid-request"
	ValidationFailed     Type = "validation-failed"
	Unauthenticated      Type = "unauthenticated"
	PermissionDenied     Type = "permission-denied"
	NotFound             Type = "not-found"
	MethodNotAllowed     Type = "method-not-allowed"
	NotAcceptable        Type = "not-acceptable"
	RequestTimeout       Type = "request-timeout"
	Conflict             Type = "conflict"
	AlreadyExists        Type = "already-exists"
	Gone                 Type = "gone"
	PreconditionFailed   Type = "precondition-failed"
	PayloadTooLarge      Type = "payload-too-large"
	UnsupportedMediaType Type = "unsupported-media-type"
	DependencyFailed     Type = "dependency-failed"
	RateLimited          Type = "rate-limited"
	QuotaExceeded        Type = "quota-exceeded"
	PaymentRequired      Type = "payment-required"
	UpstreamError        Type = "upstream-error"
	NotImplemented       Type = "not-implemented"
	UpstreamUnavailable  Type = "upstream-unavailable"
	UpstreamTimeout      Type = "upstream-timeout"
	BadGateway           Type = "bad-gateway"
	EdgeChallenge        Type = "edge-challenge"
)

// Types of errors that the gateway itself makes. UpstreamTimeout and PayloadTooLarge exist on both sides.
const (
	RouteNotFound               Type = "route-not-found"
	Throttled                   Type = "throttled"
	CircuitOpen                 Type = "circuit-open"
	UpstreamUnreachable         Type = "upstream-unreachable"
	UpstreamInvalidResponse     Type = "upstream-invalid-response"
	CredentialsUnavailable      Type = "credentials-unavailable"
	UpstreamCredentialsRejected Type = "upstream-credentials-rejected"
	MisdirectedRequest          Type = "misdirected-request"
	LoopDetected                Type = "loop-detected"
	GatewayOverloaded           Type = "gateway-overloaded"
	GatewayError                Type = "gateway-error"
)

// TypeInfo is what is fixed for a type: its title, canonical status, and what holds unless a vendor says otherwise.
type TypeInfo struct {
	Type      Type
	Title     string
	Status    int
	Fault     Fault
	Retryable bool
}

// catalogue holds every type once, in the order of the documentation.
var catalogue = []TypeInfo{
	{InvalidRequest, "Invalid request", 400, FaultCaller, false},
	{ValidationFailed, "Validation failed", 422, FaultCaller, false},
	{Unauthenticated, "Not authenticated", 401, FaultCredentials, false},
	{PermissionDenied, "Permission denied", 403, FaultAccount, false},
	{NotFound, "Not found", 404, FaultCaller, false},
	{MethodNotAllowed, "Method not allowed", 405, FaultCaller, false},
	{NotAcceptable, "Not acceptable", 406, FaultCaller, false},
	{RequestTimeout, "Request timeout", 408, FaultVendor, true},
	{Conflict, "Conflict", 409, FaultCaller, false},
	{AlreadyExists, "Already exists", 409, FaultCaller, false},
	{Gone, "Gone", 410, FaultCaller, false},
	{PreconditionFailed, "Precondition failed", 412, FaultCaller, false},
	{PayloadTooLarge, "Payload too large", 413, FaultCaller, false},
	{UnsupportedMediaType, "Unsupported media type", 415, FaultCaller, false},
	{DependencyFailed, "Dependency failed", 424, FaultAccount, false},
	{RateLimited, "Rate limited", 429, FaultVendor, true},
	{QuotaExceeded, "Quota exceeded", 429, FaultAccount, false},
	{PaymentRequired, "Payment required", 402, FaultAccount, false},
	{UpstreamError, "Upstream error", 502, FaultVendor, false},
	{NotImplemented, "Not implemented", 501, FaultVendor, false},
	{UpstreamUnavailable, "Upstream unavailable", 503, FaultVendor, true},
	{UpstreamTimeout, "Upstream timeout", 504, FaultVendor, true},
	{BadGateway, "Bad gateway", 502, FaultVendor, true},
	{EdgeChallenge, "Edge challenge", 503, FaultVendor, false},
	{RouteNotFound, "Route not found", 404, FaultCaller, false},
	{Throttled, "Throttled", 429, FaultCaller, true},
	{CircuitOpen, "Circuit open", 503, FaultVendor, true},
	{UpstreamUnreachable, "Upstream unreachable", 502, FaultVendor, true},
	{UpstreamInvalidResponse, "Upstream sent an invalid response", 502, FaultVendor, true},
	{CredentialsUnavailable, "Credentials unavailable", 502, FaultCredentials, true},
	{UpstreamCredentialsRejected, "Upstream rejected the credentials", 502, FaultCredentials, false},
	{MisdirectedRequest, "Misdirected request", 421, FaultCaller, false},
	{LoopDetected, "Loop detected", 508, FaultGateway, false},
	{GatewayOverloaded, "Gateway overloaded", 503, FaultGateway, true},
	{GatewayError, "Gateway error", 500, FaultGateway, false},
}

// Waits is true for types whose problems may name a time to wait.
func (i TypeInfo) Waits() bool { return i.Status == 429 || i.Status == 503 }

// Catalogue returns every type in the order of the documentation. The slice is the caller's own.
func Catalogue() []TypeInfo { return append([]TypeInfo(nil), catalogue...) }

// Info returns what is fixed for t; ok is false for a slug that is not in the catalogue.
func (t Type) Info() (info TypeInfo, ok bool) {
	for _, info := range catalogue {
		if info.Type == t {
			return info, true
		}
	}
	return TypeInfo{}, false
}

// OfGateway is true for types that no vendor's error has.
func (t Type) OfGateway() bool {
	own := false
	for _, info := range catalogue {
		own = own || info.Type == RouteNotFound // the first of them
		if info.Type == t {
			return own
		}
	}
	return false
}

// byStatus says what a status alone means, where no body or header says more.
var byStatus = map[int]Type{
	400: InvalidRequest, 401: Unauthenticated, 402: PaymentRequired, 403: PermissionDenied, 404: NotFound,
	405: MethodNotAllowed, 406: NotAcceptable, 408: RequestTimeout, 409: Conflict, 410: Gone,
	412: PreconditionFailed, 413: PayloadTooLarge, 415: UnsupportedMediaType, 422: ValidationFailed,
	424: DependencyFailed, 429: RateLimited, 500: UpstreamError, 501: NotImplemented, 502: BadGateway,
	503: UpstreamUnavailable, 504: UpstreamTimeout, 508: LoopDetected, 529: UpstreamUnavailable,
}

// TypeOf returns the type that an HTTP status means if nothing else is known: the closest one of its class.
func TypeOf(status int) Type {
	if t, ok := byStatus[status]; ok {
		return t
	}
	switch {
	case status >= 520 && status <= 530: // Cloudflare's: the origin did not answer as it should
		return UpstreamUnavailable
	case status >= 500:
		return UpstreamError
	default:
		return InvalidRequest
	}
}

// HasType is true for a status that has a type of its own.
func HasType(status int) bool { return byStatus[status] != "" }
