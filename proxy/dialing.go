package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"gateway/resilience"
)

const keepAlivePeriod = 30 * time.Second

// dialer makes the connections of one upstream. Looking up the name, connecting, the forward proxy and TLS together
// take at most its time.
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

// proxyRefusal is a forward proxy's answer other than success.
type proxyRefusal struct{ code int }

func (e *proxyRefusal) Error() string {
	return fmt.Sprintf("it answered %d %s", e.code, http.StatusText(e.code))
}

// dialPlain is http.Transport's DialContext: for http upstreams. Where they have a forward proxy, that is the address.
func (d *dialer) dialPlain(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.within)
	defer cancel()
	if d.proxy != nil {
		return d.dialProxy(ctx, network)
	}
	return d.dial(ctx, network, address)
}

// dialTLS is http.Transport's DialTLSContext: for https upstreams, and for forward proxies that speak TLS.
func (d *dialer) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.within)
	defer cancel()
	if d.proxy == nil {
		conn, err := d.dial(ctx, network, address)
		return d.handshake(ctx, conn, err, d.tls, address)
	}
	conn, err := d.dialProxy(ctx, network)
	if address == hostPort(d.proxy) {
		return conn, err
	}
	if err == nil {
		conn, err = tunnel(ctx, conn, d.proxy, address)
	}
	return d.handshake(ctx, conn, err, d.tls, address)
}

// dialProxy connects to the forward proxy. The upstream's authorities hold for it too, its client certificate does not.
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

// dial connects to an address that is for upstreams.
func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	guard := &resilience.DialGuard{Own: d.shared.listeners(), OnPurpose: d.plain}
	conn, err := d.shared.dial(&net.Dialer{Control: guard.Control, KeepAlive: keepAlivePeriod}, ctx, network, address)
	if err != nil {
		return nil, &connectError{stepDial, err}
	}
	return conn, nil
}

// handshake goes on from a connection that was made.
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

// maxProxyAnswerBytes bounds the head of a forward proxy's answer.
const maxProxyAnswerBytes = 64 << 10

// tunnel asks a forward proxy for a connection to address (RFC 9110, section 9.3.6).
func tunnel(ctx context.Context, conn net.Conn, proxy *url.URL, address string) (net.Conn, error) {
	deadline, _ := ctx.Deadline()
	err := errors.Join(conn.SetDeadline(deadline), askTunnel(conn, proxy, address), conn.SetDeadline(time.Time{}))
	if err != nil {
		conn.Close()
		return nil, &connectError{stepProxy, err}
	}
	return conn, nil
}

func askTunnel(conn net.Conn, proxy *url.URL, address string) error {
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if user := proxy.User; user != nil {
		password, _ := user.Password()
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	if err := req.Write(conn); err != nil {
		return err
	}
	in := bufio.NewReader(io.LimitReader(conn, maxProxyAnswerBytes))
	resp, err := http.ReadResponse(in, req) //nolint:bodyclose // what follows the head is the tunnel
	switch {
	case err != nil:
		return err
	case resp.StatusCode/100 != 2:
		return &proxyRefusal{resp.StatusCode}
	case in.Buffered() > 0:
		return errors.New("it sent more than an answer")
	}
	return nil
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
	}
	return "80"
}
