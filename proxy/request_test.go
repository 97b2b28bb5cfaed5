package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"gateway/problem"
	"gateway/proxy"
)

// setting adds headers of the configuration.
func setting(pairs ...string) func(*proxy.Upstream) {
	return func(u *proxy.Upstream) {
		u.Headers.Set = map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			u.Headers.Set[pairs[i]] = pairs[i+1]
		}
	}
}

// TestConnectionHeaderRemovesNothingOfOurs is trap 1: what a caller lists in Connection is removed before the gateway
// sets its own.
func TestConnectionHeaderRemovesNothingOfOurs(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL, setting("Authorization", "Bearer ours", "X-Api-Key", "ours")))
	for _, list := range []string{
		"authorization, x-api-key, X-REQUEST-ID, via", "AUTHORIZATION,X-API-KEY,x-request-id", "Authorization", "close, X-Api-Key, X-Request-Id",
	} {
		a := g.rawCall(t, "GET", "GET /up/x HTTP/1.1\r\nHost: a\r\nX-Api-Key: theirs\r\nConnection: "+list+"\r\n\r\n")
		if a.StatusCode != http.StatusOK {
			t.Fatalf("Connection: %s: %s", list, a.Status)
		}
		got := rec.got(t).Header
		for name, want := range map[string]string{"Authorization": "Bearer ours", "X-Api-Key": "ours", "X-Request-Id": g.ended(t).RequestID} {
			if values := got.Values(name); len(values) != 1 || values[0] != want {
				t.Errorf("Connection: %s: the vendor got %s %q, want %q", list, name, values, want)
			}
		}
		if got.Get("Via") == "" {
			t.Errorf("Connection: %s: Via is gone", list)
		}
	}
}

// TestHopByHopHeadersStayOnTheirHop re-expresses TestReverseProxy and TestReverseProxyStripHeadersPresentInConnection
// of net/http/httputil.
func TestHopByHopHeadersStayOnTheirHop(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL))
	g.rawCall(t, "GET", "GET /up/x HTTP/1.1\r\nHost: a\r\nConnection: X-Once, close\r\nX-Once: 1\r\nKeep-Alive: 5\r\nProxy-Connection: close\r\n"+
		"Proxy-Authorization: Basic eA==\r\nTe: trailers, deflate\r\nUpgrade: foo\r\nX-Stays: 1\r\nAccept-Encoding: br;q=0.5, gzip\r\n\r\n")
	got := rec.got(t)
	for _, name := range []string{"Connection", "X-Once", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Upgrade", "User-Agent"} {
		if values, sent := got.Header[name]; sent {
			t.Errorf("the vendor got %s: %q", name, values)
		}
	}
	for name, want := range map[string]string{"Te": "trailers", "X-Stays": "1", "Accept-Encoding": "br;q=0.5, gzip"} {
		if value := got.Header.Get(name); value != want {
			t.Errorf("the vendor got %s: %q, want %q", name, value, want)
		}
	}
	if want := strings.TrimPrefix(rec.URL, "http://"); got.Host != want {
		t.Errorf("the vendor got Host %q, want %q", got.Host, want)
	}
}

func TestConfiguredHeadersReplaceTheCallers(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL, setting("x-env", "prod", "User-Agent", "acme/1"), func(u *proxy.Upstream) { u.Headers.Remove = []string{"x-internal"} }))
	for _, headers := range [][]string{
		{"X-Env: theirs", "X-Internal: secret", "User-Agent: curl/8"},
		{"X-Env: one", "X-Env: two", "X_Env: three", "x_internal: secret"},
		{"User-Agent: "},
	} {
		g.get(t, "/up/x", headers...)
		got := rec.got(t).Header
		if env, agent := got.Values("X-Env"), got.Values("User-Agent"); len(env) != 1 || env[0] != "prod" || len(agent) != 1 || agent[0] != "acme/1" {
			t.Errorf("%q: X-Env %q, User-Agent %q", headers, env, agent)
		}
		for name := range got {
			if strings.Contains(strings.ToLower(name), "internal") {
				t.Errorf("%q: the vendor got %s", headers, name)
			}
		}
	}
	raw := "GET /up/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	g.rawCall(t, "GET", raw)
	if agent := rec.got(t).Header.Values("User-Agent"); len(agent) != 1 || agent[0] != "acme/1" {
		t.Errorf("a caller without User-Agent: the vendor got %q", agent)
	}
}

