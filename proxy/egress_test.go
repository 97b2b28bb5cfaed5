package proxy_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"gateway/credentials"
	"gateway/problem"
	"gateway/proxy"
	"gateway/servertest"
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

// forwardProxy is a proxy that tunnels, and forwards what comes whole. It writes down what it was asked for.
type forwardProxy struct {
	*httptest.Server
	asked chan string
}

func startForwardProxy(t *testing.T, start func(*httptest.Server)) *forwardProxy {
	t.Helper()
	p := &forwardProxy{asked: make(chan string, 100)}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := proxyUser(r)
		p.asked <- r.Method + " " + r.RequestURI + " " + user + ":" + password
		switch {
		case password == "wrong":
			w.WriteHeader(http.StatusProxyAuthRequired)
		case strings.Contains(r.Host, "down"):
			w.WriteHeader(http.StatusBadGateway)
		case r.Method == http.MethodConnect:
			carry(w, strings.Replace(r.Host, "vendor.example", "127.0.0.1", 1))
		default:
			_, _ = io.WriteString(w, "forwarded")
		}
	}))
	p.Config.ErrorLog = quiet
	start(p.Server)
	t.Cleanup(p.Close)
	return p
}

func proxyUser(r *http.Request) (user, password string, ok bool) {
	as := &http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
	return as.BasicAuth()
}

// carry connects the caller of a CONNECT with address.
func carry(w http.ResponseWriter, address string) {
	there, err := net.Dial("tcp", address)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() {
		_, _ = io.Copy(there, here)
		there.Close()
	}()
	_, _ = io.Copy(here, there)
	here.Close()
}

// TestForwardProxy carries https through a tunnel, with the names left to the proxy, and http as whole requests.
func TestForwardProxy(t *testing.T) {
	t.Parallel()
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "secure") }))
	t.Cleanup(secure.Close)
	ca := certificateFile(t, secure)
	trusting := func(u *proxy.Upstream) { u.TLS = proxy.UpstreamTLS{CA: ca, ServerName: "example.com"} }
	for _, start := range []func(*httptest.Server){(*httptest.Server).Start, (*httptest.Server).StartTLS} {
		p := startForwardProxy(t, start)
		through := func(user string) func(*proxy.Upstream) {
			return func(u *proxy.Upstream) { u.Proxy = credentials.Secret(strings.Replace(p.URL, "://", "://"+user, 1)) }
		}
		for _, c := range []struct {
			url, user, body, asked string
		}{
			{named(secure.URL), "", "secure", "CONNECT " + strings.TrimPrefix(named(secure.URL), "https://") + " :"},
			{named(secure.URL), "me:let%20in@", "secure", "CONNECT " + strings.TrimPrefix(named(secure.URL), "https://") + " me:let in"},
			{"http://vendor.example/a", "me:in@", "forwarded", "GET http://vendor.example/a/x?q=1 me:in"},
		} {
			a := startGateway(t, to(c.url, through(c.user), trusting)).get(t, "/up/x?q=1")
			if asked := servertest.Receive(t, p.asked, "a question of the proxy"); a.body != c.body || asked != c.asked {
				t.Errorf("%s: %q, the proxy was asked %q, want %q", c.url, a.body, asked, c.asked)
			}
		}
		for _, c := range []struct {
			url, user, status string
			fault             problem.Fault
		}{
			{"https://vendor.example", "me:wrong@", "proxy_configuration_error", problem.FaultGateway},
			{"https://down.example", "", "destination_unavailable", problem.FaultVendor},
		} {
			a := startGateway(t, to(c.url, through(c.user), trusting, once)).get(t, "/up/x")
			if p := a.problem(t); p.Code != problem.UpstreamUnreachable || p.Fault != c.fault || a.Header.Get("Proxy-Status") != "gateway; error="+c.status {
				t.Errorf("%s: %+v, %s", c.url, p, a.Header.Get("Proxy-Status"))
			}
			if strings.Contains(a.body, "wrong") {
				t.Errorf("the proxy's password is in %s", a.body)
			}
			servertest.Receive(t, p.asked, "a question of the proxy")
		}
	}
	a := startGateway(t, to("https://vendor.example", func(u *proxy.Upstream) { u.Proxy = "http://127.0.0.1:1" })).get(t, "/up/x")
	if p := a.problem(t); p.Fault != problem.FaultGateway || !strings.Contains(p.Detail, "forward proxy") {
		t.Errorf("%+v", p)
	}
}

// identity writes a self-signed certificate and its key to files.
func identity(t *testing.T, name string) proxy.UpstreamTLS {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := proxy.UpstreamTLS{Cert: filepath.Join(t.TempDir(), "cert.pem"), Key: filepath.Join(t.TempDir(), "key.pem")}
	for file, block := range map[string]*pem.Block{files.Cert: {Type: "CERTIFICATE", Bytes: der}, files.Key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// demanding is a vendor with TLS of its own kind, that answers with who its caller is.
func demanding(t *testing.T, http2 bool, config *tls.Config) *httptest.Server {
	t.Helper()
	v := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := "nobody"
		if shown := r.TLS.PeerCertificates; len(shown) > 0 {
			name = shown[0].Subject.CommonName
		}
		if r.URL.Path == "/broken" {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, name+" "+r.RemoteAddr)
	}))
	v.EnableHTTP2, v.TLS, v.Config.ErrorLog = http2, config, quiet
	v.StartTLS()
	t.Cleanup(v.Close)
	return v
}

