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

// refusesCredential is true for an answer that rejects the credential, whatever its status.
func refusesCredential(resp *http.Response) bool {
	out := normalize.OutcomeOf(resp)
	return resp.StatusCode == http.StatusUnauthorized || out != nil && out.Reading.Type == problem.Unauthenticated
}

// noCredential returns the problem for a request that was not sent, because it got no credential.
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

// unfitFault says who must act if no credential is meant for a request. No key or token is wrong in this case.
func unfitFault(e *credentials.Error) problem.Fault {
	if len(e.Lacks) > 0 {
		return problem.FaultCaller
	}
	return problem.FaultGateway
}

// problemOf makes the problem of a vendor's error; if the gateway is to blame, it is one of the gateway's own.
func (h *Handler) problemOf(x *exchange, out *normalize.Outcome, refusedOurs bool) *problem.Problem {
	if refusedOurs {
		return h.ownProblem(x, x.credentialRefused(out.Reading))
	}
	x.InstanceID = newID(time.Now())
	return h.vendorProblem(x, out.Answer, out.Reading, x.InstanceID)
}

// credentialRefused reports that the vendor refused the gateway's credential. The caller holds none, so it must not see a
// 401 about it.
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

// connectTokens returns a function that makes the transport to a token endpoint. It uses the upstream's settings, except
// for the TLS server name that is configured for its host. Such calls are rare, so each makes a new connection.
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
