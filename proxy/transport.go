package proxy

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"gateway/document"
	"gateway/normalize"
	"gateway/problem"
)

// stages is the one list of stages that a request passes through: outermost first in the picture, last in this code.
func (h *Handler) stages(u *upstream, base http.RoundTripper) http.RoundTripper {
	var next http.RoundTripper = &attempts{base}
	next = &normalize.Transport{
		Next: next, Reader: u.Reader, Budget: h.shared.budget, Successes: u.ErrorsInSuccess,
		Limits:      document.Limits{Time: u.Timeouts.ErrorBody},
		Passthrough: func(r *http.Request) bool { return exchangeOf(r.Context()).passthrough },
		OnPanic:     func(r *http.Request, cause any) { exchangeOf(r.Context()).notePanic(cause) },
	}
	next = u.throttle(next)
	next = u.inject(next)
	next = u.breaker(next)
	return u.retry(next)
}

// attempts records each attempt at the upstream.
type attempts struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t *attempts) RoundTrip(req *http.Request) (*http.Response, error) {
	x := exchangeOf(req.Context())
	req, span := x.traced(req)
	start := time.Now()
	resp, err := t.next.RoundTrip(req)
	a := Attempt{Start: start, Duration: time.Since(start), Span: span}
	if err != nil {
		x.attempted(a)
		return nil, &wireError{err}
	}
	a.Code = resp.StatusCode
	x.attempted(a)
	if !isStatus(resp.StatusCode) {
		resp.Body.Close()
		return nil, unknownStatus(resp.StatusCode)
	}
	if resp.StatusCode == http.StatusSwitchingProtocols && !switchesAsAsked(req, resp) {
		resp.Body.Close()
		return nil, &wireError{errUnasked}
	}
	return resp, nil
}

var errUnasked = errors.New("101 for a protocol that the request did not ask for")

// switchesAsAsked is false for a 101 that switches to another protocol than the request named (RFC 9110, section 7.8).
func switchesAsAsked(req *http.Request, resp *http.Response) bool {
	asked := req.Header.Get("Upgrade")
	return asked != "" && strings.EqualFold(asked, resp.Header.Get("Upgrade"))
}

// wireError is the error of an attempt without an answer.
type wireError struct{ err error }

func (e *wireError) Error() string { return e.err.Error() }
func (e *wireError) Unwrap() error { return e.err }

// isStatus is false for codes that nobody can be given; net/http would panic on some of them. Those from 600 on are errors of
// the vendor like 5xx (RFC 9110, section 15).
func isStatus(code int) bool { return code >= 200 || code == http.StatusSwitchingProtocols }

// unknownStatus describes an answer whose status is none.
func unknownStatus(code int) error {
	return &problemError{
		Type: problem.UpstreamInvalidResponse, proxyStatus: "http_protocol_error",
		public: fmt.Sprintf("The upstream answered with status %d, which HTTP does not know.", code),
		cause:  fmt.Errorf("status %d is none of HTTP", code),
	}
}

// attempted adds an attempt to the record.
func (x *exchange) attempted(a Attempt) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.Attempts = append(x.Attempts, a)
	x.UpstreamDuration += a.Duration
	if a.Code == 0 {
		x.Attempts[len(x.Attempts)-1].Aborted = x.saysNothing()
	}
}
