package proxy

import (
	"context"
	"net"
	"net/url"

	socks "golang.org/x/net/proxy"
)

// isSOCKS is true for a forward proxy of RFC 1928. As with curl, socks5h lets the proxy resolve names, and socks5 does not.
func isSOCKS(u *url.URL) bool { return u.Scheme == "socks5" || u.Scheme == "socks5h" }

// dialSOCKS asks the forward proxy for a connection to address.
func (d *dialer) dialSOCKS(ctx context.Context, network, address string) (net.Conn, error) {
	if d.proxy.Scheme == "socks5" {
		var err error
		if address, err = d.lookUp(ctx, address); err != nil {
			return nil, &connectError{stepDial, err}
		}
	}
	var auth *socks.Auth
	if user := d.proxy.User; user != nil {
		password, _ := user.Password()
		auth = &socks.Auth{User: user.Username(), Password: password}
	}
	asking, err := socks.SOCKS5(network, hostPort(d.proxy), auth, dialing(d.dial))
	if err != nil {
		return nil, &connectError{stepProxy, err}
	}
	conn, err := asking.(socks.ContextDialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, &connectError{stepProxy, err}
	}
	return conn, nil
}

// lookUp replaces the name by its first address to which upstreams may lead.
func (d *dialer) lookUp(ctx context.Context, address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	found, err := d.shared.lookUp(ctx, "ip", host)
	for _, one := range found {
		target := net.JoinHostPort(one.Unmap().String(), port)
		if err = d.guard().Control("tcp", target, nil); err == nil {
			return target, nil
		}
	}
	return "", err
}

// dialing is a dial function in the form that the SOCKS library takes.
type dialing func(ctx context.Context, network, address string) (net.Conn, error)

var _ socks.ContextDialer = dialing(nil)

// DialContext implements socks.ContextDialer.
func (d dialing) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d(ctx, network, address)
}

// Dial implements socks.Dialer.
func (d dialing) Dial(network, address string) (net.Conn, error) {
	return d(context.Background(), network, address)
}

// isBehindSOCKS is true if the proxy works but cannot reach the upstream (RFC 1928, section 6). The library has no error
// type for the proxy's replies.
func isBehindSOCKS(err error) bool {
	return says("unknown error network unreachable", "unknown error host unreachable", "unknown error connection refused",
		"unknown error TTL expired")(err)
}
