package proxy_test

import (
	"bufio"
	"context"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gateway/problem"
	"gateway/problemtest"
	"gateway/proxy"
	"gateway/servertest"
	"gateway/vendortest"
	"gateway/wire"
)

func TestMain(m *testing.M) {
	// toxiproxy leaves the reader of a connection behind that it has cut.
	os.Exit(servertest.RunWithoutLeaks(m, goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*ToxicStub).Run")))
}

// patience is how long a test waits for what must come; nothing is judged by it.
const patience = 2 * time.Minute

// quiet swallows what net/http says of connections that tests break on purpose.
var quiet = log.New(io.Discard, "", 0)

// gateway is a handler on a socket of its own, with the records of its exchanges in the order they ended.
type gateway struct {
	*httptest.Server
	address   string
	shared    *proxy.Shared
	caller    *http.Client
	exchanges chan proxy.Exchange
}

// startGateway serves s until the test ends. Every upstream without a name is called "up".
func startGateway(t testing.TB, s proxy.Settings, options ...func(*httptest.Server)) *gateway {
	t.Helper()
	g := &gateway{shared: proxy.NewShared(), caller: client(t), exchanges: make(chan proxy.Exchange, 100_000)}
	h, err := proxy.New(withDefaults(s), g.shared, func(x proxy.Exchange) { g.exchanges <- x })
	if err != nil {
		t.Fatal(err)
	}
	current := &swapped{}
	current.Store(h)
	g.Server = httptest.NewUnstartedServer(current)
	g.Config.DisableGeneralOptionsHandler = true
	g.Config.ErrorLog = quiet
	for _, option := range options {
		option(g.Server)
	}
	if g.URL == "" {
		g.putLane()
		g.Start()
	}
	g.address = g.Listener.Addr().String()
	t.Cleanup(func() {
		g.Close()
		if lane, ok := g.Listener.(*wire.Lane); ok {
			_ = lane.Wait(context.Background()) // which has no end of its own
		}
		g.shared.Close()
	})
	return g
}

// putLane lets a lane serve what is ordinary, as the gateway does. SERVER=std of the environment runs every test without.
func (g *gateway) putLane() {
	if os.Getenv("SERVER") != "std" {
		g.Listener = wire.NewLane(g.Config, g.Listener, func(net.Conn, http.ConnState) {})
	}
}

// swapped serves whatever handler was stored last, as a reload does.
type swapped struct{ atomic.Pointer[proxy.Handler] }

func (s *swapped) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.Load().ServeHTTP(w, r) }

// withDefaults fills s. TRANSPORT of the environment runs every test with that transport.
func withDefaults(s proxy.Settings) proxy.Settings {
	s.Problems.SetDefaults()
	for i := range s.Upstreams {
		u := &s.Upstreams[i]
		if u.Name == "" {
			u.Name = "up"
		}
		if u.Transport == "" {
			u.Transport = os.Getenv("TRANSPORT")
		}
		u.SetDefaults()
	}
	return s
}

// to is the settings of one upstream at url, changed by each option.
func to(url string, options ...func(*proxy.Upstream)) proxy.Settings {
	u := proxy.Upstream{UpstreamConfig: proxy.UpstreamConfig{URL: url}}
	for _, option := range options {
		option(&u)
	}
	return proxy.Settings{Upstreams: []proxy.Upstream{u}}
}

// once switches retries off.
func once(u *proxy.Upstream) { u.Retry.Attempts = 1 }

// ended returns the record of the next exchange that ended.
func (g *gateway) ended(t testing.TB) proxy.Exchange {
	t.Helper()
	return servertest.Receive(t, g.exchanges, "the end of an exchange")
}

// vendor is an upstream that answers by a handler.
func vendor(t testing.TB, answer http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(answer)
	s.Config.ErrorLog = quiet
	s.Config.DisableGeneralOptionsHandler = true
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// recorder is a vendor that answers 200 "ok" and keeps the requests that reach it.
type recorder struct {
	*httptest.Server
	requests chan *http.Request
}

func startRecorder(t testing.TB) *recorder {
	t.Helper()
	rec := &recorder{requests: make(chan *http.Request, 100_000)}
	rec.Server = vendor(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		rec.requests <- r
		_, _ = io.WriteString(w, "ok")
	})
	return rec
}

