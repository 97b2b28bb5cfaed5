package normalize

// typeMeanings says in a sentence what each type means, for its page.
var typeMeanings = map[Type]string{
	InvalidRequest:       "The request cannot be understood: a parameter, a header or the body is malformed, missing or unknown.",
	ValidationFailed:     "The request is well-formed, but its data breaks a rule; errors lists the fields where they are known.",
	Unauthenticated:      "The credential is missing, wrong, expired or revoked.",
	PermissionDenied:     "The credential is good, but a scope, role, plan or permission is missing.",
	NotFound:             "The thing that the request addresses does not exist, or may not be seen.",
	MethodNotAllowed:     "The resource exists but not with this verb.",
	NotAcceptable:        "The vendor cannot answer in a form that Accept asks for.",
	RequestTimeout:       "The request took too long to arrive.",
	Conflict:             "The state of the thing does not allow the change: a stale version, a wrong state, a lock.",
	AlreadyExists:        "The thing, or a value that must be unique, exists already.",
	Gone:                 "The thing was there and is not any more.",
	PreconditionFailed:   "A condition of the request, such as If-Match, does not hold.",
	PayloadTooLarge:      "The body is too large, or holds too many items.",
	UnsupportedMediaType: "The body's media type is not taken here.",
	DependencyFailed:     "Something else that the request needs does not exist or is not set up at the vendor.",
	RateLimited:          "The vendor refused the request because too many came in a short time.",
	QuotaExceeded:        "A daily or monthly limit, a plan or credits are used up.",
	PaymentRequired:      "A payment is due, was declined, or the balance is too low.",
	UpstreamError:        "The vendor failed while it handled the request.",
	NotImplemented:       "The vendor does not support this function.",
	UpstreamUnavailable:  "The vendor is down, overloaded or under maintenance.",
	UpstreamTimeout:      "The vendor did not answer in time.",
	BadGateway:           "A server at the vendor got no valid answer from the one behind it.",
	EdgeChallenge:        "A firewall, challenge or login page stands where the API should answer.",

	RouteNotFound:               "No upstream is configured for this path.",
	Throttled:                   "The gateway held the request back to keep the vendor's quota, and could not send it in time.",
	CircuitOpen:                 "The vendor failed often lately; the gateway does not send requests until it has recovered.",
	UpstreamUnreachable:         "No connection to the vendor could be made.",
	UpstreamInvalidResponse:     "What the vendor sent is no valid answer.",
	CredentialsUnavailable:      "The gateway could not get the token that it needs for the vendor.",
	UpstreamCredentialsRejected: "The vendor refused the credential that the gateway put into the request.",
	MisdirectedRequest:          "The request names a host that is none of this gateway.",
	LoopDetected:                "The request came back to the gateway.",
	GatewayOverloaded:           "The gateway has too much to do and sheds load.",
	GatewayError:                "The gateway failed.",
}

// Meaning returns a sentence that says what t means.
func (t Type) Meaning() string { return typeMeanings[t] }

// HintsOn returns the profile's causes and cures for a type.
func (r *Reader) HintsOn(t Type) []string { return r.profile.Hints[string(t)] }
