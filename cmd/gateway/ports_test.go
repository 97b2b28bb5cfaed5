package main

import "testing"

// Trap 85: nothing of the admin listener is on the callers'.
func TestCallersReachNothingOfTheAdminListener(t *testing.T) {
	g := startGateway(t, "upstreams: {akeneo: {url: http://127.0.0.1:1, profile: akeneo}}\n")
	for _, path := range []string{
		"/", "/metrics", "/healthz", "/readyz", "/api/v1/status", "/api/v1/failures", "/api/v1/events", "/page/app.js", "/-/reload",
		"/debug/pprof/", "/debug/vars", "/.gateway/metrics", "/.gateway/api/v1/status",
	} {
		if code, body := get(t, g.callers+path); code != 404 {
			t.Errorf("%s: %d: %s", path, code, body)
		}
	}
}
