package problem

// Words explain to people what a type means.
type Words struct {
	Title   string `yaml:"title"`
	Meaning string `yaml:"meaning"` // a sentence, as are the next two
	Cause   string `yaml:"cause"`   // what most often leads to it
	Cure    string `yaml:"cure"`    // what to do
}

// typeWords are the English words of each type. Its title is in the catalogue.
var typeWords = map[Type]Words{
	InvalidRequest: {
		Meaning: "The request cannot be understood: a parameter, a header or the body is malformed, missing or unknown.",
		Cause:   "A parameter is misspelt or missing, the body is not valid JSON, or a header has a wrong value.",
		Cure:    "Compare the request with the vendor's documentation; errors and detail name what was not understood.",
	},
	ValidationFailed: {
		Meaning: "The request is well-formed, but its data breaks a rule; errors lists the fields where they are known.",
		Cause:   "A required field is missing, or a value has the wrong format or is not allowed here.",
		Cure:    "Correct the fields that errors names and send the request again.",
	},
	Unauthenticated: {
		Meaning: "The credential is missing, wrong, expired or revoked.",
		Cause:   "The token has expired or was revoked, belongs to another environment, or was not sent.",
		Cure:    "Get a new token or key, and check that it is sent in the way that the vendor, or this gateway, expects.",
	},
	PermissionDenied: {
		Meaning: "The credential is good, but a scope, role, plan or permission is missing.",
		Cause:   "The user or app lacks a right or scope, or the plan does not include the function.",
		Cure:    "Have the right granted at the vendor; then a new token may be needed.",
	},
	NotFound: {
		Meaning: "The thing that the request addresses does not exist, or may not be seen.",
		Cause:   "The id or path is wrong, the thing was deleted, or it belongs to another account.",
		Cure:    "Check the id and the path, and whether the credential may see the thing.",
	},
	MethodNotAllowed: {
		Meaning: "The resource exists but not with this verb.",
		Cause:   "The path does not take this method.",
		Cure:    "Use one of the methods that the Allow header lists.",
	},
	NotAcceptable: {
		Meaning: "The vendor cannot answer in a form that Accept asks for.",
		Cause:   "Accept names only media types that the vendor does not offer.",
		Cure:    "Send Accept: application/json, or what the vendor documents.",
	},
	RequestTimeout: {
		Meaning: "The request took too long to arrive.",
		Cause:   "The connection is slow, or the caller stopped sending.",
		Cure:    "Send the request again; split large bodies.",
	},
	Conflict: {
		Meaning: "The state of the thing does not allow the change: a stale version, a wrong state, a lock.",
		Cause:   "Another change came first, or the thing is in a state that does not allow this change.",
		Cure:    "Read the thing again, apply the change to its present state, and send it again.",
	},
	AlreadyExists: {
		Meaning: "The thing, or a value that must be unique, exists already.",
		Cause:   "It was created before, perhaps by an earlier try of this request, or a unique value is taken.",
		Cure:    "Look the thing up and update it, or use another value.",
	},
	Gone: {
		Meaning: "The thing was there and is not any more.",
		Cause:   "It was deleted, or this version of the API was switched off.",
		Cure:    "Stop asking for it; look for its successor in the vendor's documentation.",
	},
	PreconditionFailed: {
		Meaning: "A condition of the request, such as If-Match, does not hold.",
		Cause:   "The thing has changed since it was read.",
		Cure:    "Read it again and repeat the change with the new ETag.",
	},
	PayloadTooLarge: {
		Meaning: "The body is too large, or holds too many items.",
		Cause:   "The body, a file or a list is over a limit of the vendor or of this gateway.",
		Cure:    "Split the request.",
	},
	UnsupportedMediaType: {
		Meaning: "The body's media type is not taken here.",
		Cause:   "Content-Type is missing, wrong, or not taken by this route.",
		Cure:    "Send the body as the vendor documents, with its Content-Type.",
	},
	DependencyFailed: {
		Meaning: "Something else that the request needs does not exist or is not set up at the vendor.",
		Cause:   "Something that the request refers to was not created, or is not configured in the account.",
		Cure:    "Have it set up at the vendor, then send the request again.",
	},
	RateLimited: {
		Meaning: "The vendor refused the request because too many came in a short time.",
		Cause:   "All apps that share the quota sent too much together, perhaps in a batch job.",
		Cure:    "Wait for retry_after; let the gateway's limits match the vendor's, so that it waits by itself.",
	},
	QuotaExceeded: {
		Meaning: "A daily or monthly limit, a plan or credits are used up.",
		Cause:   "The plan's volume for the day or month, or the credit, is used up.",
		Cure:    "Wait for the next period, or have the plan raised.",
	},
	PaymentRequired: {
		Meaning: "A payment is due, was declined, or the balance is too low.",
		Cause:   "An invoice is open, a card was declined, or the balance is empty.",
		Cure:    "Settle the payment, or use another means of payment.",
	},
	UpstreamError: {
		Meaning: "The vendor failed while it handled the request.",
		Cause:   "A fault in the vendor's software; sometimes a request that it did not expect.",
		Cure:    "Look first whether the change was made; if it lasts, write to the vendor with upstream.request_id.",
	},
	NotImplemented: {
		Meaning: "The vendor does not support this function.",
		Cause:   "The function is missing in this version or plan.",
		Cure:    "Use another route; see the vendor's documentation.",
	},
	UpstreamUnavailable: {
		Meaning: "The vendor is down, overloaded or under maintenance.",
		Cause:   "Maintenance, overload or an outage at the vendor.",
		Cure:    "Try again after retry_after; look at the vendor's status page.",
	},
	UpstreamTimeout: {
		Meaning: "The vendor did not answer in time.",
		Cause:   "The vendor is slow, or the request asks for too much at once.",
		Cure:    "Ask for less, or raise timeouts; a change may have been made all the same.",
	},
	BadGateway: {
		Meaning: "A server at the vendor got no valid answer from the one behind it.",
		Cause:   "A load balancer or proxy of the vendor lost its server, often during a deployment.",
		Cure:    "Try again shortly.",
	},
	EdgeChallenge: {
		Meaning: "A firewall, challenge or login page stands where the API should answer.",
		Cause:   "A bot protection takes the gateway for a robot, the address is blocked, or the URL leads to a web page.",
		Cure:    "Check the upstream's url; have the vendor allow the gateway's address.",
	},

	RouteNotFound: {
		Meaning: "No upstream is configured for this path.",
		Cause:   "The path does not begin with the name of an upstream, or the upstream is not configured here.",
		Cure:    "Begin the path with an upstream's name; hints lists them.",
	},
	Throttled: {
		Meaning: "The gateway held the request back to keep the vendor's quota, and could not send it in time.",
		Cause:   "Too many requests wait for the vendor's quota, or one consumer uses more than its share.",
		Cure:    "Send less, wait for retry_after, or raise throttle.max_wait or the consumer's weight.",
	},
	CircuitOpen: {
		Meaning: "The vendor failed often lately; the gateway does not send requests until it has recovered.",
		Cause:   "The vendor answers with errors or not at all.",
		Cure:    "Wait; the gateway tries by itself whether the vendor has recovered.",
	},
	UpstreamUnreachable: {
		Meaning: "No connection to the vendor could be made.",
		Cause:   "The host name does not resolve, a firewall is in between, or the certificate is not valid.",
		Cure:    "Check the upstream's url and tls, DNS and the way out of the network; Proxy-Status names what failed.",
	},
	UpstreamInvalidResponse: {
		Meaning: "What the vendor sent is no valid answer.",
		Cause:   "The connection broke off, or something else than an HTTP server answers.",
		Cure:    "Try again; if it lasts, check that the upstream's url leads to the API.",
	},
	CredentialsUnavailable: {
		Meaning: "The gateway has no key or token of the vendor for the request.",
		Cause:   "The token endpoint is down or refused the client, or none of the upstream's credentials is for this caller.",
		Cure:    "Check the upstream's credentials; detail says which is missing, the log what the token endpoint answered.",
	},
	UpstreamCredentialsRejected: {
		Meaning: "The vendor refused the credential that the gateway put into the request.",
		Cause:   "The gateway's key or token was revoked, has expired, or belongs to another environment.",
		Cure:    "Renew the upstream's credentials; callers can do nothing about it.",
	},
	MisdirectedRequest: {
		Meaning: "The request names a host that is none of this gateway.",
		Cause:   "The caller takes the gateway for a forward proxy, or Host is wrong.",
		Cure:    "Send the request to the gateway's own address, or add the host to the upstream's hosts.",
	},
	LoopDetected: {
		Meaning: "The request came back to the gateway.",
		Cause:   "An upstream's url leads to the gateway itself, directly or through another proxy.",
		Cure:    "Correct the upstream's url.",
	},
	GatewayOverloaded: {
		Meaning: "The gateway has too much to do and sheds load.",
		Cause:   "More requests are under way than the gateway may hold.",
		Cure:    "Try again after a pause; run more instances if it lasts.",
	},
	GatewayError: {
		Meaning: "The gateway failed.",
		Cause:   "A fault in the gateway.",
		Cure:    "Look into the gateway's log with request_id.",
	},
}

// Words returns the English words for t.
func (t Type) Words() Words {
	info, _ := t.Info()
	w := typeWords[t]
	w.Title = info.Title
	return w
}

// Meaning returns a sentence that says what t means.
func (t Type) Meaning() string { return typeWords[t].Meaning }
