package proxy_test

import (
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"gateway/problem"
	"gateway/proxy"
	"gateway/servertest"
)

// TestReloadsKeepConnections is trap 74: handlers come and go over the same connections, and those of upstreams that
// changed or went are closed.
func TestReloadsKeepConnections(t *testing.T) {
	addresses := make(chan string, 1000)
	v := vendor(t, func(_ http.ResponseWriter, r *http.Request) { addresses <- r.RemoteAddr })
	g := startGateway(t, to(v.URL))
	g.get(t, "/up/x")
	first, before := servertest.Receive(t, addresses, "a request"), runtime.NumGoroutine()
	for i := range 300 {
		s := withDefaults(to(v.URL, setting("X-Version", strings.Repeat("v", i%7+1))))
		h, err := proxy.New(s, g.shared)
		if err != nil {
			t.Fatal(err)
		}
		g.Config.Handler.(*swapped).Store(h)
		g.get(t, "/up/x")
		if now := servertest.Receive(t, addresses, "a request"); now != first {
			t.Fatalf("reload %d opened a new connection", i)
		}
	}
	if after := runtime.NumGoroutine(); after > before+10 {
		t.Errorf("%d goroutines before 300 reloads, %d after", before, after)
	}
	h, err := proxy.New(withDefaults(to(v.URL, func(u *proxy.Upstream) { u.Timeouts.Connect = time.Minute })), g.shared)
	if err != nil {
		t.Fatal(err)
	}
	g.Config.Handler.(*swapped).Store(h)
	g.get(t, "/up/x")
	if now := servertest.Receive(t, addresses, "a request"); now == first {
		t.Error("changed timeouts did not take effect")
	}
}

// TestUnreadableAuthorityIsRefused is trap 73: no file, no configuration; never a connection that trusts everybody.
func TestUnreadableAuthorityIsRefused(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"/no/such/file.pem", empty} {
		s := withDefaults(to("https://127.0.0.1:1", func(u *proxy.Upstream) { u.TLS.CA = file }))
		if _, err := proxy.New(s, proxy.NewShared()); err == nil {
			t.Errorf("%s was taken", file)
		}
	}
}

// TestEnvironmentProxyIsIgnored is trap 72.
func TestEnvironmentProxyIsIgnored(t *testing.T) {
	trap := startRecorder(t)
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"} {
		t.Setenv(name, trap.URL)
	}
	g := startGateway(t, to("http://no-such-host.invalid"))
	if p := g.get(t, "/up/x").problem(t); p.Code != problem.UpstreamUnreachable {
		t.Errorf("%+v", p)
	}
	trap.none(t)
}
