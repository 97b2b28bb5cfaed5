// Package admin serves the admin listener: metrics, health, reload, the API and the page. Nothing of it is ever on the
// callers' listener.
package admin

import (
	"context"
	_ "embed"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"

	"gateway/proxy"
)

// Config is what the handler needs of the process.
type Config struct {
	Metrics http.Handler
	Status  func() proxy.Status
	Ready   func() error // why callers should not be sent here; nil: they may
	Reload  func(context.Context) error
	Address string // of the admin listener
	Version string
}

// page is the static page; it reads /api/v1/status.
//
//go:embed page.html
var page []byte

// New returns the handler of the admin listener.
func New(cfg Config) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", cfg.Metrics)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "alive\n") })
	mux.HandleFunc("GET /readyz", cfg.readyz)
	mux.HandleFunc("POST /-/reload", cfg.reload)
	mux.HandleFunc("GET /api/v1/status", cfg.status)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page) // the reader may be gone
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, http.StatusNotFound, "there is no such page; try /, /metrics, /healthz, /readyz or /api/v1/status\n")
	})
	// A page on another site must not be able to post here (trapped browsers send cookies, and loopback has none).
	return guard(cfg.Address, http.NewCrossOriginProtection().Handler(mux))
}

// guard refuses requests that a name was rebound for: Host must be an address, localhost, a plain name or our own.
func guard(address string, next http.Handler) http.Handler {
	own, _, _ := net.SplitHostPort(address)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		if !isTrustedHost(r.Host, own) {
			writeText(w, http.StatusForbidden, "this host name is not one of the admin listener's; use its address, or a name without dots\n")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isTrustedHost accepts IP addresses and names that no public DNS can hold.
func isTrustedHost(authority, own string) bool {
	host := authority
	if name, _, err := net.SplitHostPort(authority); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	local := []string{".localhost", ".local", ".internal", ".svc", ".svc.cluster.local"}
	return net.ParseIP(host) != nil || !strings.Contains(host, ".") || host == own ||
		slices.ContainsFunc(local, func(suffix string) bool { return strings.HasSuffix(host, suffix) })
}

func (c Config) readyz(w http.ResponseWriter, _ *http.Request) {
	if err := c.Ready(); err != nil {
		writeText(w, http.StatusServiceUnavailable, err.Error()+"\n")
		return
	}
	writeText(w, http.StatusOK, "ready\n")
}

func (c Config) reload(w http.ResponseWriter, r *http.Request) {
	if err := c.Reload(r.Context()); err != nil {
		writeText(w, http.StatusBadRequest, "nothing was changed:\n"+err.Error()+"\n")
		return
	}
	writeText(w, http.StatusOK, "reloaded\n")
}

// statusPage is what /api/v1/status answers.
type statusPage struct {
	Version   string                    `json:"version"`
	Ready     bool                      `json:"ready"`
	Upstreams map[string]upstreamStatus `json:"upstreams"`
}

type upstreamStatus struct {
	InFlight int64 `json:"in_flight"`
}

func (c Config) status(w http.ResponseWriter, _ *http.Request) {
	out := statusPage{Version: c.Version, Ready: c.Ready() == nil, Upstreams: map[string]upstreamStatus{}}
	for name, u := range c.Status().Upstreams {
		out.Upstreams[name] = upstreamStatus{InFlight: u.InFlight}
	}
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(out) // the reader may be gone
}

func writeText(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(text)) // the reader may be gone
}
