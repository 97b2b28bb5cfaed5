package proxy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"gateway/problem"
)

// LimitsConfig is the limits section: what one caller may do to the gateway, and what all callers together may.
type LimitsConfig struct {
	HeaderBytes int           `yaml:"header_bytes,positive"` // size of a request's headers; default 64 KiB
	BodyBytes   int64         `yaml:"body_bytes,positive"`   // size of a request's body; default 256 MiB
	HeaderTime  time.Duration `yaml:"header_time,positive"`  // time for a request's headers to arrive; default 10s
	StallTime   time.Duration `yaml:"stall_time,positive"`   // longest time without progress in sending a body or taking an answer; default 30s
	BodyRate    int           `yaml:"body_rate,positive"`    // average bytes per second at which a body must arrive, after 20 s; default 500
	Connections int           `yaml:"connections,positive"`  // callers' connections at once, for each listener; default 10000
	Streams     int           `yaml:"streams,positive"`      // at once on one HTTP/2 connection; default 250
	HeldBytes   int64         `yaml:"held_bytes,positive"`   // bytes of all error bodies held at once; default 64 MiB
}

// SetDefaults fills what the section leaves out.
func (c *LimitsConfig) SetDefaults() {
	setDefault(&c.HeaderBytes, 64<<10)
	setDefault(&c.BodyBytes, 256<<20)
	setDefault(&c.HeaderTime, 10*time.Second)
	setDefault(&c.StallTime, 30*time.Second)
	setDefault(&c.BodyRate, 500)
	setDefault(&c.Connections, 10_000)
	setDefault(&c.Streams, 250)
	setDefault(&c.HeldBytes, maxHeldBytes)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Validate checks the limits section.
func (c LimitsConfig) Validate() error {
	var errs []error
	for _, each := range []struct {
		name  string
		value int64
	}{
		{"header_bytes", int64(c.HeaderBytes)},
		{"body_bytes", c.BodyBytes},
		{"header_time", int64(c.HeaderTime)},
		{"stall_time", int64(c.StallTime)},
		{"body_rate", int64(c.BodyRate)},
		{"connections", int64(c.Connections)},
		{"streams", int64(c.Streams)},
		{"held_bytes", c.HeldBytes},
	} {
		if each.value < 0 {
			errs = append(errs, fmt.Errorf("%s: must be > 0; leave it out for the default", each.name))
		}
	}
	return errors.Join(errs...)
}

// check refuses a request whose header shows that it is too large, before any of its body is read.
func (c LimitsConfig) check(r *http.Request) *problemError {
	switch {
	case headerBytes(r) > c.HeaderBytes:
		return tooLarge("The headers of the request are", int64(c.HeaderBytes))
	case r.ContentLength > c.BodyBytes:
		return tooLarge("The body of the request is", c.BodyBytes)
	}
	return nil
}

// RefuseConnection answers a caller whose connection exceeds limits.connections, before any request on it is read. It is
// recorded as an exchange without method and path. Whoever accepts connections counts them.
func (h *Handler) RefuseConnection(w http.ResponseWriter, remote string) {
	h.refuseUnread(w, remote, &problemError{
		Type: problem.GatewayOverloaded, proxyStatus: "connection_limit_reached", retryAfter: time.Second, hasRetry: true,
		public: fmt.Sprintf("The gateway has %d connections, as many as limits.connections allows.", h.limits.Connections),
	})
}

// RefuseSlowHead answers a caller whose request header did not arrive within limits.header_time. It is recorded in the same
// way as RefuseConnection. Whoever reads the headers measures the time.
func (h *Handler) RefuseSlowHead(w http.ResponseWriter, remote string) {
	h.refuseUnread(w, remote, &problemError{
		Type: problem.RequestTimeout, fault: problem.FaultCaller, proxyStatus: "http_request_error", deadline: "limits.header_time",
		public: fmt.Sprintf("The headers of the request did not come within limits.header_time, %s.", h.limits.HeaderTime),
	})
}

// RefuseUnreadable answers a caller whose request is none of HTTP, and is recorded as RefuseConnection is. Whoever reads
// requests has a status for it, and may say why in a few words.
func (h *Handler) RefuseUnreadable(w http.ResponseWriter, remote string, code int, why string) {
	e := &problemError{Type: problem.InvalidRequest, fault: problem.FaultCaller, proxyStatus: "http_request_error"}
	switch code {
	case http.StatusRequestHeaderFieldsTooLarge:
		e = tooLarge("The headers of the request are", int64(h.limits.HeaderBytes))
	case http.StatusExpectationFailed:
		e.code, e.public = code, "The request has an Expect other than 100-continue, the only one that is known here."
	case http.StatusNotImplemented:
		e.Type, e.public = problem.NotImplemented, "The request has a transfer coding other than chunked."
	case http.StatusHTTPVersionNotSupported:
		e.public = "The request is of a version of HTTP that is not spoken here; HTTP/1.1 is."
	default:
		e.public = "The request cannot be read as HTTP/1.1: " + cmp.Or(why, "its first line or a header is malformed") + "."
	}
	h.refuseUnread(w, remote, e)
}

// refuseUnread answers a connection on which no request was read.
func (h *Handler) refuseUnread(w http.ResponseWriter, remote string, why *problemError) {
	r := &http.Request{URL: &url.URL{}, Header: http.Header{}, RemoteAddr: remote}
	x := h.open(w, r.WithContext(context.Background()))
	defer x.close()
	w.Header().Set("Connection", "close")
	h.refuse(x, r, why)
}

func tooLarge(what string, limit int64) *problemError {
	return &problemError{
		Type: problem.PayloadTooLarge, proxyStatus: "http_request_error",
		public: fmt.Sprintf("%s over %d bytes.", what, limit),
	}
}

// headerBytes is the size of a request's header in HTTP/1.1.
func headerBytes(r *http.Request) int {
	const punctuation = len(": \r\n")
	sum := len(r.Method) + len(r.RequestURI) + len(" HTTP/1.1 \r\n") + len("Host") + len(r.Host) + punctuation
	for name, values := range r.Header {
		for _, value := range values {
			sum += len(name) + len(value) + punctuation
		}
	}
	return sum
}
