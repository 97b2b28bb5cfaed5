package proxy_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gateway/problem"
	"gateway/proxy"
)

// unsteady is a vendor that gives the answers in turn, the last again and again. An answer is a status and headers, as
// in "503 Retry-After: 1".
func unsteady(t testing.TB, answers ...string) (url string, calls *atomic.Int64) {
	t.Helper()
	calls = &atomic.Int64{}
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		answer := answers[min(int(calls.Add(1)), len(answers))-1]
		status, header, _ := strings.Cut(answer, " ")
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		var code int
		if _, err := fmt.Sscan(status, &code); err != nil {
			panic(http.ErrAbortHandler) // no answer at all
		}
		w.WriteHeader(code)
	})
	return v.URL, calls
}

func honoursKeys(u *proxy.Upstream) { u.IdempotencyKey = true }

// TestRetriesGoByTheProblem tells for each first answer whether the caller gets it, or the 200 that comes second.
func TestRetriesGoByTheProblem(t *testing.T) {
	t.Parallel()
	const key = "Idempotency-Key: 8e03978e"
	for _, c := range []struct {
		request, first string
		headers        []string
		code           int // that the caller gets
		options        []func(*proxy.Upstream)
	}{
		{request: "GET /up/x", first: "503", code: 200},
		{request: "GET /up/x", first: "502", code: 200},
		{request: "GET /up/x", first: "504", code: 200},
		{request: "GET /up/x", first: "none", code: 200},
		{request: "HEAD /up/x", first: "503", code: 200},
		{request: "PUT /up/x", first: "503", code: 200},
		{request: "DELETE /up/x", first: "503", code: 200},
		{request: "GET /up/x", first: "503 Retry-After: 0", code: 200},
		{request: "GET /up/x", first: "429 Retry-After: 0", code: 200},
		{request: "GET /up/x", first: "429", code: 200},                                                            // held by the throttle meanwhile
		{request: "GET /up/x", first: "429", code: 429, options: []func(*proxy.Upstream){throttleMode("observe")}}, // never blindly
		{request: "GET /up/x", first: "503 Retry-After: 3600", code: 503},
		{request: "GET /up/x", first: "503", headers: []string{"Prefer: wait=0"}, code: 503},
		{request: "GET /up/x", first: "503", headers: []string{"Prefer: wait=30"}, code: 200},
		{request: "GET /up/x", first: "500", code: 500}, // not said to be transient
		{request: "GET /up/x", first: "501", code: 501},
		{request: "GET /up/x", first: "404", code: 404},
		{request: "GET /up/x", first: "302 Location: /y", code: 302},
		{request: "GET /up/x?_method=delete", first: "503", code: 503},
		{request: "GET /up/x?_method=delete", first: "none", code: 502},
		{request: "PUT /up/x _method=post", first: "503", code: 503},
		{request: `PUT /up/x {"_method":"post"}`, first: "503", code: 503},
		{request: "POST /up/x a", first: "503", code: 503},
		{request: "POST /up/x a", first: "none", code: 502},
		{request: "POST /up/x a", first: "503", headers: []string{key}, code: 503},
		{request: "POST /up/x", first: "none", headers: []string{key}, code: 502},
		{request: "POST /up/x a", first: "503", headers: []string{key}, code: 200, options: []func(*proxy.Upstream){honoursKeys}},
		{request: "PATCH /up/x a", first: "none", headers: []string{key}, code: 200, options: []func(*proxy.Upstream){honoursKeys}},
		{request: "POST /up/x a", first: "503", headers: []string{"Idempotency-Key: "}, code: 503, options: []func(*proxy.Upstream){honoursKeys}},
		{request: "POST /up/x a", first: "503", headers: []string{key, key}, code: 503, options: []func(*proxy.Upstream){honoursKeys}},
		{request: "GET /up/x", first: "503", code: 503, options: []func(*proxy.Upstream){once}},
		{request: "GET /up/x", first: "503", headers: []string{"Gateway-Errors: passthrough"}, code: 200},
		{request: "PUT /up/x " + strings.Repeat("x", 64<<10), first: "503", code: 200},
		{request: "PUT /up/x " + strings.Repeat("x", 64<<10+1), first: "503", code: 503}, // over the replay buffer
	} {
		name := fmt.Sprintf("%.40s %s %q", c.request, c.first, c.headers)
		url, calls := unsteady(t, c.first, "200")
		g := startGateway(t, to(url, c.options...))
		parts := strings.SplitN(c.request+"  ", " ", 3)
		a := g.send(t, parts[0], parts[1], strings.NewReader(strings.TrimSpace(parts[2])), c.headers...)
		attempts := 1
		if c.code == 200 {
			attempts = 2
		}
		if a.StatusCode != c.code || int(calls.Load()) != attempts {
			t.Errorf("%s: %d after %d calls, want %d after %d", name, a.StatusCode, calls.Load(), c.code, attempts)
		}
		if got := a.Header.Get("Gateway-Attempts"); got != fmt.Sprint(attempts) {
			t.Errorf("%s: Gateway-Attempts %q, want %d", name, got, attempts)
		}
	}
}

