package proxy

import (
	"net/http"

	"gateway/normalize"
	"gateway/problem"
	"gateway/resilience"
)

// breaker is the stage that refuses requests while the vendor fails.
func (u *upstream) breaker(next http.RoundTripper) http.RoundTripper {
	if !u.breaks() {
		return next
	}
	return &resilience.Breaker{Next: next, Circuit: u.lasting.circuit, Counts: whatItSays}
}

func (u *Upstream) breaks() bool { return u.Breaker.Enabled == nil || *u.Breaker.Enabled }

// whatItSays returns what an attempt says about the vendor's health, by the type and the fault of its problem.
func whatItSays(r *http.Request, resp *http.Response, err error) resilience.Fact {
	if err != nil {
		return whatSilenceSays(exchangeOf(r.Context()), err)
	}
	out := normalize.OutcomeOf(resp)
	switch {
	case out != nil:
		return whatErrorSays(out.Reading)
	case resp.StatusCode >= 500: // one that is not read, as gRPC's
		return resilience.Fails
	case resp.StatusCode >= 400:
		return resilience.Answers
	}
	return resilience.Works
}

// whatErrorSays leaves limits to the throttle: a vendor that enforces its quota has not failed.
func whatErrorSays(r problem.Reading) resilience.Fact {
	switch r.Type {
	case problem.RateLimited, problem.QuotaExceeded, problem.RequestTimeout, problem.NotImplemented:
		return resilience.Answers
	}
	if r.Fault == problem.FaultVendor {
		return resilience.Fails
	}
	return resilience.Answers
}

// whatSilenceSays judges attempts without an answer. A refusal by the gateway, a caller that left, and a broken request
// body say nothing about the vendor (traps 12 and 13).
func whatSilenceSays(x *exchange, err error) resilience.Fact {
	if x.isCallersFault() || refusal(err) != nil || classify(x, err).blames() != problem.FaultVendor {
		return resilience.Nothing
	}
	return resilience.Fails
}

// circuitOpen describes a refusal by the breaker.
func circuitOpen(e *resilience.OpenError) *problemError {
	return &problemError{
		Type: problem.CircuitOpen, proxyStatus: "destination_unavailable",
		public:     "The upstream fails, so nothing is sent to it for now: " + e.Reason + ".",
		retryAfter: e.RetryAfter, hasRetry: true, cause: e,
	}
}
