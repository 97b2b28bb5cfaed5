package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"gateway/admin"
)

// A page of another site, open in the operator's browser, must change nothing (CVE-2026-27589).
func TestOtherSitesCannotReload(t *testing.T) {
	for name, headers := range map[string]map[string]string{
		"a form of another site":         {"Origin": "https://evil.example", "Content-Type": "application/x-www-form-urlencoded"},
		"a script of another site":       {"Sec-Fetch-Site": "cross-site"},
		"a sibling site":                 {"Sec-Fetch-Site": "same-site"},
		"an opaque origin":               {"Origin": "null"},
		"another port of this host":      {"Host": "127.0.0.1:8081", "Origin": "http://127.0.0.1:9999"},
		"a rebound name":                 {"Host": "evil.example"},
		"a rebound name of one origin":   {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
		"a name that begins like ours":   {"Host": "127.0.0.1.evil.example"},
		"a name that ends like ours":     {"Host": "localhost.evil.example:8081"},
		"an address in another spelling": {"Host": "0x7f.1"},
		"a name with our port in it":     {"Host": "evil.example:8081"},
	} {
		t.Run(name, func(t *testing.T) {
			l := listen(t, nil)
			resp, body := l.send(t, call{http.MethodPost, "/-/reload", headers, ""})
			if resp.StatusCode != http.StatusForbidden || l.reloads != 0 {
				t.Errorf("%s after %d reloads: %s", resp.Status, l.reloads, body)
			}
		})
	}
}

func TestOperatorsCanReload(t *testing.T) {
	for name, headers := range map[string]map[string]string{
		"curl":     {},
		"our page": {"Host": "localhost:8081", "Origin": "http://localhost:8081", "Sec-Fetch-Site": "same-origin"},
	} {
		t.Run(name, func(t *testing.T) {
			l := listen(t, nil)
			resp, body := l.send(t, call{http.MethodPost, "/-/reload", headers, ""})
			if resp.StatusCode != http.StatusOK || l.reloads != 1 {
				t.Errorf("%s after %d reloads: %s", resp.Status, l.reloads, body)
			}
		})
	}
}

func TestHosts(t *testing.T) {
	for host, want := range map[string]int{
		"localhost":               200,
		"LOCALHOST:8081":          200,
		"127.0.0.1:8081":          200,
		"[::1]:8081":              200,
		"10.1.2.3:8081":           200, // a scrape by address
		"gateway:8081":            200, // a name of compose
		"gateway.prod.svc:8081":   200, // a service of Kubernetes
		"Admin.Corp.Example:8081": 200, // the address that is configured
		"evil.example":            403,
		"localhost.evil.example":  403,
		"127.0.0.1.nip.io":        403,
		"corp.example":            403,
		"x.admin.corp.example":    403,
	} {
		t.Run(host, func(t *testing.T) {
			l := listen(t, func(c *admin.Config) { c.Address = "admin.corp.example:8081" })
			resp, body := l.send(t, call{http.MethodGet, "/metrics", map[string]string{"Host": host}, ""})
			if resp.StatusCode != want {
				t.Errorf("%s, want %d: %s", resp.Status, want, body)
			}
			if want == http.StatusForbidden && strings.Contains(body, "gateway_x") {
				t.Error("a rebound name read the metrics")
			}
		})
	}
}

// Whatever is answered, refusals too, must not be run, framed, cached or read by another site.
func TestEveryAnswerIsGuarded(t *testing.T) {
	l := listen(t, nil)
	for _, c := range []call{
		{http.MethodGet, "/", nil, ""},
		{http.MethodGet, "/metrics", nil, ""},
		{http.MethodGet, "/api/v1/status", nil, ""},
		{http.MethodGet, "/none", nil, ""},
		{http.MethodDelete, "/", nil, ""},
		{http.MethodGet, "/", map[string]string{"Host": "evil.example"}, ""},
		{http.MethodPost, "/-/reload", map[string]string{"Sec-Fetch-Site": "cross-site"}, ""},
	} {
		resp, _ := l.send(t, c)
		for name, want := range map[string]string{
			"X-Content-Type-Options":       "nosniff",
			"X-Frame-Options":              "DENY",
			"Referrer-Policy":              "no-referrer",
			"Cache-Control":                "no-store",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Access-Control-Allow-Origin":  "",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s %s: %s is %q, want %q", c.method, c.path, name, got, want)
			}
		}
		policy := resp.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s %s: the policy %q lacks %s", c.method, c.path, policy, part)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("the policy %q allows inline code", policy)
		}
	}
}
