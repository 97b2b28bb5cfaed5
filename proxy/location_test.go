package proxy_test

import (
	"net/http"
	"strings"
	"testing"

	"gateway/proxy"
)

// TestRedirectsAreNotFollowed is trap 69: what the caller gets for each Location of a vendor whose url ends in /api. In
// the table, ORIGIN is the vendor's scheme, host and port, HOST its host and port.
func TestRedirectsAreNotFollowed(t *testing.T) {
	location := make(chan string, 1)
	calls := 0
	v := vendor(t, func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.Header()["Location"] = []string{<-location}
		w.WriteHeader(http.StatusFound)
	})
	g := startGateway(t, to(v.URL+"/api", func(u *proxy.Upstream) { u.Hosts = []string{"api.internal"} }))
	fill := func(text string) string {
		return strings.NewReplacer("ORIGIN", v.URL, "HOST", strings.TrimPrefix(v.URL, "http://")).Replace(text)
	}
	const same = "the same"
	for sent, want := range map[string]string{
		"ORIGIN/api/items/2?a=1&b=%20#f":    "/up/items/2?a=1&b=%20#f",
		"ORIGIN/api/a%2Fb":                  "/up/a%2Fb",
		"ORIGIN/api":                        "/up/",
		"ORIGIN/api?page=2":                 "/up/?page=2",
		"ORIGIN/api/":                       "/up/",
		"https://HOST/api/x":                "/up/x", // a vendor behind a proxy that speaks TLS
		"//HOST/api/x":                      "/up/x",
		"/api/items/2?x":                    "/up/items/2?x",
		"/login":                            "ORIGIN/login", // no path of the gateway leads there
		"ORIGIN/login":                      same,
		"ORIGIN/apiv2/x":                    same,
		"items/2":                           same, // to the request's own path
		"?page=2":                           same,
		"#top":                              same,
		"":                                  same,
		"http://127.0.0.1:1/api/x":          same, // another port
		"https://evil.example/api/x":        same,
		"http://127.0.0.1.evil.example/api": same,
		"http://HOST@evil.example/api":      same,
		"http://user@HOST/api/x":            same,
		"ftp://HOST/api/x":                  same,
		"javascript:alert(1)":               same,
	} {
		if want == same {
			want = sent
		}
		location <- fill(sent)
		a := g.get(t, "/up/x")
		if got := a.Header.Get("Location"); a.StatusCode != http.StatusFound || got != fill(want) {
			t.Errorf("%s: %d, Location %q, want %q", sent, a.StatusCode, got, fill(want))
		}
	}
	if calls != 22 {
		t.Errorf("%d calls for 22 requests: a redirect was followed", calls)
	}
	location <- fill("ORIGIN/api/items/2")
	raw := "GET /x HTTP/1.1\r\nHost: api.internal\r\n\r\n"
	if got := g.rawCall(t, "GET", raw).Header.Get("Location"); got != "/items/2" {
		t.Errorf("by Host: Location %q", got)
	}
}