// TestClientCertificates keep connections apart (trap 70), over HTTP/1.1 and HTTP/2.
func TestClientCertificates(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		v := demanding(t, http2, &tls.Config{ClientAuth: tls.RequireAnyClientCert})
		ca := certificateFile(t, v)
		s := proxy.Settings{}
		for _, name := range []string{"alice", "bob"} {
			u := proxy.Upstream{Name: name, UpstreamConfig: proxy.UpstreamConfig{URL: v.URL}}
			u.TLS = identity(t, name)
			u.TLS.CA = ca
			s.Upstreams = append(s.Upstreams, u)
		}
		g := startGateway(t, s)
		owners := map[string]string{}
		for range 5 {
			for _, name := range []string{"alice", "bob"} {
				seen, address, _ := strings.Cut(g.get(t, "/"+name+"/x").body, " ")
				if seen != name || owners[address] != "" && owners[address] != name {
					t.Errorf("%s came as %s on a connection of %s", name, seen, owners[address])
				}
				owners[address] = name
			}
		}
	}
}

// TestDemandForAClientCertificateIsAlwaysToldAsSuch, where none is configured: in TLS 1.3 the alert comes after the
// handshake, and what net/http tells of it is a race.
func TestDemandForAClientCertificateIsAlwaysToldAsSuch(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"fast", "std"} {
		for _, http2 := range []bool{false, true} {
			for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
				v := demanding(t, http2, &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: version})
				g := startGateway(t, to(v.URL, func(u *proxy.Upstream) { u.TLS.CA, u.Transport = certificateFile(t, v), transport }))
				for range 50 {
					a := g.get(t, "/up/x")
					p := a.problem(t)
					if p.Code != problem.UpstreamUnreachable || p.Status != 502 || p.Fault != problem.FaultGateway || p.Retryable ||
						!strings.Contains(p.Detail, "sets tls.cert and tls.key") || a.Header.Get("Proxy-Status") != "gateway; error=tls_protocol_error" {
						t.Fatalf("%s, HTTP/2 %t, TLS %x: %+v, %v", transport, http2, version, p, a.Header)
					}
					if x := g.ended(t); len(x.Attempts) != 1 {
						t.Fatalf("%d attempts", len(x.Attempts))
					}
				}
			}
		}
	}
}

// TestRefusalOfAClientCertificateIsAlwaysToldAsSuch, whether the vendor looks at it, or names authorities of which none
// signed it.
func TestRefusalOfAClientCertificateIsAlwaysToldAsSuch(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]*tls.Config{
		"it is looked at": {ClientAuth: tls.RequireAnyClientCert, VerifyPeerCertificate: func([][]byte, [][]*x509.Certificate) error { return errors.New("no") }},
		"of an authority": {ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ofAnotherAuthority(t)},
	} {
		for _, transport := range []string{"fast", "std"} {
			for _, http2 := range []bool{false, true} {
				for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
					config := config.Clone()
					config.MaxVersion = version
					v := demanding(t, http2, config)
					g := startGateway(t, to(v.URL, func(u *proxy.Upstream) {
						u.TLS, u.Transport = identity(t, "alice"), transport
						u.TLS.CA = certificateFile(t, v)
					}))
					for range 50 {
						a := g.get(t, "/up/x")
						p := a.problem(t)
						if p.Code != problem.UpstreamCredentialsRejected || p.Status != 502 || p.Fault != problem.FaultCredentials || p.Retryable ||
							!strings.Contains(p.Detail, "tls.cert") || a.Header.Get("Proxy-Status") != "gateway; error=tls_alert_received" {
							t.Fatalf("%s, %s, HTTP/2 %t, TLS %x: %+v, %v", name, transport, http2, version, p, a.Header)
						}
						if x := g.ended(t); len(x.Attempts) != 1 {
							t.Fatalf("%d attempts", len(x.Attempts))
						}
					}
				}
			}
		}
	}
}

func ofAnotherAuthority(t *testing.T) *x509.CertPool {
	t.Helper()
	pem, err := os.ReadFile(identity(t, "another").Cert)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return pool
}

// TestWishForAClientCertificateIsNoDemand: a vendor that asks for one and answers, without or with it, is not to blame it
// on that when a connection breaks.
func TestWishForAClientCertificateIsNoDemand(t *testing.T) {
	v := demanding(t, false, &tls.Config{ClientAuth: tls.RequestClientCert})
	for name, shown := range map[string]proxy.UpstreamTLS{"nobody": {}, "alice": identity(t, "alice")} {
		shown.CA = certificateFile(t, v)
		g := startGateway(t, to(v.URL, once, func(u *proxy.Upstream) { u.TLS = shown }))
		if a := g.get(t, "/up/x"); !strings.HasPrefix(a.body, name+" ") {
			t.Fatal(a.body)
		}
		for range 2 { // the second time on a new connection, for which it asks again
			if p := g.get(t, "/up/broken").problem(t); p.Code != problem.UpstreamInvalidResponse {
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
}

// TestConnectionsThatLogInAreNotShared is trap 70 for callers that bring NTLM or Negotiate themselves.
func TestConnectionsThatLogInAreNotShared(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.RemoteAddr) })
	g := startGateway(t, to(v.URL))
	loggedIn := map[string]bool{}
	for range 5 {
		for _, scheme := range []string{"Negotiate YII=", "ntlm TlRM", "Basic YTpi", ""} {
			address := g.get(t, "/up/x", "Authorization: "+scheme).body
			if loggedIn[address] {
				t.Errorf("%q came on a connection that was logged in", scheme)
			}
			loggedIn[address] = strings.HasPrefix(strings.ToLower(scheme), "n")
		}
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
