package proxy_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gateway/problem"
	"gateway/proxy"
	"gateway/resilience"
)

// touchy opens the breaker on a single failure, and keeps retries out of the way.
func touchy(u *proxy.Upstream) {
	once(u)
	u.Breaker = resilience.BreakerConfig{MinRequests: 1, FailureRatio: 0.01, OpenFor: time.Hour}
}

func (g *gateway) circuit() resilience.CircuitStatus {
	return g.shared.Status().Upstreams["up"].Circuit
}

// TestBreakerIsFedByTypeAndFault is trap 55: what each answer of the vendor does to the breaker.
func TestBreakerIsFedByTypeAndFault(t *testing.T) {
	for answer, state := range map[string]string{
		"200": "closed", "204": "closed", "302 Location: /y": "closed", "400": "closed", "401": "closed", "402": "closed",
		"403": "closed", "404": "closed", "408": "closed", "409": "closed", "422": "closed", "424": "closed", "429": "closed", "501": "closed",
		"500": "open", "502": "open", "503": "open", "504": "open", "521": "open", "none": "open",
		"500 Content-Type: application/grpc": "open", "404 Content-Type: application/grpc": "closed",
	} {
		url, _ := unsteady(t, answer)
		g := startGateway(t, to(url, touchy))
		g.get(t, "/up/x")
		if got := g.circuit().State; got != state {
			t.Errorf("%s: the breaker is %s, want %s", answer, got, state)
		}
	}
}

// TestOpenBreakerAnswersAtOnce with a problem that says when to come back, and leaves the vendor alone.
func TestOpenBreakerAnswersAtOnce(t *testing.T) {
	url, calls := unsteady(t, "503")
	g := startGateway(t, to(url, touchy, func(u *proxy.Upstream) { u.Breaker.OpenFor = 90 * time.Second }))
	g.get(t, "/up/x").problem(t)
	a := g.get(t, "/up/x")
	p := a.problem(t)
	if p.Code != problem.CircuitOpen || p.Status != 503 || p.Origin != problem.OriginGateway || !p.Retryable || p.RetryAfter == nil {
		t.Fatalf("%+v", p)
	}
	if *p.RetryAfter < 60 || *p.RetryAfter > 90 || calls.Load() != 1 {
		t.Errorf("retry_after %d, %d calls", *p.RetryAfter, calls.Load())
	}
	if !strings.Contains(p.Detail, "1 of its last 1 answers were failures") {
		t.Errorf("detail %q", p.Detail)
	}
	if got := a.Header.Get("Proxy-Status"); got != "gateway; error=destination_unavailable" {
		t.Errorf("Proxy-Status %q", got)
	}
	if a.Header["Gateway-Attempts"] != nil {
		t.Errorf("Gateway-Attempts %q, and nothing was sent", a.Header["Gateway-Attempts"])
	}
}

// TestTheVendorsAnswerBeatsARefusal: where the breaker opens between two attempts, the caller gets what the vendor said.
func TestTheVendorsAnswerBeatsARefusal(t *testing.T) {
	url, calls := unsteady(t, "503")
	g := startGateway(t, to(url, touchy, func(u *proxy.Upstream) { u.Retry.Attempts = 3 }))
	a := g.get(t, "/up/x")
	if p := a.problem(t); p.Code != problem.UpstreamUnavailable || p.Origin != problem.OriginUpstream || calls.Load() != 1 {
		t.Errorf("%+v after %d calls", p, calls.Load())
	}
	// What never reached the vendor has no answer to pass on.
	if p := g.get(t, "/up/x", "Gateway-Errors: passthrough").problem(t); p.Code != problem.CircuitOpen {
		t.Errorf("%+v", p)
	}
}

func TestBreakerCanBeSwitchedOff(t *testing.T) {
	url, calls := unsteady(t, "503")
	g := startGateway(t, to(url, touchy, func(u *proxy.Upstream) { u.Breaker.Enabled = new(bool) }))
	for range 3 {
		g.get(t, "/up/x").problem(t)
	}
	if calls.Load() != 3 || g.circuit().State != "" {
		t.Errorf("%d calls, breaker %q", calls.Load(), g.circuit().State)
	}
}

// TestFailedReloadKeepsTheBreaker and everything else that serves.
func TestFailedReloadKeepsTheBreaker(t *testing.T) {
	url, _ := unsteady(t, "503")
	g := startGateway(t, to(url, touchy))
	g.get(t, "/up/x")
	s := to(url)
	s.Upstreams = append(s.Upstreams, proxy.Upstream{Name: "broken", UpstreamConfig: proxy.UpstreamConfig{
		URL: "https://a.example", TLS: proxy.UpstreamTLS{CA: "/no/such/file"},
	}})
	if _, err := proxy.New(withDefaults(s), g.shared); err == nil {
		t.Fatal("a broken configuration was taken")
	}
	if got := g.circuit().State; got != "open" {
		t.Errorf("the breaker is %s after a reload that failed", got)
	}
}

// TestCallersFaultsAreNotTheVendors is traps 12 and 13: breaker, retries and the vendor's counts stay where they are.
func TestCallersFaultsAreNotTheVendors(t *testing.T) {
	v := vendor(t, func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil && r.URL.Path == "/slow" {
			<-r.Context().Done()
		}
	})
	g := startGateway(t, to(v.URL, touchy, func(u *proxy.Upstream) { u.Retry.Attempts = 3 }))
	for name, request := range map[string]string{
		"a bad chunk": "PUT /up/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n",
		"a cut chunk": "PUT /up/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nab",
		"a cut body":  "PUT /up/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nab",
	} {
		conn := g.dial(t)
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, conn)
		checkAborted(t, g, name)
	}
	for range 100 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.URL+"/up/slow", nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := g.caller.Do(req); err == nil {
			resp.Body.Close()
		}
		cancel()
	}
	for len(g.exchanges) > 0 {
		checkAborted(t, g, "a caller who left")
	}
	if s := g.shared.Status().Upstreams["up"]; s.Circuit.State != "closed" {
		t.Errorf("%+v", s)
	}
}

// checkAborted looks at the record of an exchange that its caller broke off.
func checkAborted(t *testing.T, g *gateway, name string) {
	t.Helper()
	x := g.ended(t)
	if len(x.Attempts) > 1 {
		t.Errorf("%s: %d attempts", name, len(x.Attempts))
	}
	for _, a := range x.Attempts {
		if !a.Aborted || a.Retry != "" {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if p := x.Problem; p != nil && p.Fault != problem.FaultCaller {
		t.Errorf("%s: fault %s", name, p.Fault)
	}
}
