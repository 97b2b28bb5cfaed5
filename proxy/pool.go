package proxy

import (
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// maxConnectionAge bounds how long a DNS answer is relied on, because connections that are kept alive could live for ever
// (trap 82). New requests then use new connections, and the old ones close when they become idle.
const maxConnectionAge = 55 * time.Second

// pool holds the connections of one upstream. key identifies the settings that it was made from. It is the last stage.
type pool struct {
	key  [sha256.Size]byte
	make func() transport
	ages bool    // the host is a name, which may come to mean another address
	asks *demand // nil without TLS

	mu         sync.Mutex
	born       time.Time
	transports map[string]transport // by the account in use: what a connection proved to be is nobody else's
}

var _ http.RoundTripper = (*pool)(nil)

// transport is an http.Transport or a wire.Transport.
type transport interface {
	http.RoundTripper
	CloseIdleConnections()
}

// newPool returns old if it was made from the same settings, else a pool of new connections.
func newPool(u Upstream, old *pool, shared *Shared) (*pool, error) {
	key, err := poolKey(u)
	if err != nil {
		return nil, err
	}
	if old != nil && old.key == key {
		return old, nil
	}
	target, err := url.Parse(u.URL)
	if err != nil {
		return nil, err
	}
	var asks *demand
	if target.Scheme == "https" {
		asks = &demand{}
	}
	make, err := poolMaker(u, target, shared, asks)
	if err != nil {
		return nil, err
	}
	_, notAddress := netip.ParseAddr(target.Hostname())
	return &pool{key: key, make: make, ages: notAddress != nil, asks: asks}, nil
}

// poolKey is equal for equal settings and equal contents of the files that they name.
func poolKey(u Upstream) (key [sha256.Size]byte, err error) {
	sum := sha256.New()
	if err := json.NewEncoder(sum).Encode([]any{u.URL, u.Proxy.Reveal(), u.Timeouts, u.TLS, u.Transport}); err != nil {
		return key, err
	}
	for _, file := range []string{u.TLS.CA, u.TLS.Cert, u.TLS.Key} {
		if file == "" {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return key, err
		}
		sum.Write(data)
	}
	return [sha256.Size]byte(sum.Sum(nil)), nil
}

// RoundTrip implements http.RoundTripper.
func (p *pool) RoundTrip(req *http.Request) (*http.Response, error) {
	if bindsConnection(req) {
		req = req.WithContext(req.Context())
		req.Close = true
	}
	x := exchangeOf(req.Context())
	resp, err := p.transport(x.account).RoundTrip(req)
	return resp, p.asks.judge(x, err)
}

// bindsConnection is true for authentication schemes that log in a whole connection (RFC 4559, section 6). It must not be
// used for another caller (trap 70).
func bindsConnection(req *http.Request) bool {
	scheme, _, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "NTLM") || strings.EqualFold(scheme, "Negotiate")
}

// transport returns the connections that belong to an account.
func (p *pool) transport(account string) transport {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.transports == nil || p.ages && time.Since(p.born) > maxConnectionAge {
		p.retire()
		p.born, p.transports = time.Now(), map[string]transport{}
	}
	t := p.transports[account]
	if t == nil {
		t = p.make()
		p.transports[account] = t
	}
	return t
}

// retire lets running exchanges finish; their connections close when they become idle.
func (p *pool) retire() {
	for _, t := range p.transports {
		t.CloseIdleConnections()
	}
}

// close retires the connections of a pool that gets no new exchanges. It does nothing on a nil pool.
func (p *pool) close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retire()
}
