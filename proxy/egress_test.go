package proxy_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"gateway/problem"
	"gateway/proxy"
)

// names is a DNS server that gives every name one address, which may change.
type names struct {
	mu      sync.Mutex
	address netip.Addr
	server  net.PacketConn
}

func startNames(t *testing.T, address string) *names {
	t.Helper()
	server, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &names{address: netip.MustParseAddr(address), server: server}
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.serve()
	}()
	t.Cleanup(func() { server.Close(); <-done })
	return n
}

func (n *names) serve() {
	query := make([]byte, 512)
	for {
		size, from, err := n.server.ReadFrom(query)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(query[:size]) != nil {
			continue
		}
		m.Response, m.Additionals = true, nil
		if asked := m.Questions[0]; asked.Type == dnsmessage.TypeA {
			n.mu.Lock()
			body := &dnsmessage.AResource{A: n.address.As4()}
			n.mu.Unlock()
			m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: asked.Name, Class: asked.Class}, Body: body}}
		}
		if answer, err := m.Pack(); err == nil {
			_, _ = n.server.WriteTo(answer, from)
		}
	}
}

func (n *names) flip(address string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.address = netip.MustParseAddr(address)
}

// dial resolves names by n.
func (n *names) dial(d *net.Dialer, ctx context.Context, network, address string) (net.Conn, error) {
	d.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", n.server.LocalAddr().String())
	}}
	return d.DialContext(ctx, network, address)
}

// named is a URL with a host name instead of its address.
func named(url string) string { return strings.Replace(url, "127.0.0.1", "vendor.example", 1) }

// TestNamesThatLeadInside is trap 71: the address is looked at after DNS, whatever the name meant before.
func TestNamesThatLeadInside(t *testing.T) {
	rec := startRecorder(t)
	dns := startNames(t, "127.0.0.1")
	g := startGateway(t, to(named(rec.URL)))
	g.shared.DialWith(dns.dial)
	if a := g.get(t, "/up/x"); a.body != "ok" {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	g.ended(t)
	rec.got(t)
	dns.flip("169.254.169.254")
	g.shared.AgeConnections(time.Minute)
	a := g.get(t, "/up/x")
	p := a.problem(t)
	if p.Code != problem.UpstreamUnreachable || p.Fault != problem.FaultGateway || a.Header.Get("Proxy-Status") != "gateway; error=destination_ip_prohibited" {
		t.Errorf("%+v, %s", p, a.Header.Get("Proxy-Status"))
	}
	if strings.Contains(a.body, "169.254") {
		t.Errorf("the caller is told the address: %s", a.body)
	}
	if x := g.ended(t); len(x.Attempts) != 1 || x.Err == nil || !strings.Contains(x.Err.Error(), "169.254.169.254") {
		t.Errorf("%d attempts, %v", len(x.Attempts), x.Err)
	}
	rec.none(t)
}

// TestOwnListenersAreNoUpstreams, unless the configuration itself names the address.
func TestOwnListenersAreNoUpstreams(t *testing.T) {
	own := startRecorder(t)
	for url, code := range map[string]int{named(own.URL): http.StatusLoopDetected, own.URL: http.StatusOK} {
		g := startGateway(t, to(url))
		g.shared.DialWith(startNames(t, "127.0.0.1").dial)
		g.shared.Guard(own.Listener)
		a := g.get(t, "/up/x")
		if a.StatusCode != code {
			t.Errorf("%s: %s %s", url, a.Status, a.body)
		}
		if code != http.StatusOK {
			if p := a.problem(t); p.Code != problem.LoopDetected || p.Fault != problem.FaultGateway {
				t.Errorf("%+v", p)
			}
		}
	}
	own.got(t) // the one by its address
}

// TestLoops is trap 88: a gateway whose upstream is itself, and two that lead to each other.
func TestLoops(t *testing.T) {
	for name, start := range map[string]func() *gateway{
		"itself": func() *gateway {
			g := startGateway(t, to("http://127.0.0.1:1"))
			g.reload(t, to(g.URL))
			return g
		},
		"two": func() *gateway {
			first := startGateway(t, to("http://127.0.0.1:1"))
			second := startGateway(t, to(first.URL))
			first.reload(t, to(second.URL))
			return first
		},
	} {
		g := start()
		a := g.get(t, "/up/up/up/up/x")
		if p := a.problem(t); p.Code != problem.LoopDetected || p.Status != http.StatusLoopDetected || p.Fault != problem.FaultGateway {
			t.Errorf("%s: %+v", name, p)
		}
		if x := g.ended(t); x.Problem == nil || x.Problem.Code != problem.LoopDetected {
			t.Errorf("%s: the inner exchange was recorded with %+v", name, x.Problem)
		}
	}
}

// reload puts a handler for s in the place of the one that serves.
func (g *gateway) reload(t *testing.T, s proxy.Settings) {
	t.Helper()
	h, err := proxy.New(withDefaults(s), g.shared, func(x proxy.Exchange) { g.exchanges <- x })
	if err != nil {
		t.Fatal(err)
	}
	g.Config.Handler.(*swapped).Store(h)
}

// TestNamesMayMove is trap 82: a connection that is kept alive does not pin an address for ever.
func TestNamesMayMove(t *testing.T) {
	here := startRecorder(t)
	_, port, _ := net.SplitHostPort(here.Listener.Addr().String())
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.2:"+port)
	if err != nil {
		t.Skip("there is no second loopback address: ", err)
	}
	there := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "moved") }))
	there.Listener.Close()
	there.Listener = l
	there.Start()
	t.Cleanup(there.Close)
	dns := startNames(t, "127.0.0.1")
	g := startGateway(t, to(named(here.URL)))
	g.shared.DialWith(dns.dial)
	got := []string{g.get(t, "/up/x").body}
	dns.flip("127.0.0.2")
	for _, later := range []time.Duration{30 * time.Second, 29 * time.Second, time.Second} {
		got = append(got, g.get(t, "/up/x").body)
		g.shared.AgeConnections(later)
	}
	if got := strings.Join(append(got, g.get(t, "/up/x").body), " "); got != "ok ok ok moved moved" {
		t.Errorf("after 0, 0, 30, 59 and 60 seconds: %s", got)
	}
}

// TestPinnedServerName is what counts, not the host of the url.
func TestPinnedServerName(t *testing.T) {
	v := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.TLS.ServerName) }))
	v.Config.ErrorLog = quiet
	t.Cleanup(v.Close)
	ca := certificateFile(t, v)
	for name, good := range map[string]bool{"example.com": true, "other.test": false} {
		a := startGateway(t, to(v.URL, once, func(u *proxy.Upstream) { u.TLS = proxy.UpstreamTLS{CA: ca, ServerName: name} })).get(t, "/up/x")
		if good != (a.StatusCode == http.StatusOK && a.body == name) {
			t.Errorf("%s: %s %s", name, a.Status, a.body)
		}
	}
}