// TestForwardedHeadersReachNoVendor is trap 2.
func TestForwardedHeadersReachNoVendor(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL))
	names := []string{
		"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Prefix",
		"X-Forwarded-Server", "X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-By", "X-Forwarded-Scheme", "X-Forwarded-Ssl",
		"X-Forwarded-Client-Cert", "X-Forwarded-Tls-Client-Cert", "X-Forwarded-Tls-Client-Cert-Info", "X-Forwarded-User", "X-Forwarded-Email",
		"X-Forwarded", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "X-Original-Url", "X-Rewrite-Url", "X-Original-Host",
		"X-Original-Forwarded-For", "True-Client-Ip", "Cf-Connecting-Ip", "Fastly-Client-Ip", "X-Envoy-External-Address", "X-Remote-Addr",
		"Front-End-Https",
	}
	for _, name := range names {
		for _, spelt := range []string{name, strings.ToLower(name), strings.ToUpper(name), strings.ReplaceAll(name, "-", "_"), strings.Replace(strings.ToLower(name), "-", "_", 1)} {
			g.get(t, "/up/x", spelt+": 203.0.113.7")
			for got, values := range rec.got(t).Header {
				if strings.Contains(strings.Join(values, " "), "203.0.113.7") {
					t.Errorf("%s: the vendor got %s: %q", spelt, got, values)
				}
			}
		}
	}
}

func TestControlHeadersReachNoVendor(t *testing.T) {
	rec := startRecorder(t)
	s := to(rec.URL)
	s.Consumers = proxy.ConsumersConfig{Identify: "header:X-Consumer", Weights: map[string]float64{"checkout": 1}}
	g := startGateway(t, s)
	g.get(t, "/up/x", "Gateway-Errors: passthrough", "Gateway-Key: k", "gateway-anything: x", "X-Consumer: checkout")
	for name := range rec.got(t).Header {
		if strings.HasPrefix(name, "Gateway-") || name == "X-Consumer" {
			t.Errorf("the vendor got %s", name)
		}
	}
	if x := g.ended(t); x.Consumer != "checkout" {
		t.Errorf("consumer %q", x.Consumer)
	}
}

// TestOwnHeadersAreSentOnce is trap 3 as far as the gateway sets headers: whatever a caller sends, the vendor gets one
// value, ours.
func TestOwnHeadersAreSentOnce(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL, setting("X-Api-Key", "ours")))
	random := rand.New(rand.NewPCG(1, 2))
	spellings := []string{"X-Api-Key", "x-api-key", "X_Api_Key", "x_api-key", "X-API-KEY", "X-Api_Key"}
	for range 200 {
		var request strings.Builder
		request.WriteString("GET /up/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n")
		for range random.IntN(6) {
			fmt.Fprintf(&request, "%s: theirs%d\r\n", spellings[random.IntN(len(spellings))], random.IntN(9))
		}
		g.rawCall(t, "GET", request.String()+"\r\n")
		var got []string
		for name, values := range rec.got(t).Header {
			if strings.EqualFold(strings.ReplaceAll(name, "_", "-"), "X-Api-Key") {
				got = append(got, values...)
			}
		}
		if len(got) != 1 || got[0] != "ours" {
			t.Fatalf("%q: the vendor got %q", request.String(), got)
		}
	}
}

