package proxy_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"gateway/problem"
	"gateway/proxy"
	"gateway/servertest"
)

const validationError = `{"code":"ERR","message":"The name is taken."}`

// answerOnce is a raw HTTP/1.1 answer with body.
func answerOnce(status int, body string, headers ...string) string {
	return fmt.Sprintf("HTTP/1.1 %d x\r\nContent-Length: %d\r\n%s\r\n%s", status, len(body), lines(headers), body)
}

func lines(headers []string) string {
	if len(headers) == 0 {
		return ""
	}
	return strings.Join(headers, "\r\n") + "\r\n"
}

// TestStatusesWithoutBody is trap 18.
func TestStatusesWithoutBody(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.URL.Query().Get("status"))
		w.Header().Set("Etag", `"v1"`)
		if code >= 400 {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(code)
		if code >= 400 && r.Method != http.MethodHead {
			_, _ = io.WriteString(w, validationError)
		}
	})
	g := startGateway(t, to(v.URL))
	for _, c := range []struct {
		method  string
		status  int
		problem bool
	}{
		{"GET", 204, false},
		{"GET", 304, false},
		{"HEAD", 304, false},
		{"HEAD", 200, false},
		{"DELETE", 204, false},
		{"HEAD", 404, true},
		{"HEAD", 422, true},
		{"GET", 404, true},
	} {
		caller := newRawCaller(g.dial(t))
		a := caller.call(t, c.method, fmt.Sprintf("%s /up/x?status=%d HTTP/1.1\r\nHost: a\r\n\r\n", c.method, c.status))
		if a.StatusCode != c.status || (a.Header.Get("Content-Type") == problem.MediaType) != c.problem {
			t.Errorf("%s %d: %s, Content-Type %q", c.method, c.status, a.Status, a.Header.Get("Content-Type"))
		}
		if !c.problem && a.Header.Get("Etag") == "" {
			t.Errorf("%s %d: the ETag is gone", c.method, c.status)
		}
		if c.method == "HEAD" && a.body != "" {
			t.Errorf("HEAD %d has a body: %q", c.status, a.body)
		}
		// What comes next on the connection is the next answer, not a left over body.
		if next := caller.call(t, "GET", "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"); next.StatusCode != http.StatusNotFound {
			t.Errorf("%s %d: then %s", c.method, c.status, next.Status)
		}
	}
}

// TestSuccessBytesAreTheVendors is trap 22: no silent decompression, no changed header.
func TestSuccessBytesAreTheVendors(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, strings.Repeat("hello ", 1000))
	z.Close()
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Etag", `"strong"`)
		w.Header().Set("X-Got", r.Header.Get("Accept-Encoding"))
		_, _ = w.Write(packed.Bytes())
	})
	g := startGateway(t, to(v.URL))
	for _, accepted := range []string{"", "gzip", "br, gzip;q=0.1", "identity"} {
		var headers []string
		if accepted != "" {
			headers = []string{"Accept-Encoding: " + accepted}
		}
		a := g.get(t, "/up/x", headers...)
		if a.body != packed.String() || a.Header.Get("Etag") != `"strong"` || a.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("Accept-Encoding %q: %d bytes, %v", accepted, len(a.body), a.Header)
		}
		if got := a.Header.Get("X-Got"); got != accepted {
			t.Errorf("the vendor got Accept-Encoding %q, want %q", got, accepted)
		}
	}
}

// TestCutSuccessesNeverLookWhole is trap 23, over HTTP/1.1 and HTTP/2.
func TestCutSuccessesNeverLookWhole(t *testing.T) {
	for name, raw := range map[string]string{
		"chunked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nwo",
		"length":  "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello wo",
		"json":    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"a\":",
	} {
		for _, option := range []func(*httptest.Server){func(*httptest.Server) {}, overHTTP2} {
			g := startGateway(t, to(answering(t, raw).URL), option)
			resp, err := g.Client().Get(g.URL + "/up/x")
			if err != nil {
				continue // the cut was seen before the header was out
			}
			if a := readAnswer(resp); a.err == nil {
				t.Errorf("%s over %s: %q looks whole", name, resp.Proto, a.body)
			}
		}
	}
}

