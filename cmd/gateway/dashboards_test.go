package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gateway/vendortest"
)

// panelQuery is one query of a dashboard.
type panelQuery struct{ dashboard, panel, expr string }

// dashboardQueries reads every query of every dashboard, with Grafana's variables filled in.
func dashboardQueries(t *testing.T) []panelQuery {
	t.Helper()
	files, err := filepath.Glob("../../deploy/grafana/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no dashboards", err)
	}
	variables := strings.NewReplacer("$__rate_interval", "20s", "$upstream", ".*")
	var out []panelQuery
	for _, file := range files {
		var board struct {
			Title  string
			Panels []struct {
				Title   string
				Targets []struct{ Expr string }
			}
		}
		data, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(data, &board)
		}
		if err != nil {
			t.Fatal(file, err)
		}
		for _, panel := range board.Panels {
			for _, target := range panel.Targets {
				out = append(out, panelQuery{board.Title, panel.Title, variables.Replace(target.Expr)})
			}
		}
	}
	return out
}

// mayBeZero are the panels that show 0 unless bodies are large, or for a while alone.
var mayBeZero = map[string]bool{"Error bodies held": true, "Refused by the vendor": true, "Memory lost": true}

// isTelling is false for 0: a query that asks for what never happens would give it too.
func (s sample) isTelling() bool { return s.Value[1] != "0" }

// loadedGateway is a gateway with everything that dashboards show: vendors that fail, hide errors, limit and refuse.
func loadedGateway(t *testing.T) testGateway {
	t.Helper()
	serve := func(h http.Handler) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
	strange := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no rule knows this", http.StatusTeapot)
	})
	// A token that ends soon, and that the vendor refuses at one path: both are on dashboards.
	tokens := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token":"a-token-of-the-tests","token_type":"bearer","expires_in":60}`)
	})
	locked := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/locked" {
			http.Error(w, "no", http.StatusUnauthorized)
		}
	})
	redis := startRedis(t).Address
	cert, key := certificateFiles(t)
	return startGateway(t, fmt.Sprintf(`consumers: {identify: "header:X-Consumer", weights: {checkout: 4, nightly-sync: 1}}
tls: {files: {cert: %s, key: %s}}
quota: {store: redis, url: 'redis://:geheim@%s'}
upstreams:
  accelo: {url: %s, profile: accelo}
  akeneo: {url: %s, profile: akeneo, throttle: {limits: [{requests: 20, per: 1s}], max_wait: 200ms}, retry: {budget: 1}}
  apaleo: {url: %s, profile: apaleo, throttle: {limits: [{requests: 1000, per: 1s}], max_wait: 0s}}
  strange: {url: %s}
  locked: {url: %s, credentials: {oauth2: {grant: client_credentials, token_url: %s/token, client_id: a, client_secret: of-the-tests}}}
`, cert, key, redis, serve(vendortest.Accelo(5000)), serve(vendortest.Akeneo(1000, 0)), serve(vendortest.Apaleo(30)), serve(strange), serve(locked), serve(tokens)))
}