// got returns the only request that came since the last call.
func (rec *recorder) got(t testing.TB) *http.Request {
	t.Helper()
	if n := len(rec.requests); n != 1 {
		t.Fatalf("%d requests reached the vendor, want 1", n)
	}
	return <-rec.requests
}

// none fails the test if a request has reached the vendor.
func (rec *recorder) none(t testing.TB) {
	t.Helper()
	if n := len(rec.requests); n != 0 {
		r := <-rec.requests
		t.Fatalf("%d requests reached the vendor, the first is %s %s", n, r.Method, r.RequestURI)
	}
}

// startRawVendor starts an upstream by hand, which is closed when the test ends.
func startRawVendor(t testing.TB, serve func(net.Conn)) *vendortest.Raw {
	t.Helper()
	v, err := vendortest.ServeRaw(serve)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// answering reads one request of each connection, answers with raw bytes and closes the connection.
func answering(t testing.TB, answer string) *vendortest.Raw {
	t.Helper()
	return startRawVendor(t, func(conn net.Conn) {
		if readRequest(conn) != nil {
			_, _ = io.WriteString(conn, answer)
		}
	})
}

// readRequest returns the head of a request, with its body read; nil if none came.
func readRequest(conn net.Conn) *http.Request {
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return nil
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil
	}
	return r
}

// client neither follows redirects nor unpacks, and reuses connections until the test ends.
func client(t testing.TB) *http.Client {
	t.Helper()
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// answer is a response with its whole body.
type answer struct {
	*http.Response
	body string
	err  error // on reading the body
}

// problem decodes the body, which must be a problem with the status of the wire.
func (a answer) problem(t testing.TB) problem.Problem {
	t.Helper()
	p := problemtest.Decode(t, []byte(a.body))
	if p.Status != a.StatusCode {
		t.Errorf("status %d on the wire, %d in the problem", a.StatusCode, p.Status)
	}
	if got := a.Header.Get("Content-Type"); got != problem.MediaType {
		t.Errorf("Content-Type of a problem is %q", got)
	}
	if _, known := p.Code.Info(); !known {
		t.Errorf("type %q is not in the catalogue", p.Code)
	}
	return p
}

// get sends a GET for path to the gateway; headers are "Name: value".
func (g *gateway) get(t testing.TB, path string, headers ...string) answer {
	t.Helper()
	return g.send(t, http.MethodGet, path, nil, headers...)
}

func (g *gateway) send(t testing.TB, method, path string, body io.Reader, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, g.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		req.Header.Add(name, value)
	}
	resp, err := g.caller.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return readAnswer(resp)
}

func readAnswer(resp *http.Response) answer {
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp, string(body), err}
}

// rawCall writes a request by hand and returns the answer to it. method says how the answer is framed.
func (g *gateway) rawCall(t testing.TB, method, request string) answer {
	t.Helper()
	return newRawCaller(g.dial(t)).call(t, method, request)
}

// dial connects to the gateway until the test ends.
func (g *gateway) dial(t testing.TB) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", g.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// rawCaller sends one request after the other on one connection.
type rawCaller struct {
	conn   net.Conn
	reader *bufio.Reader
}

func newRawCaller(conn net.Conn) *rawCaller { return &rawCaller{conn, bufio.NewReader(conn)} }

// call writes a request by hand and reads the answer to it.
func (c *rawCaller) call(t testing.TB, method, request string) answer {
	t.Helper()
	if _, err := io.WriteString(c.conn, request); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(c.reader, &http.Request{Method: method})
	if err != nil {
		t.Fatalf("no answer to %q: %v", request, err)
	}
	return readAnswer(resp)
}

// certificateFile writes the certificate of a TLS server to a file.
func certificateFile(t testing.TB, s *httptest.Server) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
