package proxy

import (
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"

	"gateway/problem"
)

// demand is for an upstream that has no client certificate configured: it knows whether the vendor asked for one, and has
// answered nothing since. In TLS 1.3 a vendor that insists says so only after the handshake, by an alert that comes upon a
// request: what net/http tells of it then, if it tells of the alert at all, depends on who is first.
type demand struct{ open atomic.Bool }

// none is tls.Config's GetClientCertificate.
func (d *demand) none(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	d.open.Store(true)
	return &tls.Certificate{}, nil
}

// judge returns the error of a round trip, or what is behind it. A vendor that answers does not insist. A nil demand leaves
// errors as they are.
func (d *demand) judge(x *exchange, err error) error {
	switch {
	case d == nil || !d.open.Load():
		return err
	case err == nil:
		d.open.Store(false)
		return nil
	case x.isCallersFault() || !isTurnedAway(err):
		return err
	}
	return &problemError{
		Type: problem.UpstreamUnreachable, fault: problem.FaultGateway, final: true, proxyStatus: "tls_protocol_error",
		public: "The upstream demands a client certificate, and none is configured: whoever operates the gateway sets tls.cert and tls.key of the upstream.",
		cause:  err,
	}
}

// isTurnedAway is true where the other side ended a connection, whatever is told of that.
func isTurnedAway(err error) bool {
	return isAlert(err) || isBroken(err) || errors.Is(err, net.ErrClosed) ||
		says("http2: client conn could not be established", "http2: client conn not usable", "http2: client conn is closed")(err)
}