// TestQueryIsSentByteForByte is trap 4: what ReverseProxy cannot parse it drops, and a re-encoded query breaks signed
// URLs.
func TestQueryIsSentByteForByte(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL))
	queries := []string{
		"", "?", "?x=1;y=2&z=%zz", "?z=1&a=2&z=3", "?%", "?%%", "?a=%2", "?a+b=c%20d", "?=", "?&&&", "?a&b", "?a=b=c", "?q={\"x\":[1]}",
		"?q=%7B%22x%22%3A1%7D", "?search='x'|y", "?a=\xff\xfe", "?a=\xc3\xa4", "?a=%u0041", "?redirect=http://evil.example/?x=1", "??", "?a=b?c/d",
		"?" + strings.Repeat("p=1&", 10_100), "?with_count=true&search={\"enabled\":[{\"operator\":\"=\",\"value\":true}]}", "?a=\\..\\..",
	}
	const alphabet = "az09%;&=+?/:@!$'()*,-._~[]{}|\\^`<>\"\xe4\xff"
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		q := []byte{'?'}
		for range random.IntN(40) {
			q = append(q, alphabet[random.IntN(len(alphabet))])
		}
		queries = append(queries, string(q))
	}
	for _, query := range queries {
		a := g.rawCall(t, "GET", "GET /up/a"+query+" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		if a.StatusCode == http.StatusBadRequest {
			rec.none(t)
			continue
		}
		if got, want := rec.got(t).RequestURI, "/a"+query; got != want {
			t.Errorf("the vendor got %q, want %q", got, want)
		}
	}
}

// TestOnlyWebSocketUpgrades is trap 5: net/http/httputil forwards Upgrade: h2c, a tunnel past every rule.
func TestOnlyWebSocketUpgrades(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL))
	for _, upgrade := range []string{"h2c", "H2C", "h2c, websocket", "TLS/1.0", "foo", "h2c\r\nUpgrade: websocket", "spdy/3", " "} {
		a := g.rawCall(t, "GET", "GET /up/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: "+upgrade+
			"\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n")
		if a.StatusCode != http.StatusOK {
			t.Errorf("Upgrade: %q: %s", upgrade, a.Status)
		}
		got := rec.got(t).Header
		if got["Upgrade"] != nil || got["Http2-Settings"] != nil || got["Connection"] != nil {
			t.Errorf("Upgrade: %q: the vendor got %v", upgrade, got)
		}
	}
}

// TestUpgradeSmugglesNoRequest is trap 6: bytes behind an upgrade must not reach the vendor as a request of their own.
func TestUpgradeSmugglesNoRequest(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL))
	const upgrade = "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
	for _, framing := range []string{"Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"} {
		a := g.rawCall(t, "POST", "POST /up/ HTTP/1.1\r\n"+upgrade+framing)
		if p := a.problem(t); p.Code != problem.InvalidRequest || a.StatusCode != http.StatusBadRequest {
			t.Errorf("an upgrade with a body: %d %s", a.StatusCode, p.Code)
		}
	}
	rec.none(t)

	// The vendor declines the upgrade. What is pipelined behind goes through the gateway like any request.
	conn := g.dial(t)
	_, err := io.WriteString(conn, "GET /up/first HTTP/1.1\r\n"+upgrade+"\r\nGET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	for _, want := range []int{200, 404} {
		resp, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a := readAnswer(resp); a.StatusCode != want {
			t.Errorf("%s, want %d", a.Status, want)
		}
	}
	if got := rec.got(t).RequestURI; got != "/first" {
		t.Errorf("the vendor got %s", got)
	}
}