// certificateFiles are those of an httptest server.
func certificateFiles(t *testing.T) (cert, key string) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	pair := s.TLS.Certificates[0]
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for file, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// load calls the gateway as several consumers would until ctx ends.
func (g testGateway) load(ctx context.Context) {
	auth := "Authorization: Bearer demo"
	calls := []vendortest.Call{
		{Vendor: "akeneo", Method: "GET", Path: "/api/rest/v1/categories", Headers: []string{auth, "X-Consumer: checkout"}},
		{Vendor: "akeneo", Method: "GET", Path: "/api/rest/v1/categories", Headers: []string{auth, "X-Consumer: nightly-sync"}},
		{Vendor: "akeneo", Method: "GET", Path: "/api/rest/v1/categories", Headers: []string{auth, vendortest.MisbehaveHeader + ": status=503", "X-Consumer: checkout"}},
		{Vendor: "apaleo", Method: "GET", Path: "/booking/v1/bookings", Headers: []string{auth, "X-Consumer: nightly-sync"}},
		{Vendor: "akeneo", Method: "PATCH", Path: "/api/rest/v1/categories", Headers: []string{auth, "Content-Type: application/vnd.akeneo.collection+json"}, Body: "{\"code\":\"a\"}\n{}\n"},
		{Vendor: "strange", Method: "GET", Path: "/", Headers: []string{"X-Consumer: checkout"}},
		{Vendor: "locked", Method: "GET", Path: "/open"},
		{Vendor: "locked", Method: "GET", Path: "/locked"},
	}
	calls = append(calls, vendortest.Tour()...)
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // the test's own certificate
	defer transport.CloseIdleConnections()
	var all sync.WaitGroup
	for _, c := range calls {
		for range 2 {
			all.Go(func() {
				for ctx.Err() == nil {
					g.try(ctx, transport, c)
				}
			})
		}
	}
	all.Wait()
}

// try sends one request; what comes back is the dashboards' business.
func (g testGateway) try(ctx context.Context, transport *http.Transport, c vendortest.Call) {
	address := strings.Replace(g.callers, "http:", "https:", 1) + "/" + c.Vendor + c.Path
	req, err := http.NewRequestWithContext(ctx, c.Method, address, strings.NewReader(c.Body))
	if err != nil {
		return
	}
	for _, header := range c.Headers {
		name, value, _ := strings.Cut(header, ": ")
		req.Header.Set(name, value)
	}
	if resp, err := transport.RoundTrip(req); err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	select { // a machine with two cores has more to do
	case <-ctx.Done():
	case <-time.After(50 * time.Millisecond):
	}
}

// TestEveryDashboardQueryHasData runs the dashboards' queries in a real Prometheus that scraped a real gateway under load.
// make demo-metrics prints what it logs.
func TestEveryDashboardQueryHasData(t *testing.T) {
	t.Parallel() // it waits
	g := loadedGateway(t)
	p := startPrometheus(t, g.admin)
	ctx, stop := context.WithTimeout(t.Context(), 2*patience)
	loaded := make(chan struct{})
	go func() { defer close(loaded); g.load(ctx) }()
	defer func() { stop(); <-loaded }()

	deadline := time.After(patience)
	waiting := dashboardQueries(t)
	found := map[panelQuery][]sample{}
	for len(waiting) > 0 {
		waiting = slices.DeleteFunc(waiting, func(q panelQuery) bool {
			samples, err := p.query(ctx, q.expr)
			if err != nil {
				t.Fatal(err)
			}
			found[q] = samples
			return slices.ContainsFunc(samples, sample.isTelling) || len(samples) > 0 && mayBeZero[q.panel]
		})
		select {
		case <-deadline:
			for _, q := range waiting {
				t.Errorf("%s, %s: no data for %s", q.dashboard, q.panel, q.expr)
			}
			waiting = nil
		case <-time.After(500 * time.Millisecond):
		}
	}
	for _, q := range dashboardQueries(t) {
		t.Logf("%-28s %-38s %s", q.dashboard, q.panel, shownSamples(found[q]))
	}
}

// shownSamples is the first telling sample in full, and how many there are.
func shownSamples(samples []sample) string {
	if len(samples) == 0 {
		return "-"
	}
	s := samples[max(0, slices.IndexFunc(samples, sample.isTelling))]
	delete(s.Metric, "__name__")
	labels := make([]string, 0, len(s.Metric))
	for _, name := range slices.Sorted(maps.Keys(s.Metric)) {
		if name != "job" && name != "instance" {
			labels = append(labels, name+"="+s.Metric[name])
		}
	}
	return fmt.Sprintf("%3d series, %s = %v", len(samples), strings.Join(labels, " "), s.Value[1])
}