// TestCutErrorsAreProblems is trap 24: closed or reset at every byte of the vendor's error.
func TestCutErrorsAreProblems(t *testing.T) {
	full := answerOnce(422, validationError, "Content-Type: application/json")
	head := strings.Index(full, "\r\n\r\n") + 4
	v := startRawVendor(t, func(conn net.Conn) {
		r := readRequest(conn)
		if r == nil {
			return
		}
		cut, _ := strconv.Atoi(r.URL.Query().Get("cut"))
		_, _ = io.WriteString(conn, full[:cut])
		if r.URL.Query().Has("reset") {
			_ = conn.(*net.TCPConn).SetLinger(0)
		}
	})
	g := startGateway(t, to(v.URL, func(u *proxy.Upstream) { u.Retry.Attempts, u.Breaker.Enabled = 1, new(bool) }))
	for cut := range len(full) {
		p := g.get(t, fmt.Sprintf("/up/x?cut=%d", cut)).problem(t)
		want := problem.ValidationFailed
		if cut < head {
			want = problem.UpstreamInvalidResponse
		}
		if p.Code != want {
			t.Errorf("cut at %d: %s, want %s", cut, p.Code, want)
		}
		// A reset may overtake the bytes before it, so either reading is right, but a problem it is.
		p = g.get(t, fmt.Sprintf("/up/x?cut=%d&reset", cut)).problem(t)
		if p.Code != want && p.Code != problem.UpstreamInvalidResponse {
			t.Errorf("reset at %d: %s", cut, p.Code)
		}
	}
}

// TestStalledErrorBodies is trap 25: what came until the deadline is read.
func TestStalledErrorBodies(t *testing.T) {
	v := startRawVendor(t, func(conn net.Conn) {
		readRequest(conn)
		_, _ = io.WriteString(conn, "HTTP/1.1 404 x\r\nContent-Length: 5000\r\n\r\n{\"message\":\"no such order\"")
		_, _ = io.Copy(io.Discard, conn)
	})
	g := startGateway(t, to(v.URL, func(u *proxy.Upstream) { u.Timeouts.ErrorBody = 50 * time.Millisecond }))
	if p := g.get(t, "/up/x").problem(t); p.Code != problem.NotFound || p.Status != 404 {
		t.Errorf("%+v", p)
	}
	if x := g.ended(t); x.Body == "" {
		t.Error("the record does not say that the body was cut")
	}
}

// TestStatusThatTheBodyNames: what a problem document says of itself is told, and the answer's own status stays on the wire
// (RFC 9457, section 3.1.2).
func TestStatusThatTheBodyNames(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = fmt.Fprintf(w, `{"type":"https://vendor.example/locked","title":"Locked out","status":%s}`, r.URL.Query().Get("status"))
	})
	g := startGateway(t, to(v.URL))
	for named, want := range map[string]int{"423": 423, "422": 422, "200": 422, "7": 422, "null": 422} {
		p := g.get(t, "/up/x?status="+named).problem(t)
		if p.Status != http.StatusUnprocessableEntity || p.Upstream.Status != want {
			t.Errorf("%s: status %d, of the upstream %d, want %d", named, p.Status, p.Upstream.Status, want)
		}
	}
}

// TestErrorsReuseTheConnection is trap 26.
func TestErrorsReuseTheConnection(t *testing.T) {
	connections := make(chan string, 100)
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		connections <- r.RemoteAddr
		w.WriteHeader(http.StatusConflict)
		_, _ = io.Copy(w, io.LimitReader(zeros{}, 100<<10))
	})
	g := startGateway(t, to(v.URL))
	seen := map[string]bool{}
	for range 20 {
		g.get(t, "/up/x").problem(t)
		seen[servertest.Receive(t, connections, "a request")] = true
	}
	if len(seen) != 1 {
		t.Errorf("20 errors took %d connections", len(seen))
	}
}

