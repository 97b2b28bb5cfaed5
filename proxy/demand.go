package proxy

import (
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"gateway/problem"
)

// demand knows whether the vendor asked for a client certificate and has answered nothing since. In TLS 1.3 a vendor that
// insists on one, or refuses the one that it is shown, says so only after the handshake, by an alert that comes upon a
// request. What net/http tells of it then, if it tells of the alert at all, depends on who is first.
type demand struct {
	shown    *tls.Certificate // that is configured; nil: none
	open     atomic.Bool
	answered atomic.Bool // ever
}

// watch makes the connections of config tell d what the vendor asks for.
func (d *demand) watch(config *tls.Config) {
	if len(config.Certificates) > 0 {
		d.shown = &config.Certificates[0]
	}
	config.GetClientCertificate = d.show
}

// show is tls.Config's GetClientCertificate. As without it, nothing is shown that the vendor says it does not accept.
func (d *demand) show(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	d.open.Store(true)
	if d.shown == nil || asked.SupportsCertificate(d.shown) != nil {
		return &tls.Certificate{}, nil
	}
	return d.shown, nil
}

// judge returns the error of a round trip, or what is behind it: of a vendor that has never answered, every end of a
// connection is taken for a refusal; of any other, only an alert that says so. A nil demand leaves errors as they are.
func (d *demand) judge(x *exchange, err error) error {
	switch {
	case d == nil || !d.open.Load():
		return err
	case err == nil:
		d.open.Store(false)
		d.answered.Store(true)
		return nil
	case x.isCallersFault() || !isTurnedAway(err) || d.isMet() && !isCertificateRefused(err):
		return err
	case d.shown == nil:
		return &problemError{
			Type: problem.UpstreamUnreachable, fault: problem.FaultGateway, final: true, proxyStatus: "tls_protocol_error",
			public: "The upstream demands a client certificate, and none is configured: whoever operates the gateway sets tls.cert and tls.key of the upstream.",
			cause:  err,
		}
	}
	return &problemError{
		Type: problem.UpstreamCredentialsRejected, proxyStatus: "tls_alert_received", cause: err,
		public: "The upstream refused the client certificate of the gateway: it asks for one, and ended the connection on which it was to see that of tls.cert.",
	}
}

// isMet is true for a vendor that has answered what it is shown, and has no new reason to refuse it: its connections break
// for other reasons.
func (d *demand) isMet() bool {
	return d.answered.Load() && (d.shown == nil || time.Now().Before(d.shown.Leaf.NotAfter))
}

// isTurnedAway is true where the other side ended a connection, whatever is told of that.
func isTurnedAway(err error) bool {
	return isAlert(err) || isBroken(err) || errors.Is(err, net.ErrClosed) ||
		says("http2: client conn could not be established", "http2: client conn not usable", "http2: client conn is closed")(err)
}
