package admin_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gateway/admin"
	"gateway/credentials"
	"gateway/draft"
	"gateway/proxy"
	"gateway/ratelimit"
)

// listener is an admin listener with what a test looks at.
type listener struct {
	*httptest.Server
	ring    *admin.Ring
	reloads int
}

// listen serves the handler as the process does; change may replace parts of it.
func listen(t *testing.T, change func(*admin.Config)) *listener {
	t.Helper()
	l := &listener{Server: httptest.NewUnstartedServer(nil)}
	cfg := admin.Config{
		Ring: newRing(t, admin.Limits{Bodies: true}),
		Profiles: func() []admin.Profile {
			return []admin.Profile{{Name: "akeneo", Vendor: "Akeneo", YAML: "vendor: Akeneo\n"}}
		},
		Shadows: func() map[string]string { return nil },
		Explain: func(q admin.Question) (any, error) {
			if q.Answer == "" {
				return nil, errors.New("paste an answer")
			}
			return map[string]string{"rule": "of " + q.Profile}, nil
		},
		Draft: func(upstream string, recorded []draft.Recorded) (admin.Draft, error) {
			d, err := draft.New(upstream, "Akeneo", recorded)
			return admin.Draft{Profile: string(d.Profile), Samples: string(d.Samples)}, err
		},
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "gateway_x 1\n") }),
		Status: func() proxy.Status {
			return proxy.Status{Upstreams: map[string]proxy.UpstreamStatus{"akeneo": {InFlight: 2, Throttle: throttled}}, HeldBytes: 7}
		},
		Ready:   func() error { return nil },
		Reload:  func(context.Context) error { l.reloads++; return nil },
		Address: l.Listener.Addr().String(),
		Version: "1.2.3",
	}
	if change != nil {
		change(&cfg)
	}
	l.ring = cfg.Ring
	l.Config.Handler = admin.New(cfg)
	l.Start()
	t.Cleanup(l.Close)
	return l
}

// newRing runs a ring until the test ends. Bounds that are 0 are generous.
func newRing(t *testing.T, limits admin.Limits) *admin.Ring {
	t.Helper()
	if limits.Failures == 0 {
		limits.Failures = 1000
	}
	if limits.Bytes == 0 {
		limits.Bytes = 64 << 20
	}
	if limits.For == 0 {
		limits.For = time.Hour
	}
	redactor := credentials.NewRedactor("the-gateways-own-key")
	r := admin.NewRing(limits, redactor.String, func() string { return "http://gateway:8080" })
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return r
}

// call is one request; a Host among the headers is the authority.
type call struct {
	method, path string
	headers      map[string]string
	body         string
}

// send sends c and returns the answer with its body; redirects are not followed.
func (l *listener) send(t *testing.T, c call) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), c.method, l.URL+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range c.headers {
		req.Header.Set(name, value)
	}
	req.Host = c.headers["Host"]
	resp, err := l.Client().Transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// throttled is an upstream of which much is held.
var throttled = ratelimit.Status{
	Mode: "enforce", Queue: 3, Keys: 1, CoolDown: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), CoolDownWhy: "the vendor asked for it",
	Quotas:    []ratelimit.Policy{{Name: "1h", Quota: 5000, Window: time.Hour, Remaining: 12, Reset: 90 * time.Second}},
	Pauses:    []ratelimit.Pause{{Consumer: "nightly", Why: "it repeats itself", Since: time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC)}},
	Consumers: []ratelimit.ConsumerStatus{{Name: "web", Weight: 2, Waiting: 3, InFlight: 4, Sent: 1.5}},
}
