package proxy

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"net/url"
	"time"

	"gateway/resilience"
)

const keepAlivePeriod = 30 * time.Second

// dialer makes the connections of one upstream. Its timeout covers the look-up of the name, connecting, the forward proxy
// and TLS together.
type dialer struct {
	within time.Duration
	tls    *tls.Config
	proxy  *url.URL // nil: none
	shared *Shared
	plain  []netip.Addr // that the configuration names as addresses, and so on purpose
}

// connectError says at which step a connection failed.
type connectError struct {
	step step
	err  error
}

type step string

const (
	stepDial  step = "connecting"
	stepProxy step = "asking the forward proxy"
	stepTLS   step = "TLS handshake"
)

func (e *connectError) Error() string { return string(e.step) + ": " + e.err.Error() }
func (e *connectError) Unwrap() error { return e.err }

// dialPlain is http.Transport's DialContext, for http upstreams. If they have a forward proxy that takes whole requests,
// address is the proxy's.
func (d *dialer) dialPlain(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.within)
	defer cancel()
	if d.proxy != nil && !isSOCKS(d.proxy) {
		return d.dialProxy(ctx, network)
	}
	return d.reach(ctx, network, address)
}

// dialTLS is http.Transport's DialTLSContext, for https upstreams and for forward proxies that speak TLS.
func (d *dialer) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.within)
	defer cancel()
	if d.proxy != nil && address == hostPort(d.proxy) {
		return d.dialProxy(ctx, network)
	}
	conn, err := d.reach(ctx, network, address)
	return d.handshake(ctx, conn, err, d.tls, address)
}

// reach connects to an upstream, through the forward proxy if there is one.
func (d *dialer) reach(ctx context.Context, network, address string) (net.Conn, error) {
	switch {
	case d.proxy == nil:
		return d.dial(ctx, network, address)
	case isSOCKS(d.proxy):
		return d.dialSOCKS(ctx, network, address)
	}
	conn, err := d.dialProxy(ctx, network)
	if err != nil {
		return nil, err
	}
	return tunnel(ctx, conn, d.proxy, address)
}

// dialProxy connects to the forward proxy. The upstream's certificate authorities apply to it too; the client certificate
// does not.
func (d *dialer) dialProxy(ctx context.Context, network string) (net.Conn, error) {
	address := hostPort(d.proxy)
	conn, err := d.dial(ctx, network, address)
	if d.proxy.Scheme == "https" {
		config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: d.tls.RootCAs, ServerName: d.proxy.Hostname()}
		conn, err = d.handshake(ctx, conn, err, config, address)
	}
	if err != nil {
		return nil, &connectError{stepProxy, err}
	}
	return conn, nil
}

// dial connects to an address, if upstreams may lead there.
func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.shared.dial(&net.Dialer{Control: d.guard().Control, KeepAlive: keepAlivePeriod}, ctx, network, address)
	if err != nil {
		return nil, &connectError{stepDial, err}
	}
	return conn, nil
}

func (d *dialer) guard() *resilience.DialGuard {
	return &resilience.DialGuard{Own: d.shared.listeners(), OnPurpose: d.plain}
}

// handshake runs TLS over a connection that was made.
func (d *dialer) handshake(ctx context.Context, conn net.Conn, err error, config *tls.Config, address string) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	if config.ServerName == "" {
		config = config.Clone()
		config.ServerName, _, _ = net.SplitHostPort(address)
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, &connectError{stepTLS, err}
	}
	return secure, nil
}

// hostPort returns the address of a URL.
func hostPort(u *url.URL) string { return net.JoinHostPort(u.Hostname(), portOf(u)) }

// portOf returns the port of a URL, by its scheme where it names none.
func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	case isSOCKS(u):
		return "1080"
	}
	return "80"
}