// TestConnectAndTraceAreRefused is trap 7, over HTTP/1.1 and HTTP/2.
func TestConnectAndTraceAreRefused(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL))
	for _, line := range []string{"CONNECT 127.0.0.1:22", "CONNECT a:80", "TRACE /up/", "CONNECT /up/"} {
		method, _, _ := strings.Cut(line, " ")
		a := g.rawCall(t, method, line+" HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
		if p := a.problem(t); p.Code != problem.MethodNotAllowed || a.Header.Get("Allow") == "" {
			t.Errorf("%s: %s, Allow %q", line, p.Code, a.Header.Get("Allow"))
		}
	}
	h2 := startGateway(t, to(rec.URL), overHTTP2)
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Scheme: "https", Host: h2.address}, Host: "internal:22", Header: http.Header{}}
	resp, err := h2.Client().Do(req.WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	if a := readAnswer(resp); a.StatusCode != http.StatusMethodNotAllowed || resp.ProtoMajor != 2 {
		t.Errorf("CONNECT over %s: %s", resp.Proto, resp.Status)
	}
	rec.none(t)
}

// overHTTP2 serves with TLS and HTTP/2.
func overHTTP2(s *httptest.Server) {
	s.EnableHTTP2 = true
	s.StartTLS()
}

// TestOptionsStarIsRecorded is trap 8.
func TestOptionsStarIsRecorded(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL, func(u *proxy.Upstream) { u.Hosts = []string{"api.test"} }))
	a := g.rawCall(t, "OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
	if p := a.problem(t); p.Code != problem.RouteNotFound {
		t.Errorf("type %s", p.Code)
	}
	if x := g.ended(t); x.Method != "OPTIONS" || x.Path != "*" || x.Code != 404 {
		t.Errorf("recorded %s %s %d", x.Method, x.Path, x.Code)
	}
	rec.none(t)
	g.rawCall(t, "OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: api.test\r\n\r\n")
	if got := rec.got(t).RequestURI; got != "*" {
		t.Errorf("the vendor got OPTIONS %s", got)
	}
}

// TestRequestIDIsTakenOnlyIfItIsHarmless covers trap 84 on the way in.
func TestRequestIDIsTakenOnlyIfItIsHarmless(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL))
	for id, taken := range map[string]bool{
		"abc-DEF_1.2": true, strings.Repeat("x", 64): true, strings.Repeat("x", 65): false, "": false, "a b": false, "a,b": false,
		"a\tb": false, "ä": false, "\x1b[31m": false, "{}": false, "../x": false,
	} {
		a := g.rawCall(t, "GET", "GET /up/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Request-Id: "+strings.ReplaceAll(id, "\x1b", "\xc2\x9b")+"\r\n\r\n")
		sent, x := rec.got(t).Header.Get("X-Request-Id"), g.ended(t)
		if (sent == id) != taken || x.RequestID != sent || a.Header.Get("X-Request-Id") != sent {
			t.Errorf("id %q: sent %q, recorded %q, answered %q", id, sent, x.RequestID, a.Header.Get("X-Request-Id"))
		}
	}
}

// TestLoopIsDetected is trap 88: an upstream that is the gateway itself.
func TestLoopIsDetected(t *testing.T) {
	rec := startRecorder(t)
	var g *gateway
	detour := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		req, err := http.NewRequestWithContext(r.Context(), r.Method, g.URL+"/up"+r.RequestURI, nil)
		if err != nil {
			t.Error(err)
			return
		}
		req.Header = r.Header
		resp, err := client(t).Do(req)
		if err != nil {
			t.Error(err)
			return
		}
		a := readAnswer(resp)
		w.Header().Set("Content-Type", a.Header.Get("Content-Type"))
		w.WriteHeader(a.StatusCode)
		_, _ = io.WriteString(w, a.body)
	})
	g = startGateway(t, to(detour.URL))
	if a := g.get(t, "/up/x"); a.StatusCode != http.StatusLoopDetected {
		t.Errorf("%s: %s", a.Status, a.body)
	}
	inner, outer := g.ended(t), g.ended(t)
	if inner.Problem == nil || inner.Problem.Code != problem.LoopDetected || len(inner.Attempts) != 0 || len(outer.Attempts) != 1 {
		t.Errorf("recorded %+v, then %+v", inner, outer)
	}
	rec.none(t)
}
