package proxy_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// TestProblemsHaveTheirOwnLength is trap 17: whatever the vendor's body was, the caller reads exactly the problem.
func TestProblemsHaveTheirOwnLength(t *testing.T) {
	for name, raw := range map[string]string{
		"shorter":   answerOnce(422, validationError+strings.Repeat(" ", 5000), "Content-Type: application/json"),
		"longer":    answerOnce(422, `{}`, "Content-Type: application/json"),
		"empty":     answerOnce(422, ``),
		"chunked":   "HTTP/1.1 422 x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"to eof":    "HTTP/1.1 422 x\r\nConnection: close\r\n\r\n" + validationError,
		"too short": "HTTP/1.1 422 x\r\nContent-Length: 500\r\n\r\n" + validationError,
	} {
		t.Run(name, func(t *testing.T) {
			g := startGateway(t, to(answering(t, raw).URL))
			caller := newRawCaller(g.dial(t))
			for range 2 { // the second shows that the connection is still in step
				a := caller.call(t, "GET", "GET /up/x HTTP/1.1\r\nHost: a\r\n\r\n")
				if a.err != nil || a.StatusCode != 422 || a.ContentLength != int64(len(a.body)) || len(a.TransferEncoding) > 0 {
					t.Errorf("%s, length %d for %d bytes, %v", a.Status, a.ContentLength, len(a.body), a.err)
				}
				a.problem(t)
			}
		})
	}
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

// TestHeadersOfProblems is the table of traps 19, 20, 21 and 30: what stays of the vendor's headers, and what does not.
func TestHeadersOfProblems(t *testing.T) {
	for header, want := range map[string]string{
		"Content-Encoding: x-unknown":                      "",
		"ETag: \"v1\"":                                     "",
		"Last-Modified: Mon, 01 Jan 2024 00:00:00":         "",
		"Content-Digest: sha-256=:abc:":                    "",
		"Repr-Digest: sha-256=:abc:":                       "",
		"Digest: sha-256=abc":                              "",
		"Content-MD5: abc":                                 "",
		"Content-Range: bytes 0-1/2":                       "",
		"Accept-Ranges: bytes":                             "",
		"Content-Disposition: attachment":                  "",
		"Signature: sig1=:abc:":                            "",
		"Expires: Mon, 01 Jan 2035 00:00:00 GMT":           "",
		"Age: 3":                                           "",
		"Set-Cookie: session=1":                            "",
		"Keep-Alive: timeout=5":                            "",
		"Cache-Control: public, max-age=600":               "no-store",
		"Content-Language: de":                             "en",
		"Content-Type: text/html":                          problem.MediaType,
		"X-Content-Type-Options: sniff":                    "nosniff",
		"Retry-After: 120":                                 "",
		"Allow: GET, PUT":                                  "GET, PUT",
		"Link: <https://docs.example/x>; rel=\"help\"":     "<https://docs.example/x>; rel=\"help\"",
		"Location: /somewhere":                             "/somewhere",
		"WWW-Authenticate: Bearer realm=\"x\"":             "Bearer realm=\"x\"",
		"Access-Control-Allow-Origin: https://app.example": "https://app.example",
		"Access-Control-Expose-Headers: X-Request-Id":      "X-Request-Id",
		"RateLimit: \"default\";r=0;t=3":                   "\"default\";r=0;t=3",
		"RateLimit-Policy: \"default\";q=100;w=60":         "\"default\";q=100;w=60",
		"X-RateLimit-Remaining: 0":                         "0",
		"X-Vendor-Anything: kept":                          "kept",
	} {
		name, _, _ := strings.Cut(header, ": ")
		g := startGateway(t, to(answering(t, answerOnce(409, validationError, "Connection: close", header)).URL))
		a := g.get(t, "/up/x")
		a.problem(t)
		if got := a.Header.Values(name); strings.Join(got, "|") != want {
			t.Errorf("%s: the caller got %q, want %q", header, got, want)
		}
	}
}

// TestOwnHeadersOfProblems are on every problem once, whoever made it and whatever the vendor had set.
func TestOwnHeadersOfProblems(t *testing.T) {
	raw := "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nConnection: keep-alive\r\n\r\n" +
		answerOnce(500, validationError, "Connection: close", "X-Request-Id: vendors", "Vary: Origin", "Proxy-Status: inner; error=x", "Cache-Control: public")
	g := startGateway(t, to(answering(t, raw).URL))
	for _, path := range []string{"/up/x", "/nowhere", "/up/../x"} {
		a := g.get(t, path)
		p := a.problem(t)
		for name, want := range map[string]string{
			"X-Request-Id": p.RequestID, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Language": "en",
			"Content-Length": strconv.Itoa(len(a.body)),
		} {
			if got := a.Header.Values(name); len(got) != 1 || got[0] != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if vary := strings.Join(a.Header.Values("Vary"), ", "); !strings.Contains(vary, "Accept") || path == "/up/x" && !strings.Contains(vary, "Origin") {
			t.Errorf("%s: Vary %q", path, vary)
		}
		if status := a.Header.Values("Proxy-Status"); len(status) != 1 || !strings.HasPrefix(status[0], "gateway; ") {
			t.Errorf("%s: Proxy-Status %q", path, status)
		}
		if path == "/up/x" && (p.Upstream == nil || p.Upstream.RequestID != "vendors") {
			t.Errorf("the vendor's request id is lost: %+v", p.Upstream)
		}
	}
}

func TestSetCookieStaysWhereConfigured(t *testing.T) {
	s := to(answering(t, answerOnce(409, validationError, "Connection: close", "Set-Cookie: a=1", "Set-Cookie: b=2")).URL)
	s.Problems.PassSetCookie = true
	if got := startGateway(t, s).get(t, "/up/x").Header.Values("Set-Cookie"); len(got) != 2 {
		t.Errorf("Set-Cookie: %q", got)
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

// TestMomentsOfAnswersWithoutDate: a server without a clock may leave Date out (RFC 9110, section 6.6.1), so that the moment to
// come back at is told by the gateway's.
func TestMomentsOfAnswersWithoutDate(t *testing.T) {
	for header, most := range map[string]int{
		"Retry-After: " + time.Now().Add(time.Hour).UTC().Format(http.TimeFormat):                        3600,
		"X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: " + fmt.Sprint(time.Now().Add(time.Hour).Unix()): 3600,
	} {
		v := startRawVendor(t, func(conn net.Conn) {
			readRequest(conn)
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 429 x\r\n%s\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", header)
		})
		p := startGateway(t, to(v.URL)).get(t, "/up/x").problem(t)
		if p.RetryAfter == nil || *p.RetryAfter > int64(most) || *p.RetryAfter < int64(most)-60 {
			t.Errorf("%s: %+v", header, p)
		}
	}
}

// TestWaitsOfWhatMayBeRepeated: a vendor's Retry-After is kept wherever a repetition may help, and nowhere else.
func TestWaitsOfWhatMayBeRepeated(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.URL.Query().Get("status"))
		w.Header().Set("Retry-After", "120")
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", "7")
		w.WriteHeader(code)
	})
	for _, status := range []int{400, 404, 408, 409, 422, 429, 500, 501, 502, 503, 504} {
		g := startGateway(t, to(v.URL)) // a cool-down would refuse what comes after a 429
		a := g.get(t, fmt.Sprintf("/up/x?status=%d", status))
		p, header := a.problem(t), a.Header.Get("Retry-After")
		if told := p.RetryAfter != nil && *p.RetryAfter == 120; told != p.Retryable || (header == "120") != p.Retryable {
			t.Errorf("%d: retryable %t, retry_after %v, Retry-After %q", status, p.Retryable, p.RetryAfter, header)
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

// TestErrorsAreNotStored is trap 21: a shared cache in front stores some errors unless it is told not to (RFC 9110,
// section 15.1), and what vendors say of their own body does not hold for a problem.
func TestErrorsAreNotStored(t *testing.T) {
	asked := 0
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		code, _ := strconv.Atoi(r.URL.Query().Get("status"))
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("Expires", "Mon, 01 Jan 2035 00:00:00 GMT")
		w.WriteHeader(code)
	})
	g := startGateway(t, to(v.URL, func(u *proxy.Upstream) { u.Retry.Attempts, u.Breaker.Enabled = 1, new(bool) }))
	front := cache{client: client(t), stored: map[string]int{}}
	for _, code := range []int{404, 405, 410, 414, 501} {
		target := fmt.Sprintf("%s/up/x?status=%d", g.URL, code)
		for range 2 {
			if got := front.get(t, target); got != code {
				t.Errorf("%d came as %d", code, got)
			}
		}
	}
	if asked != 10 {
		t.Errorf("of 10 requests %d reached the vendor", asked)
	}
}

// cache is a shared cache as far as it matters here: it stores what RFC 9111, section 3 allows.
type cache struct {
	client *http.Client
	stored map[string]int
}

func (c cache) get(t *testing.T, target string) int {
	t.Helper()
	if code, hit := c.stored[target]; hit {
		return code
	}
	resp, err := c.client.Get(target)
	if err != nil {
		t.Fatal(err)
	}
	a := readAnswer(resp)
	control := a.Header.Get("Cache-Control")
	heuristic := slices.Contains([]int{200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501}, a.StatusCode)
	if !strings.Contains(control, "no-store") && !strings.Contains(control, "private") && (heuristic || strings.Contains(control, "max-age") || a.Header.Get("Expires") != "") {
		c.stored[target] = a.StatusCode
	}
	return a.StatusCode
}

// TestHeadersAreNotSplit is trap 34: whatever bytes a vendor puts into a header that is kept, none ends the line.
func TestHeadersAreNotSplit(t *testing.T) {
	var value string
	v := startRawVendor(t, func(conn net.Conn) {
		if readRequest(conn) != nil {
			_, _ = io.WriteString(conn, answerOnce(409, validationError, "Connection: close", "Location: "+value, "Link: "+value, "Apaleo-Tracking-Id: "+value))
		}
	})
	g := startGateway(t, to(v.URL, func(u *proxy.Upstream) { u.Retry.Attempts, u.Breaker.Enabled = 1, new(bool) }))
	parts := []string{"/a", "\r", "\rInjected: 1", "%0d%0aInjected:1", "\u2028Injected: 1", "\u0085Injected: 1", "\x00", "\x0b", "\xe5\x98\x8a\xe5\x98\x8dInjected: 1", "\t", "<", ";"}
	random := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		value = ""
		for range 1 + random.IntN(4) {
			value += parts[random.IntN(len(parts))]
		}
		a := g.rawCall(t, "GET", "GET /up/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		a.problem(t)
		if a.Header.Get("Injected") != "" {
			t.Errorf("%q became a header", value)
		}
	}
}

// TestHugeHeaders is trap 28.
func TestHugeHeaders(t *testing.T) {
	g := startGateway(t, to(answering(t, "HTTP/1.1 200 OK\r\nX-Big: "+strings.Repeat("x", 2<<20)+"\r\n\r\n").URL))
	if p := g.get(t, "/up/x").problem(t); p.Code != problem.UpstreamInvalidResponse {
		t.Errorf("%+v", p)
	}
	latin := answerOnce(409, validationError, "X-Request-Id: caf\xe9", "Connection: close", "X-Note: caf\xe9")
	p := startGateway(t, to(answering(t, latin).URL)).get(t, "/up/x").problem(t)
	if p.Upstream.RequestID != "" {
		t.Errorf("an id of other bytes than ASCII was copied: %q", p.Upstream.RequestID)
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

// TestCutWaitIsTold is trap 44: a vendor that asks for a year is not followed for so long, and the caller and the log are
// told so.
func TestCutWaitIsTold(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for wait, asked := range map[string]time.Duration{"86400": 0, "31536000": year} {
		raw := answerOnce(429, `{"message":"Too many requests."}`, "Content-Type: application/json", "Retry-After: "+wait)
		g := startGateway(t, to(answering(t, raw).URL, once))
		a := g.get(t, "/up/x")
		p := a.problem(t)
		if *p.RetryAfter != 86400 || a.Header.Get("Retry-After") != "86400" {
			t.Errorf("Retry-After: %s: %s", wait, a.body)
		}
		var want []string
		if asked > 0 {
			want = []string{"The vendor asks to wait for 365 days. retry_after is cut to 24 hours, after which it may refuse again."}
		}
		if diff := cmp.Diff(want, p.Hints); diff != "" {
			t.Errorf("Retry-After: %s: %s", wait, diff)
		}
		if x := g.ended(t); x.AskedWait != asked {
			t.Errorf("Retry-After: %s: the record has %s", wait, x.AskedWait)
		}
	}
}
