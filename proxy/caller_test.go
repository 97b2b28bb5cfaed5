package proxy_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gateway/problem"
	"gateway/proxy"
	"gateway/servertest"
)

// TestBrokenRequestBodiesAreTheCallersFault is trap 12: the error surfaces on the upstream's connection, and must not be
// told as one of the vendor.
func TestBrokenRequestBodiesAreTheCallersFault(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL))
	for _, body := range []string{"5\r\nab", "zz\r\n", "5\r\nabcdefgh\r\n0\r\n\r\n"} {
		conn := g.dial(t)
		if _, err := io.WriteString(conn, "POST /up/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"+body); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err == nil {
			p := readAnswer(resp).problem(t)
			if p.Code != problem.InvalidRequest || p.Fault != problem.FaultCaller || p.Origin != problem.OriginGateway || p.Retryable {
				t.Errorf("%q: %+v", body, p)
			}
		}
		x := g.ended(t)
		if x.Code != http.StatusBadRequest && x.Code != 499 || x.Problem != nil && x.Problem.Fault == problem.FaultVendor {
			t.Errorf("%q: recorded %d, %+v", body, x.Code, x.Problem)
		}
	}
}

// TestTooLargeRequestBodies finds net/http's own limit through ReverseProxy.
func TestTooLargeRequestBodies(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL), func(s *httptest.Server) {
		next := s.Config.Handler
		s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, 1000)
			next.ServeHTTP(w, r)
		})
	})
	p := g.send(t, "POST", "/up/x", io.MultiReader(strings.NewReader(strings.Repeat("x", 5000)))).problem(t)
	if p.Code != problem.PayloadTooLarge || p.Origin != problem.OriginGateway || !strings.Contains(p.Detail, "1000 bytes") {
		t.Errorf("%+v", p)
	}
}

// TestCallersWhoLeave is trap 13, with 1,000 of them: 499, one attempt, and nothing held.
func TestCallersWhoLeave(t *testing.T) {
	arrived, release := make(chan struct{}, 200), make(chan struct{})
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		select {
		case <-r.Context().Done():
		case <-release:
		}
	})
	defer close(release)
	g := startGateway(t, to(v.URL))
	c := client(t)
	for range 10 {
		leaveTogether(t, g, c, arrived, 100)
	}
	if status := g.shared.Status(); status.Upstreams["up"].InFlight != 0 {
		t.Errorf("in flight: %d", status.Upstreams["up"].InFlight)
	}
}

// leaveTogether sends n requests and cancels them all when the vendor has them.
func leaveTogether(t *testing.T, g *gateway, c *http.Client, arrived <-chan struct{}, n int) {
	t.Helper()
	var callers sync.WaitGroup
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	for range n {
		callers.Go(func() {
			req, _ := http.NewRequestWithContext(ctx, "GET", g.URL+"/up/x", nil)
			if resp, err := c.Do(req); err == nil {
				resp.Body.Close()
				t.Error("an answer came")
			}
		})
	}
	for range n {
		servertest.Receive(t, arrived, "a request")
	}
	leave()
	callers.Wait()
	for range n {
		x := g.ended(t)
		if x.Code != 499 || len(x.Attempts) != 1 || x.Problem != nil {
			t.Fatalf("recorded %d, %d attempts, %+v", x.Code, len(x.Attempts), x.Problem)
		}
	}
}

// TestExpectContinue is trap 14: a refusal comes before the body is asked for, and a vendor's early refusal too.
func TestExpectContinue(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/early" {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		_, _ = io.Copy(w, r.Body)
	})
	g := startGateway(t, to(v.URL))
	for path, want := range map[string]int{"/nowhere": 404, "/up/early": 413} {
		code := http.StatusContinue
		// A vendor that takes longer than a second to refuse is sent the body all the same, as on a machine that stands still.
		for try := 0; code == http.StatusContinue && try < 10; try++ {
			caller := newRawCaller(g.dial(t))
			code = caller.call(t, "POST", "POST "+path+" HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n").StatusCode
		}
		if code != want {
			t.Errorf("%s: %d", path, code)
		}
	}
	caller := newRawCaller(g.dial(t))
	first := caller.call(t, "POST", "POST /up/echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
	if first.StatusCode != http.StatusContinue {
		t.Fatalf("first %s", first.Status)
	}
	if a := caller.call(t, "POST", "hi"); a.body != "hi" {
		t.Errorf("%s: %q", a.Status, a.body)
	}
}

