package proxy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"gateway/credentials"
	"gateway/problem"
	"gateway/ratelimit"
	"gateway/resilience"
)

// problemError is an error that the gateway itself reports, with what callers may know of it. Its cause goes only to the
// log.
type problemError struct {
	Type        problem.Type
	code        int // on the wire; 0: the type's own
	public      string
	hints       []string
	fault       problem.Fault // "": the type's own
	final       bool          // the same request never succeeds, whatever holds for the type
	proxyStatus string        // error type of RFC 9209, section 2.3
	deadline    string        // the key of the one that fired; "": none
	header      http.Header
	retryAfter  time.Duration
	hasRetry    bool
	extensions  []problem.Extension
	cause       error
}

func (e *problemError) Error() string { return e.public }
func (e *problemError) Unwrap() error { return e.cause }

// blames returns who must act.
func (e *problemError) blames() problem.Fault {
	if e.fault != "" {
		return e.fault
	}
	info, _ := e.Type.Info()
	return info.Fault
}

// status is the Proxy-Status of the answer (RFC 9209, section 2).
func (e *problemError) status() string {
	status := "gateway; error=" + e.proxyStatus
	if e.deadline != "" {
		status += `; details="` + e.deadline + `"`
	}
	return status
}

// classify turns the error of a round trip into a problem. It checks the caller's own faults first: they surface as errors
// of the upstream's connection, and must not be reported as such.
func classify(x *exchange, err error) *problemError {
	if p, ok := errors.AsType[*problemError](err); ok {
		return p
	}
	if p := refusal(err); p != nil {
		return p
	}
	if p := callerFault(x.body.failure()); p != nil {
		return p
	}
	cause := err
	if why := x.ctx.Cause(); why != nil && errors.Is(err, context.Canceled) {
		cause = why
	}
	if errors.Is(cause, errTotalTimeout) {
		return x.late(err)
	}
	for _, row := range failures {
		if row.is(cause) {
			return &problemError{
				Type: row.typ, fault: row.fault, proxyStatus: row.proxyStatus, deadline: row.deadline, public: row.public, cause: err,
			}
		}
	}
	return &problemError{
		Type: problem.GatewayError, proxyStatus: "proxy_internal_error",
		public: "The gateway failed on this request.", cause: err,
	}
}

// refusal returns the problem for an error of a stage that sent nothing to the upstream; nil for all other errors.
func refusal(err error) *problemError {
	if e, ok := errors.AsType[*resilience.OpenError](err); ok {
		return circuitOpen(e)
	}
	if e, ok := errors.AsType[*ratelimit.Error](err); ok {
		return throttled(e)
	}
	if e, ok := errors.AsType[*credentials.Error](err); ok {
		return noCredential(e)
	}
	return nil
}

// callerFault returns the problem for a request body that could not be read.
func callerFault(err error) *problemError {
	if err == nil {
		return nil
	}
	p := &problemError{Type: problem.InvalidRequest, proxyStatus: "http_request_error", public: "The body of the request is broken.", cause: err}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		p.Type = problem.PayloadTooLarge
		p.public = fmt.Sprintf("The body of the request is over %d bytes.", tooLarge.Limit)
	} else if errors.Is(err, errSlowBody) {
		p.Type, p.fault, p.deadline = problem.RequestTimeout, problem.FaultCaller, "timeouts.total"
		p.public = "The body of the request did not come within timeouts.total."
	} else if slow, ok := errors.AsType[*slowBodyError](err); ok {
		p.Type, p.fault, p.deadline, p.public = problem.RequestTimeout, problem.FaultCaller, slow.limit, slow.public
	}
	return p
}

// handleError is ReverseProxy's ErrorHandler, for exchanges in which no answer of the upstream can be passed on.
func (h *Handler) handleError(_ http.ResponseWriter, r *http.Request, err error) {
	x := exchangeOf(r.Context())
	if x.isGone() {
		x.Code, x.Err = statusGone, context.Cause(x.inbound)
		panic(http.ErrAbortHandler)
	}
	h.refuse(x, r, classify(x, err))
}

// statusGone is recorded when the caller left before its answer, as nginx does.
const statusGone = 499
