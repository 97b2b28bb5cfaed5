// Package wire speaks HTTP/1.1 with upstreams and callers on as few goroutines as possible. http.Transport has two for each
// connection and hands every exchange to them; here the goroutine that waits for an answer reads it. http.Server has one
// that watches each caller; here only callers that have to wait are watched. HTTP/2, and everything else that this package
// does not do, stays with http.Transport and http.Server.
package wire

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/net/http/httpguts"
)

// Transport sends requests to one origin, with the settings of the http.Transport that it was made from. Like
// http.Transport it repeats a request without a body by itself, once, if the kept connection turns out to be closed, the
// method is safe and no byte of an answer came. It may be used concurrently.
type Transport struct {
	std     *http.Transport
	dial    dialFunc
	origin  url.URL // scheme and host
	address string  // to dial
	host    string  // as the Host header has it
	idle    idle

	speaksHTTP2 atomic.Bool // the origin negotiated it last
	mu          sync.Mutex
	handed      net.Conn // that negotiated HTTP/2 and waits for std to take it over
}

var _ http.RoundTripper = (*Transport)(nil)

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// New returns a Transport for an origin: an http or https URL, of which only scheme and host count. It dials with std's
// DialContext and DialTLSContext, which must be set, and respects its ResponseHeaderTimeout, ExpectContinueTimeout,
// IdleConnTimeout, MaxIdleConnsPerHost and MaxResponseHeaderBytes. Afterwards std serves the requests that are left to it,
// and must not be used otherwise.
func New(origin *url.URL, std *http.Transport) *Transport {
	ascii, err := httpguts.PunycodeHostPort(origin.Host)
	if err != nil {
		ascii = origin.Host // which dialing will say more of
	}
	t := &Transport{
		std: std, dial: std.DialContext, origin: url.URL{Scheme: origin.Scheme, Host: origin.Host},
		address: withPort(ascii, "80"), host: withoutZone(ascii),
	}
	t.idle.most, t.idle.timeout = std.MaxIdleConnsPerHost, std.IdleConnTimeout
	if origin.Scheme == "https" {
		t.dial, t.address = std.DialTLSContext, withPort(ascii, "443")
	}
	std.DialTLSContext = t.dialForStd(std.DialTLSContext)
	return t
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !t.serves(req) {
		return t.std.RoundTrip(ForStd(req))
	}
	s, err := newSending(t, req)
	if err != nil {
		return nil, err
	}
	defer s.release()
	for {
		c, err := t.connect(s)
		if errors.Is(err, errHTTP2) {
			return t.std.RoundTrip(ForStd(s.unsent()))
		}
		if err != nil {
			return nil, s.fail(err)
		}
		resp, err := c.exchange(s)
		if err == nil {
			return resp, nil
		}
		if !c.mayRepeat(s) {
			return nil, s.fail(err)
		}
	}
}

// CloseIdleConnections closes the connections that are not in use. Those in use close when they become idle, unless another
// request comes first.
func (t *Transport) CloseIdleConnections() {
	t.idle.close()
	if conn := t.takeHanded(); conn != nil {
		conn.Close()
	}
	t.std.CloseIdleConnections()
}

// serves is false for what http.Transport serves: HTTP/2, other origins, tunnels, and whole requests for a forward proxy.
func (t *Transport) serves(req *http.Request) bool {
	return !t.speaksHTTP2.Load() && req.URL != nil && req.URL.Scheme == t.origin.Scheme && req.URL.Host == t.origin.Host &&
		req.Method != http.MethodConnect && t.std.Proxy == nil
}

// connect returns an idle connection, or makes one. The error is errHTTP2 if the new one does not speak HTTP/1.1.
func (t *Transport) connect(s *sending) (*conn, error) {
	for c := t.idle.get(); c != nil; c = t.idle.get() {
		if c.isQuiet() {
			c.reused = true
			s.gotConn(c)
			return c, nil
		}
		c.close()
	}
	made, err := t.dial(s.ctx, "tcp", t.address)
	if err != nil {
		return nil, s.cause(err)
	}
	if negotiatedHTTP2(made) {
		t.handOver(made)
		return nil, errHTTP2
	}
	c := newConn(t, made)
	s.gotConn(c)
	return c, nil
}

// hostOf returns the Host of a request, which may differ from the name that the connection was made to.
func (t *Transport) hostOf(req *http.Request) string {
	if req.Host == "" || req.Host == t.origin.Host {
		return t.host
	}
	ascii, err := httpguts.PunycodeHostPort(req.Host)
	if err != nil {
		return req.Host // which is no valid host then
	}
	return withoutZone(ascii)
}

// withPort returns an address to dial.
func withPort(host, port string) string {
	if u := (&url.URL{Host: host}); u.Port() == "" {
		return net.JoinHostPort(u.Hostname(), port)
	}
	return host
}

// withoutZone removes the zone of an IPv6 address, which has a meaning only on this machine (RFC 6874, section 1).
func withoutZone(host string) string {
	address, zone, found := strings.Cut(host, "%")
	if !found {
		return host
	}
	return address + zone[max(0, strings.IndexByte(zone, ']')):]
}