// TestVendorAnswersBeforeTheBodyIsRead is trap 15.
func TestVendorAnswersBeforeTheBodyIsRead(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_ = http.NewResponseController(w).Flush()
		_, _ = io.Copy(io.Discard, r.Body)
	})
	g := startGateway(t, to(v.URL))
	for range 5 {
		req, err := http.NewRequestWithContext(t.Context(), "POST", g.URL+"/up/x", io.LimitReader(zeros{}, 10<<20))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client(t).Do(req)
		if err != nil {
			continue // the caller may see its own write fail; no race, no hang is what matters
		}
		if p := readAnswer(resp).problem(t); p.Code != problem.PermissionDenied {
			t.Errorf("%+v", p)
		}
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestHTTP10Callers is trap 16: no chunks and no 1xx for them, whatever the kind of error.
func TestHTTP10Callers(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		if r.URL.Path == "/stream" {
			_, _ = io.WriteString(w, "one ")
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "two")
			return
		}
		w.WriteHeader(http.StatusConflict)
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, `{"message":"taken"}`)
	})
	g := startGateway(t, to(v.URL))
	for path, want := range map[string]int{"/up/x": 409, "/nowhere": 404, "/up/../x": 400, "/up/stream": 200} {
		a := g.rawCall(t, "GET", "GET "+path+" HTTP/1.0\r\n\r\n")
		if a.StatusCode != want || len(a.TransferEncoding) > 0 {
			t.Errorf("%s: %s %q", path, a.Status, a.TransferEncoding)
		}
		if want == 200 && a.body != "one two" {
			t.Errorf("%s: %q", path, a.body)
		}
		if want != 200 {
			a.problem(t)
		}
	}
}

// TestDeadlines names which deadline fired, and holds the caller no longer than it.
func TestDeadlines(t *testing.T) {
	silent := startRawVendor(t, func(conn net.Conn) {
		readRequest(conn)
		_, _ = io.Copy(io.Discard, conn) // until the gateway gives up
	})
	for name, timeouts := range map[string]proxy.Timeouts{
		"header": {Header: 50 * time.Millisecond},
		"total":  {Total: 50 * time.Millisecond},
	} {
		g := startGateway(t, to(silent.URL, func(u *proxy.Upstream) { u.Timeouts = timeouts }))
		a := g.get(t, "/up/x")
		p := a.problem(t)
		if p.Code != problem.UpstreamTimeout || p.Status != 504 || !p.Retryable || !strings.Contains(p.Detail, "timeouts."+name) {
			t.Errorf("%s: %+v", name, p)
		}
		if status := a.Header.Get("Proxy-Status"); !strings.HasPrefix(status, "gateway; error=") || !strings.Contains(status, "timeout") {
			t.Errorf("%s: Proxy-Status %q", name, status)
		}
	}
}

// TestUnreachable tells why no connection could be made.
func TestUnreachable(t *testing.T) {
	plain := startRecorder(t)
	for _, c := range []struct{ url, proxyStatus string }{
		{"http://127.0.0.1:1", "connection_refused"},
		{"http://no-such-host.invalid", "dns_error"},
		{strings.Replace(plain.URL, "http:", "https:", 1), "tls_protocol_error"},
	} {
		g := startGateway(t, to(c.url))
		a := g.get(t, "/up/x?secret=1")
		p := a.problem(t)
		if p.Code != problem.UpstreamUnreachable || p.Origin != problem.OriginGateway || p.Status != 502 {
			t.Errorf("%s: %+v", c.url, p)
		}
		if got := a.Header.Get("Proxy-Status"); got != "gateway; error="+c.proxyStatus {
			t.Errorf("%s: Proxy-Status %q, want %s", c.url, got, c.proxyStatus)
		}
		if strings.Contains(a.body, "secret") {
			t.Errorf("%s: the query is in %s", c.url, a.body)
		}
		if x := g.ended(t); x.Err == nil || len(x.Attempts) != 3 || x.Attempts[0].Code != 0 {
			t.Errorf("%s: recorded %+v", c.url, x)
		}
	}
}

// TestUntrustedCertificates is trap 73: expired, foreign or wrongly named certificates are refused.
func TestUntrustedCertificates(t *testing.T) {
	v := httptest.NewUnstartedServer(http.NotFoundHandler())
	v.Config.ErrorLog = quiet
	v.StartTLS()
	t.Cleanup(v.Close)
	for _, u := range []string{v.URL, strings.Replace(v.URL, "127.0.0.1", "localhost", 1)} {
		a := startGateway(t, to(u)).get(t, "/up/x")
		if p := a.problem(t); p.Code != problem.UpstreamUnreachable || a.Header.Get("Proxy-Status") != "gateway; error=tls_certificate_error" {
			t.Errorf("%s: %+v, %s", u, p, a.Header.Get("Proxy-Status"))
		}
	}
}
