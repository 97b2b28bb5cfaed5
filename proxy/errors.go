package proxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"gateway/normalize"
)

// problemError is an error that the gateway makes itself, with what callers may know of it. The cause stays in the log.
type problemError struct {
	Type        normalize.Type
	public      string
	hints       []string
	proxyStatus string // error type of RFC 9209, section 2.3
	header      http.Header
	retryAfter  time.Duration
	hasRetry    bool
	extensions  []normalize.Extension
	cause       error
}

func (e *problemError) Error() string { return e.public }
func (e *problemError) Unwrap() error { return e.cause }

// statusError is an upstream's status that HTTP does not know.
type statusError struct{ code int }

func (e *statusError) Error() string { return fmt.Sprintf("status %d is none of HTTP", e.code) }

// failure is a row of the table from Go errors to problems.
type failure struct {
	is          func(error) bool
	typ         normalize.Type
	proxyStatus string
	public      string
}

// failures is the one table from errors to problems; the first row that fits is used.
var failures = []failure{
	{is(errTotalTimeout), normalize.UpstreamTimeout, "connection_timeout", "The upstream did not answer within timeouts.total."},
	{isKind[*statusError], normalize.UpstreamInvalidResponse, "http_protocol_error", "The upstream answered with a status that HTTP does not know."},
	{isKind[*net.DNSError], normalize.UpstreamUnreachable, "dns_error", "The upstream's host name could not be resolved."},
	{isCertificate, normalize.UpstreamUnreachable, "tls_certificate_error", "The upstream's certificate is not valid."},
	{isTLS, normalize.UpstreamUnreachable, "tls_protocol_error", "No TLS connection to the upstream could be made."},
	{is(syscall.ECONNREFUSED), normalize.UpstreamUnreachable, "connection_refused", "The upstream refused the connection."},
	{isDialTimeout, normalize.UpstreamUnreachable, "connection_timeout", "The upstream did not accept a connection within timeouts.connect."},
	{isDial, normalize.UpstreamUnreachable, "destination_unavailable", "No connection to the upstream could be made."},
	{says("server response headers exceeded"), normalize.UpstreamInvalidResponse, "http_response_header_section_size", "The headers of the upstream's answer are too large."},
	{isTimeout, normalize.UpstreamTimeout, "http_response_timeout", "The upstream did not answer within timeouts.header."},
	{isBroken, normalize.UpstreamInvalidResponse, "connection_terminated", "The upstream closed the connection before it answered."},
	{says("malformed", "invalid", "protocol error", "PROTOCOL_ERROR", "bad Content-Length", "unexpected"), normalize.UpstreamInvalidResponse, "http_protocol_error", "The upstream's answer is no valid HTTP."},
}

// classify turns the error of a round trip into a problem. The caller's own faults come first: they surface as errors
// of the upstream's connection, and must not be told as such.
func classify(x *exchange, err error) *problemError {
	if p, ok := errors.AsType[*problemError](err); ok {
		return p
	}
	if p := callerFault(x.body.failure()); p != nil {
		return p
	}
	cause := err
	if why := context.Cause(x.ctx); why != nil && errors.Is(err, context.Canceled) {
		cause = why
	}
	for _, row := range failures {
		if row.is(cause) {
			return &problemError{Type: row.typ, proxyStatus: row.proxyStatus, public: row.public, cause: err}
		}
	}
	return &problemError{
		Type: normalize.GatewayError, proxyStatus: "proxy_internal_error",
		public: "The gateway failed on this request.", cause: err,
	}
}

// callerFault is for a request body that could not be read.
func callerFault(err error) *problemError {
	if err == nil {
		return nil
	}
	p := &problemError{Type: normalize.InvalidRequest, proxyStatus: "http_request_error", public: "The body of the request is broken.", cause: err}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		p.Type = normalize.PayloadTooLarge
		p.public = fmt.Sprintf("The body of the request is over %d bytes.", tooLarge.Limit)
	} else if isTimeout(err) {
		p.Type, p.public = normalize.RequestTimeout, "The body of the request came too slowly."
	}
	return p
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func isKind[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func isCertificate(err error) bool {
	return isKind[*tls.CertificateVerificationError](err) || isKind[x509.UnknownAuthorityError](err) ||
		isKind[x509.HostnameError](err) || isKind[x509.CertificateInvalidError](err)
}

func isTLS(err error) bool {
	return isKind[tls.RecordHeaderError](err) || isKind[tls.AlertError](err) || isKind[*tls.ECHRejectionError](err) ||
		strings.Contains(err.Error(), "tls: ") || strings.Contains(err.Error(), "TLS handshake timeout")
}

func isDial(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

func isDialTimeout(err error) bool { return isDial(err) && isTimeout(err) }

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

func isBroken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || says("server closed idle connection", "connection broken")(err)
}

// says looks at the text, for errors of net/http that have no type.
func says(texts ...string) func(error) bool {
	return func(err error) bool {
		for _, text := range texts {
			if strings.Contains(err.Error(), text) {
				return true
			}
		}
		return false
	}
}

// handleError is ReverseProxy's ErrorHandler: no answer of the upstream can be passed on.
func (h *Handler) handleError(_ http.ResponseWriter, r *http.Request, err error) {
	x := exchangeOf(r.Context())
	if x.inbound.Err() != nil {
		// The caller is gone: nothing can be told, and it is nobody's fault.
		x.Code, x.Err = statusGone, context.Cause(x.inbound)
		panic(http.ErrAbortHandler)
	}
	h.refuse(x, r, classify(x, err))
}

// statusGone is noted where the caller left before its answer, as nginx does.
const statusGone = 499