// TestEveryStatus is trap 27: every number a vendor can write in three digits, and one beyond.
func TestEveryStatus(t *testing.T) {
	v := startRawVendor(t, func(conn net.Conn) {
		if r := readRequest(conn); r != nil {
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 %s x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", r.URL.Query().Get("status"))
		}
	})
	g := startGateway(t, to(v.URL, func(u *proxy.Upstream) { u.Retry.Attempts, u.Breaker.Enabled = 1, new(bool) }))
	for code := range 1001 {
		if code == http.StatusSwitchingProtocols {
			continue // an upgrade that nobody asked for; see TestWebSocket
		}
		a := g.get(t, fmt.Sprintf("/up/x?status=%03d", code))
		switch {
		case code >= 200 && code < 400:
			if a.StatusCode != code {
				t.Errorf("%03d: %s", code, a.Status)
			}
		case code >= 400 && code < 600:
			if p := a.problem(t); p.Status != code || p.Origin != problem.OriginUpstream {
				t.Errorf("%03d: %+v", code, p)
			}
		case code >= 600 && code < 1000: // as 5xx
			if p := a.problem(t); p.Code != problem.UpstreamError || p.Status != 502 || p.Upstream.Status != code {
				t.Errorf("%03d: %+v", code, p)
			}
		default:
			if p := a.problem(t); p.Code != problem.UpstreamInvalidResponse || p.Status != 502 {
				t.Errorf("%03d: %+v", code, p)
			}
		}
	}
	if a := g.get(t, "/up/x?status=999", "Gateway-Errors: passthrough"); a.StatusCode != 999 || a.body != "{}" {
		t.Errorf("999 passes as %s, %s", a.Status, a.body)
	}
}

// TestOnlyErrorsAreRewritten is trap 32: statuses and media types decide, whatever a body looks like.
func TestOnlyErrorsAreRewritten(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.URL.Query().Get("status"))
		w.Header().Set("Content-Type", r.URL.Query().Get("type"))
		w.WriteHeader(code)
		_, _ = io.WriteString(w, validationError)
	})
	g := startGateway(t, to(v.URL))
	for _, code := range []int{200, 201, 202, 203, 206, 207, 208, 226, 300, 301, 302, 303, 307, 308} {
		if a := g.get(t, fmt.Sprintf("/up/x?status=%d&type=application/json", code)); a.StatusCode != code || a.body != validationError {
			t.Errorf("%d: %s %q", code, a.Status, a.body)
		}
	}
	if a := g.get(t, "/up/x?status=404&type=application/grpc%2Bproto"); a.StatusCode != 404 || a.body != validationError {
		t.Errorf("gRPC: %s %q", a.Status, a.body)
	}
}

// TestHostileWords is trap 31: whatever a vendor puts into its words, the problem is plain text in its limits.
func TestHostileWords(t *testing.T) {
	for name, words := range map[string]string{
		"script":  `<script>alert(1)</script>`,
		"control": `a\u0000b\u001b[31mc\r\nSet-Cookie: x=1`,
		"bidi":    `a\u202eb\u2066c`,
		"bytes":   "a\xff\xfeb",
		"long":    strings.Repeat("word ", 200_000),
	} {
		body := `{"message":"` + words + `"}`
		a := startGateway(t, to(answering(t, answerOnce(400, body, "Content-Type: application/json", "Connection: close")).URL)).get(t, "/up/x")
		p := a.problem(t)
		if strings.ContainsAny(p.Detail, "<>\x00\x1b\r\n\u202e\u2066\ufffd") && name != "bytes" || len(p.Detail) > 1024 || len(a.body) > 16<<10 {
			t.Errorf("%s: %d bytes, detail %q", name, len(a.body), p.Detail)
		}
		if a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: words became a header", name)
		}
	}
}
