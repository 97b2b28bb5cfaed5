package proxy

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"gateway/normalize"
	"gateway/problem"
	"gateway/ratelimit"
	"gateway/resilience"
)

// attemptsHeader tells callers how often the upstream was tried, so that they do not add retries of their own.
const attemptsHeader = "Gateway-Attempts"

// retry is the outermost stage: it sees what callers would see, and repeats requests when that can do no harm.
func (u *upstream) retry(next http.RoundTripper) http.RoundTripper {
	return &resilience.Retry{
		Next: next, Config: u.Retry, Budget: u.lasting.budget,
		Should:   u.shouldRetry,
		Refused:  func(err error) bool { return refusal(err) != nil },
		Unsent:   neverConnected,
		Safe:     u.honoursKey,
		Deadline: func(r *http.Request) time.Time { return exchangeOf(r.Context()).lastPause() },
		OnRetry:  func(r *http.Request, reason string) { exchangeOf(r.Context()).retried(reason) },
	}
}

// shouldRetry decides by what the caller would get: it repeats after a problem that may pass and that only the vendor can
// act on. A 429 is never repeated blindly: it waits in the throttle's queue, which no request leaves before the cool-down
// ends.
func (u *upstream) shouldRetry(r *http.Request, resp *http.Response, err error) resilience.Verdict {
	if err != nil {
		return retryWithoutAnswer(exchangeOf(r.Context()), err)
	}
	out := normalize.OutcomeOf(resp)
	if out == nil {
		return resilience.Verdict{}
	}
	said := out.Reading
	held := asksForRest(said) && u.Throttle.Mode == ratelimit.ModeEnforce
	if !said.Retryable || said.Type == problem.RateLimited && !said.HasRetryAfter && !held {
		return resilience.Verdict{}
	}
	return resilience.Verdict{
		Again: true,
		After: said.RetryAfter, HasAfter: said.HasRetryAfter, Held: held,
		Reason: string(said.Type), Instead: normalize.Detach(resp), //nolint:bodyclose // it holds nothing
	}
}

// retryWithoutAnswer judges attempts that got no connection, or whose connection broke before an answer came.
func retryWithoutAnswer(x *exchange, err error) resilience.Verdict {
	p := classify(x, err)
	info, _ := p.Type.Info()
	return resilience.Verdict{
		Again:  info.Retryable && refusal(err) == nil && p.blames() == problem.FaultVendor,
		Reason: string(p.Type),
	}
}

// neverConnected is true for the error of an attempt that got no connection.
func neverConnected(err error) bool {
	_, ok := errors.AsType[*connectError](err)
	return ok
}

// honoursKey is true for a write that the vendor carries out once however often it arrives, because the caller gave it an
// idempotency key (draft-ietf-httpapi-idempotency-key-header) and the profile says that the vendor honours it.
func (u *upstream) honoursKey(r *http.Request) bool {
	keys := r.Header.Values("Idempotency-Key")
	return u.IdempotencyKey && (r.Method == http.MethodPost || r.Method == http.MethodPatch) && len(keys) == 1 && keys[0] != ""
}

// lastPause is when every pause must end: at timeouts.total, or earlier if the caller prefers an answer.
func (x *exchange) lastPause() time.Time {
	if wait, ok := preferredWait(x.header); ok && x.Start.Add(wait).Before(x.clock.deadline) {
		return x.Start.Add(wait)
	}
	return x.clock.deadline
}

// retried records why the last attempt is repeated.
func (x *exchange) retried(reason string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if n := len(x.Attempts); n > 0 {
		x.Attempts[n-1].Retry = reason
	}
}

// tellAttempts sets the header if the upstream was tried at all.
func (x *exchange) tellAttempts(header http.Header) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(header, attemptsHeader)
	if n := len(x.Attempts); n > 0 {
		x.own.attempts[0] = strconv.Itoa(n)
		header[attemptsHeader] = x.own.attempts[:]
	}
}
