package admin_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"gateway/admin"
	"gateway/proxy"
)

// listener is an admin listener with what a test looks at.
type listener struct {
	*httptest.Server
	reloads int
}

// listen serves the handler as the process does; change may replace parts of it.
func listen(t *testing.T, change func(*admin.Config)) *listener {
	t.Helper()
	l := &listener{Server: httptest.NewUnstartedServer(nil)}
	cfg := admin.Config{
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "gateway_x 1\n") }),
		Status: func() proxy.Status {
			return proxy.Status{Upstreams: map[string]proxy.UpstreamStatus{"akeneo": {InFlight: 2}}}
		},
		Ready:   func() error { return nil },
		Reload:  func(context.Context) error { l.reloads++; return nil },
		Address: l.Listener.Addr().String(),
		Version: "1.2.3",
	}
	if change != nil {
		change(&cfg)
	}
	l.Config.Handler = admin.New(cfg)
	l.Start()
	t.Cleanup(l.Close)
	return l
}

// call is one request; a Host among the headers is the authority.
type call struct {
	method, path string
	headers      map[string]string
}

// send sends c and returns the answer with its body; redirects are not followed.
func (l *listener) send(t *testing.T, c call) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), c.method, l.URL+c.path, nil)
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
