package proxy_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gateway/problem"
	"gateway/proxy"
)

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