// TestRetriesAreRecorded says in the record why each attempt but the last was not enough.
func TestRetriesAreRecorded(t *testing.T) {
	url, _ := unsteady(t, "none", "503", "404 Gateway-Attempts: 99")
	g := startGateway(t, to(url))
	a := g.get(t, "/up/x")
	if p := a.problem(t); p.Code != problem.NotFound {
		t.Errorf("%+v", p)
	}
	if got := a.Header.Values("Gateway-Attempts"); len(got) != 1 || got[0] != "3" {
		t.Errorf("Gateway-Attempts: %q", got)
	}
	type attempt struct {
		Code  int
		Retry string
	}
	var got []attempt
	for _, a := range g.ended(t).Attempts {
		got = append(got, attempt{a.Code, a.Retry})
	}
	want := []attempt{{0, "upstream-invalid-response"}, {503, "upstream-unavailable"}, {404, ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestNothingIsRetriedOnceTheAnswerHasBegun leaves a cut success to the caller, who sees that it is cut.
func TestNothingIsRetriedOnceTheAnswerHasBegun(t *testing.T) {
	v := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin")
	g := startGateway(t, to(v.URL))
	resp, err := g.caller.Get(g.URL + "/up/x")
	if err == nil {
		err = readAnswer(resp).err
	}
	if err == nil || v.Connections.Load() != 1 {
		t.Errorf("%v after %d attempts", err, v.Connections.Load())
	}
}

// TestProblemsBeforeAnyAttemptTellOfNone has no Gateway-Attempts.
func TestProblemsBeforeAnyAttemptTellOfNone(t *testing.T) {
	if got := startGateway(t, to("http://127.0.0.1:1")).get(t, "/nowhere").Header["Gateway-Attempts"]; got != nil {
		t.Errorf("Gateway-Attempts: %q", got)
	}
}

// TestRetriesHaveABudget switches it off with a share of 0.
func TestRetriesHaveABudget(t *testing.T) {
	url, calls := unsteady(t, "503")
	g := startGateway(t, to(url, func(u *proxy.Upstream) {
		u.Retry.Budget, u.Retry.BudgetMin = new(float64), new(float64)
		u.Breaker.Enabled = new(bool)
	}))
	for range 5 {
		g.get(t, "/up/x").problem(t)
	}
	if calls.Load() != 5 {
		t.Errorf("%d calls for 5 requests without a budget", calls.Load())
	}
}

// TestAWriteIsSentAgainWhereNothingListened: no byte of it can have been sent, as the dialer says.
func TestAWriteIsSentAgainWhereNothingListened(t *testing.T) {
	url, calls := unsteady(t, "200", "200")
	g := startGateway(t, to(url))
	var dials atomic.Int32
	g.shared.DialWith(func(d *net.Dialer, ctx context.Context, network, address string) (net.Conn, error) {
		if dials.Add(1) == 1 {
			return nil, syscall.ECONNREFUSED
		}
		return d.DialContext(ctx, network, address)
	})
	a := g.send(t, "POST", "/up/x", strings.NewReader("a=1"))
	if a.StatusCode != http.StatusOK || calls.Load() != 1 || a.Header.Get("Gateway-Attempts") != "2" {
		t.Errorf("%d after %d calls and %q attempts", a.StatusCode, calls.Load(), a.Header.Get("Gateway-Attempts"))
	}
}
