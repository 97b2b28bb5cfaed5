package proxy_test

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"gateway/problem"
	"gateway/proxy"
)

// TestAuthorityDecidesNothingButTheRoute is trap 9: an absolute request target names a host, and neither an upstream
// nor the outbound Host may come from it.
func TestAuthorityDecidesNothingButTheRoute(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL, func(u *proxy.Upstream) { u.Hosts = []string{"api.test"} }))
	for _, c := range []struct {
		target, host string
		code         int
	}{
		{"/up/x", "anything.example", 200},
		{"/x", "api.test", 200},
		{"/x", "API.Test", 200},
		{"/x", "api.test.", 200},
		{"/x", "api.test:9999", 200},
		{"http://api.test/x", "good", 200},
		{"http://api.test:80/x", "good", 200},
		{"http://127.0.0.1/up/x", "good", 200},
		{"http://localhost/up/x", "good", 200},
		{"http://169.254.169.254/up/x", "api.test", 421},
		{"http://evil.example/up/x", "api.test", 421},
		{"http://api.test@evil.example/x", "api.test", 421},
		{"http://evil.example:80/up/x", "localhost", 421},
		{"http://[fe80::1%25eth0]/up/x", "api.test", 421},
		{"http://[::1]/up/x", "api.test", 421},
		{"http://0x7f000001/up/x", "api.test", 421},
		{"http://xn--api-test/up/x", "api.test", 421},
		{"/x", "api.test.evil.example", 404},
		{"/x", "evil.api.test", 404},
	} {
		a := g.rawCall(t, "GET", "GET "+c.target+" HTTP/1.1\r\nHost: "+c.host+"\r\nConnection: close\r\n\r\n")
		if a.StatusCode != c.code {
			t.Errorf("%s for %s: %d, want %d: %s", c.target, c.host, a.StatusCode, c.code, a.body)
			continue
		}
		switch c.code {
		case http.StatusOK:
			if got := rec.got(t); got.Host != strings.TrimPrefix(rec.URL, "http://") || got.RequestURI != "/x" {
				t.Errorf("%s for %s: the vendor got %s for %s", c.target, c.host, got.RequestURI, got.Host)
			}
		case http.StatusMisdirectedRequest:
			if p := a.problem(t); p.Code != problem.MisdirectedRequest || p.Fault != problem.FaultCaller {
				t.Errorf("%s: %s, fault %s", c.target, p.Code, p.Fault)
			}
			rec.none(t)
		}
	}
}

// TestPathsMeanTheSameToBothSides is trap 10: whatever parser reads the path that is sent on, it finds the upstream and
// the path that were routed.
func TestPathsMeanTheSameToBothSides(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL+"/base"))
	for target, want := range map[string]string{
		"/up/x":             "/base/x",
		"/up":               "/base/",
		"/up/":              "/base/",
		"/up//x":            "/base//x",
		"/up/a%2Fb":         "/base/a%2Fb",
		"/up/a|b%2Fc":       "/base/a%7Cb%2Fc",
		"/up/{a}%2f[b]%25":  "/base/%7Ba%7D%2f[b]%25",
		"/up/\xc3\xbc%2Fx":  "/base/%C3%BC%2Fx",
		"/up/a%20b/%C3%A4":  "/base/a%20b/%C3%A4",
		"/up/a;p=1/b":       "/base/a;p=1/b",
		"/up/...":           "/base/...",
		"/up/a%23b":         "/base/a%23b",
		"/up/x:y@z":         "/base/x:y@z",
		"/up/.well-known/x": "/base/.well-known/x",
		"/up/up/x":          "/base/up/x",
		"/up/../admin":      "",
		"/up/..%2fadmin":    "",
		"/up/%2e%2E/admin":  "",
		"/up/..;/admin":     "",
		"/up/a/..\\..\\b":   "",
		"/up/%5c..%5cb":     "",
		"/up/./x":           "",
		"/up/x%00":          "",
		"/up/x%0d%0aHost:b": "",
		"/up/x#y":           "",
	} {
		a := g.rawCall(t, "GET", "GET "+target+" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		if want == "" {
			if p := a.problem(t); p.Code != problem.InvalidRequest {
				t.Errorf("%s: %s", target, p.Code)
			}
			rec.none(t)
			continue
		}
		if got := rec.got(t).RequestURI; got != want {
			t.Errorf("%s: the vendor got %s, want %s", target, got, want)
		}
	}
}

// TestNoPathLeavesItsUpstream judges 10,000 generated paths by a second parser (trap 10): what path.Clean makes of the path that was
// sent still lies below the base path.
func TestNoPathLeavesItsUpstream(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL+"/base"))
	parts := []string{"/", "/", "..", ".", "%2e", "%2E", "%2f", "%5c", "\\", ";", "a", "up", "%25", "%252e", "%23", "?", "%c0%af", "%ff"}
	random := rand.New(rand.NewPCG(5, 6))
	conn := g.dial(t)
	if err := conn.SetDeadline(time.Now().Add(10 * patience)); err != nil {
		t.Fatal(err)
	}
	caller := newRawCaller(conn)
	for range 10_000 {
		var target strings.Builder
		target.WriteString("/up/")
		for range random.IntN(8) {
			target.WriteString(parts[random.IntN(len(parts))])
		}
		a := caller.call(t, "GET", "GET "+target.String()+" HTTP/1.1\r\nHost: a\r\n\r\n")
		if a.StatusCode != http.StatusOK {
			rec.none(t)
			if a.StatusCode != http.StatusBadRequest {
				t.Fatalf("%s: %s", target.String(), a.Status)
			}
			continue
		}
		sent := rec.got(t).RequestURI
		escaped, _, _ := strings.Cut(sent, "?")
		decoded, err := url.PathUnescape(escaped)
		if err != nil {
			t.Fatalf("%s: the vendor got %s: %v", target.String(), sent, err)
		}
		clean := path.Clean(strings.ReplaceAll(decoded, "\\", "/"))
		if clean != "/base" && !strings.HasPrefix(clean, "/base/") {
			t.Errorf("%s: the vendor got %s, which means %s", target.String(), sent, clean)
		}
	}
}

func TestUnknownPathsNameTheUpstreams(t *testing.T) {
	s := to("http://127.0.0.1:1")
	s.Upstreams = append(s.Upstreams, proxy.Upstream{Name: "other", UpstreamConfig: proxy.UpstreamConfig{URL: "http://127.0.0.1:1"}})
	g := startGateway(t, s)
	for _, target := range []string{"/", "/nope/x", "/UP/x", "/upx/y", "/u%70x/y"} {
		p := g.get(t, target).problem(t)
		if p.Code != problem.RouteNotFound || p.Origin != problem.OriginGateway || p.Fault != problem.FaultCaller || p.Retryable {
			t.Errorf("%s: %+v", target, p)
		}
		if len(p.Hints) != 1 || !strings.Contains(p.Hints[0], "/other/…, /up/…") {
			t.Errorf("%s: hints %q", target, p.Hints)
		}
	}
}
