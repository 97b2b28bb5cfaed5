package proxy_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"gateway/normalize"
	"gateway/problem"
	"gateway/proxy"
)

// shadowed gives the upstream a shadow profile that takes each 2xx with a member error for one, and a live one that does
// not.
func shadowed(t *testing.T) func(*proxy.Upstream) {
	t.Helper()
	yes := true
	tried, err := normalize.NewReader(&normalize.Profile{Vendor: "Acme", Rules: []normalize.Rule{{
		Name: "hides", Match: normalize.Match{Status: []string{"2xx"}, Body: map[string]normalize.Test{"/error": {Exists: &yes}}}, Type: problem.Conflict,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return func(u *proxy.Upstream) { u.Shadow = tried }
}

// TestASuccessIsKeptForTheShadowWhileItStreams: the caller gets it as it comes, and the record a copy of what is small.
func TestASuccessIsKeptForTheShadowWhileItStreams(t *testing.T) {
	hidden := `{"error":"The job is running."` + strings.Repeat(" ", 40<<10) + "}"
	const first = 32 << 10 // more than net/http gathers
	seen := make(chan struct{})
	goOn := sync.OnceFunc(func() { close(seen) })
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/small":
			w.Header().Set("Content-Length", strconv.Itoa(len(hidden)))
			_, _ = io.WriteString(w, hidden[:first])
			_ = http.NewResponseController(w).Flush()
			<-seen
			_, _ = io.WriteString(w, hidden[first:])
		case "/large":
			_, _ = io.WriteString(w, strings.Repeat("x", 70<<10))
		case "/chunked":
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, hidden)
		case "/cut":
			w.Header().Set("Content-Length", "60000")
			_, _ = io.WriteString(w, hidden)
		case "/error":
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, hidden)
		}
	})
	t.Cleanup(goOn) // before the vendor is waited for
	g := startGateway(t, to(v.URL, shadowed(t)))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.URL+"/up/small", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	begin := make([]byte, 10<<10)
	if _, err := io.ReadFull(resp.Body, begin); err != nil {
		t.Fatal(err)
	}
	goOn() // only now does the vendor send the rest
	rest, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if got := string(begin) + string(rest); err != nil || got != hidden {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if x := g.ended(t); x.Passed == nil || string(x.Passed.Body) != hidden || x.Shadow == nil || x.Problem != nil || x.Answer != nil {
		t.Errorf("%+v", x)
	}
	for path, isError := range map[string]bool{"/large": false, "/chunked": false, "/error": true} {
		g.send(t, "GET", "/up"+path, nil)
		if x := g.ended(t); x.Passed != nil || (x.Answer != nil) != isError {
			t.Errorf("%s: %+v", path, x)
		}
	}
	g.send(t, "GET", "/up/cut", nil)
	if x := g.ended(t); x.Passed != nil {
		t.Errorf("a part is kept: %+v", x.Passed)
	}
	if n := g.shared.Status().HeldBytes; n != 0 {
		t.Errorf("%d bytes are held after all", n)
	}
}
