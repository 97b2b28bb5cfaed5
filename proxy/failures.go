package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"gateway/problem"
	"gateway/resilience"
)

// failure is a row of the table from Go errors to problems.
type failure struct {
	is          func(error) bool
	typ         problem.Type
	fault       problem.Fault // "": the type's own
	proxyStatus string        // error type of RFC 9209, section 2.3
	deadline    string        // the key of the one that fired; "": none
	public      string
}

// failures is the one table from errors to problems; the first row that fits is used.
var failures = []failure{
	{isOwnListener, problem.LoopDetected, "", "proxy_loop_detected", "", "The upstream's host name leads to this gateway itself."},
	{isKind[*resilience.DeniedError], problem.UpstreamUnreachable, problem.FaultGateway, "destination_ip_prohibited", "", "The upstream's host name leads to an address that is not for upstreams."},
	{isProxyDown, problem.UpstreamUnreachable, "", "destination_unavailable", "", "The forward proxy could not reach the upstream."},
	{isAt(stepProxy, true), problem.UpstreamUnreachable, problem.FaultGateway, "connection_timeout", "timeouts.connect", "The upstream's forward proxy did not make a connection within timeouts.connect."},
	{isAt(stepProxy, false), problem.UpstreamUnreachable, problem.FaultGateway, "proxy_configuration_error", "", "The upstream's forward proxy could not be used."},
	{isNameTimeout, problem.UpstreamUnreachable, "", "dns_timeout", "timeouts.connect", "The upstream's host name could not be resolved within timeouts.connect."},
	{isKind[*net.DNSError], problem.UpstreamUnreachable, "", "dns_error", "", "The upstream's host name could not be resolved."},
	{isCertificate, problem.UpstreamUnreachable, "", "tls_certificate_error", "", "The upstream's certificate is not valid."},
	{isCertificateRefused, problem.UpstreamCredentialsRejected, "", "tls_alert_received", "", "The upstream refused the client certificate of the gateway."},
	{isAlert, problem.UpstreamUnreachable, "", "tls_alert_received", "", "The upstream refused the TLS connection."},
	{isAt(stepTLS, true), problem.UpstreamUnreachable, "", "connection_timeout", "timeouts.connect", "The upstream did not complete a TLS handshake within timeouts.connect."},
	{isAt(stepTLS, false), problem.UpstreamUnreachable, "", "tls_protocol_error", "", "No TLS connection to the upstream could be made."},
	{is(syscall.ECONNREFUSED), problem.UpstreamUnreachable, "", "connection_refused", "", "The upstream refused the connection."},
	{isAt(stepDial, true), problem.UpstreamUnreachable, "", "connection_timeout", "timeouts.connect", "The upstream did not accept a connection within timeouts.connect."},
	{isAt(stepDial, false), problem.UpstreamUnreachable, "", "destination_unavailable", "", "No connection to the upstream could be made."},
	{resilience.IsUnprocessed, problem.UpstreamUnreachable, "", "destination_unavailable", "", "The upstream took no more requests on its connection."},
	{says("server response headers exceeded"), problem.UpstreamInvalidResponse, "", "http_response_header_section_size", "", "The headers of the upstream's answer are too large."},
	{isTimeout, problem.UpstreamTimeout, "", "http_response_timeout", "timeouts.header", "The upstream did not answer within timeouts.header."},
	{says("http2: client connection lost"), problem.UpstreamTimeout, "", "connection_timeout", "", "The upstream's connection is dead: it no longer answers pings."},
	{says("http2: client conn could not be established"), problem.UpstreamUnreachable, "", "connection_terminated", "", "The upstream closed the connection before it took a request."},
	{isBroken, problem.UpstreamInvalidResponse, "", "connection_terminated", "", "The upstream closed the connection before it answered."},
	{isKind[*wireError], problem.UpstreamInvalidResponse, "", "http_protocol_error", "", "The upstream's answer is no valid HTTP."},
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func isKind[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func isNameTimeout(err error) bool { return isKind[*net.DNSError](err) && isTimeout(err) }

func isCertificate(err error) bool {
	return isKind[*tls.CertificateVerificationError](err) || isKind[x509.UnknownAuthorityError](err) ||
		isKind[x509.HostnameError](err) || isKind[x509.CertificateInvalidError](err)
}

// isOwnListener is true if an upstream's name led to one of the gateway's own listeners.
func isOwnListener(err error) bool {
	denied, ok := errors.AsType[*resilience.DeniedError](err)
	return ok && denied.Own
}

// isProxyDown is true if the forward proxy answers but cannot reach the upstream.
func isProxyDown(err error) bool {
	refusal, ok := errors.AsType[*proxyRefusal](err)
	return ok && refusal.code >= 502 && refusal.code <= 504 || isBehindSOCKS(err)
}

// isAt returns a test for connections that failed at a step; with inTime, only for those that failed by a timeout.
func isAt(at step, inTime bool) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*connectError](err)
		return ok && e.step == at && (!inTime || isTimeout(err))
	}
}

// isAlert is true for a TLS alert that the other side sent (RFC 8446, section 6.2).
func isAlert(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "remote error"
}

// isCertificateRefused is true for an alert about the client certificate that the gateway showed. In TLS 1.3 it comes after
// the handshake. If the gateway has none to show, demand tells.
func isCertificateRefused(err error) bool {
	return isAlert(err) && says("certificate", "access denied")(err)
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

func isBroken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || says("server closed idle connection", "connection broken")(err)
}

// says returns a test of an error's text, for errors of net/http that have no type.
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
