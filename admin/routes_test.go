package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"gateway/admin"
)

func TestPathsAndMethods(t *testing.T) {
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/", 200},
		{"GET", "/metrics", 200},
		{"HEAD", "/healthz", 200},
		{"GET", "/readyz", 200},
		{"GET", "/api/v1/status", 200},
		{"GET", "/api/v1/failures", 200},
		{"GET", "/api/v1/failures/none", 404},
		{"GET", "/api/v1/occurrences", 400},
		{"GET", "/api/v1/occurrences?id=none", 200},
		{"GET", "/api/v1/profiles", 200},
		{"GET", "/api/v1/profiles/akeneo", 200},
		{"GET", "/api/v1/profiles/none", 404},
		{"GET", "/api/v1/explain", 405},
		{"POST", "/api/v1/explain", 415},
		{"GET", "/page/app.js", 200},
		{"GET", "/page/style.css", 200},
		{"GET", "/page/none.js", 404},
		{"GET", "/page/..%2fadmin.go", 404},
		{"GET", "/-/reload", 405},
		{"PUT", "/-/reload", 405},
		{"POST", "/metrics", 405},
		{"DELETE", "/api/v1/status", 405},
		{"GET", "/api/v1/none", 404},
		{"GET", "/none", 404},
		{"GET", "/debug/pprof/", 404},
		{"GET", "/debug/pprof/cmdline", 404},
		{"GET", "/debug/vars", 404},
		{"POST", "/none", 404},
		{"POST", "/none/%2e%2e/-/reload", 404},
		{"POST", "/none/..%2f-/reload", 404},
		{"POST", "/-%2freload", 404},
		{"POST", "/-/reload/", 404},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			l := listen(t, nil)
			resp, body := l.send(t, call{c.method, c.path, nil, ""})
			if resp.StatusCode != c.want && !isRedirect(resp) || l.reloads > 0 {
				t.Errorf("%s after %d reloads, want %d: %s", resp.Status, l.reloads, c.want, body)
			}
			if c.want == http.StatusMethodNotAllowed && resp.Header.Get("Allow") == "" {
				t.Error("405 without Allow (RFC 9110, section 15.5.6)")
			}
			var said struct{ Error string }
			if ofAPI := strings.HasPrefix(c.path, "/api/"); c.want >= 400 && ofAPI != (json.Unmarshal([]byte(body), &said) == nil && said.Error != "") {
				t.Errorf("the sentence comes as %s", body)
			}
		})
	}
}

// isRedirect is true for the path that ServeMux would rather see; it runs nothing.
func isRedirect(resp *http.Response) bool { return resp.StatusCode/100 == 3 }

func TestReloadTellsWhatIsWrong(t *testing.T) {
	l := listen(t, func(c *admin.Config) {
		c.Reload = func(context.Context) error {
			return errors.Join(errors.New("gateway.yaml:3:5: upstreams.akeneo.url: give a URL"), errors.New("gateway.yaml:9:1: bogus: no such key"))
		}
	})
	resp, body := l.send(t, call{http.MethodPost, "/-/reload", nil, ""})
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("%s", resp.Status)
	}
	for _, part := range []string{"nothing was changed", "upstreams.akeneo.url: give a URL", "9:1: bogus"} {
		if !strings.Contains(body, part) {
			t.Errorf("%q is not in %q", part, body)
		}
	}
}

func TestReadinessSaysWhyNot(t *testing.T) {
	l := listen(t, func(c *admin.Config) { c.Ready = func() error { return errors.New("draining") } })
	for path, want := range map[string]int{"/readyz": 503, "/healthz": 200} {
		resp, body := l.send(t, call{http.MethodGet, path, nil, ""})
		if resp.StatusCode != want {
			t.Errorf("%s of a draining gateway: %s, want %d", path, resp.Status, want)
		}
		if path == "/readyz" && body != "draining\n" {
			t.Errorf("the reason reads %q", body)
		}
	}
	resp, body := l.send(t, call{http.MethodPost, "/-/reload", nil, ""})
	if resp.StatusCode != 503 || l.reloads != 0 || body != "nothing was changed: this gateway is draining\n" {
		t.Errorf("a reload: %s, %q", resp.Status, body)
	}
}

func TestStatusIsJSON(t *testing.T) {
	l := listen(t, nil)
	resp, body := l.send(t, call{http.MethodGet, "/api/v1/status", nil, ""})
	if got := resp.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q", got)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	want := map[string]any{
		"version": "1.2.3", "ready": true, "held_bytes": 7.0,
		"kept": map[string]any{"groups": 0.0, "occurrences": 0.0, "bytes": 0.0, "lost": 0.0},
	}
	upstreams, _ := got["upstreams"].(map[string]any)
	akeneo, _ := upstreams["akeneo"].(map[string]any)
	if akeneo["in_flight"] != 2.0 {
		t.Errorf("akeneo is told as %v", akeneo)
	}
	throttle := map[string]any{
		"mode": "enforce", "queue": 3.0, "quota_keys": 1.0,
		"cooldown_until": "2026-11-24T12:00:00Z", "cooldown_reason": "the vendor asked for it",
		"quotas":    []any{map[string]any{"name": "1h", "limit": 5000.0, "window": 3600.0, "remaining": 12.0, "reset": 90.0}},
		"paused":    []any{map[string]any{"consumer": "nightly", "reason": "it repeats itself", "since": "2026-11-24T11:00:00Z"}},
		"consumers": []any{map[string]any{"name": "web", "weight": 2.0, "waiting": 3.0, "in_flight": 4.0, "sent_last_minute": 1.5}},
	}
	if diff := gocmp.Diff(throttle, akeneo["throttle"]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	delete(got, "now")
	delete(got, "upstreams")
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
