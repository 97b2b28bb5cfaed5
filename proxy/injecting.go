package proxy

import (
	"net/http"
	"net/url"
	"time"

	"gateway/credentials"
	"gateway/normalize"
	"gateway/problem"
)

// inject is the stage that puts the vendor's credential into requests.
func (u *upstream) inject(next http.RoundTripper) http.RoundTripper {
	if len(u.Credentials) == 0 {
		return next
	}
	return &credentials.Transport{
		Next: next, Set: u.credentials, Refused: refusesCredential,
		Caller: func(r *http.Request) credentials.Caller {
			x := exchangeOf(r.Context())
			return credentials.Caller{Consumer: x.Consumer, Header: x.header}
		},
		OnUse: func(r *http.Request, account string) { exchangeOf(r.Context()).account = account },
	}
}

// refusesCredential is true for an answer by which the vendor asks for another credential, whatever its status.
func refusesCredential(resp *http.Response) bool {
	out := normalize.OutcomeOf(resp)
	return resp.StatusCode == http.StatusUnauthorized || out != nil && out.Reading.Type == problem.Unauthenticated
}

// noCredential tells that the stage sent nothing.
func noCredential(e *credentials.Error) *problemError {
	p := &problemError{
		Type: problem.CredentialsUnavailable, proxyStatus: "proxy_configuration_error",
		public: e.Public, retryAfter: e.RetryAfter, hasRetry: e.RetryAfter > 0, cause: e,
	}
	if e.Rejected {
		p.Type = problem.UpstreamCredentialsRejected
	}
	if e.Unfit {
		p.final, p.fault = true, unfitFault(e)
	}
	return p
}

// unfitFault says who must act where no credential is for a request: no key or token is wrong.
func unfitFault(e *credentials.Error) problem.Fault {
	if len(e.Lacks) > 0 {
		return problem.FaultCaller
	}
	return problem.FaultGateway
}

// problemOf makes the problem of a vendor's error, which is one of the gateway's own where that is to blame.
func (h *Handler) problemOf(x *exchange, out *normalize.Outcome, refusedOurs bool) *problem.Problem {
	if refusedOurs {
		return h.ownProblem(x, x.credentialRefused(out.Reading))
	}
	x.InstanceID = newID(time.Now())
	return h.vendorProblem(x, out.Answer, out.Reading, x.InstanceID)
}

// credentialRefused tells that the vendor refused the gateway's credential. The caller has none, so it must not see a
// 401 of its own.
func (x *exchange) credentialRefused(r problem.Reading) *problemError {
	p := &problemError{
		Type: problem.UpstreamCredentialsRejected, public: "The upstream refused the credential that the gateway put in.",
		hints: append([]string{"Callers cannot cure this. Whoever keeps upstreams." + x.Upstream + ".credentials renews the key or token."}, r.Hints...),
	}
	if r.Detail != "" {
		p.public = "The upstream refused the credential that the gateway put in: " + r.Detail
	}
	return p
}

// connectTokens makes what reaches a token endpoint: by the upstream's own settings, but for the name that is pinned for
// its host. Calls are rare, so each has a connection of its own.
func (s *Shared) connectTokens(u Upstream) func(*url.URL) (http.RoundTripper, error) {
	return func(endpoint *url.URL) (http.RoundTripper, error) {
		own := u
		if target, err := url.Parse(u.URL); err != nil || endpoint.Host != target.Host {
			own.TLS.ServerName = ""
		}
		make, err := transportMaker(own, endpoint, s, nil)
		if err != nil {
			return nil, err
		}
		transport := make()
		transport.DisableKeepAlives = true
		return transport, nil
	}
}
