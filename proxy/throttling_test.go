package proxy_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gateway/credentials"
	"gateway/normalize"
	"gateway/problem"
	"gateway/proxy"
	"gateway/ratelimit"
)

// limited throttles to n requests per span, with the default bound.
func limited(n int, per time.Duration) func(*proxy.Upstream) {
	return func(u *proxy.Upstream) {
		u.Throttle.Limits = append(u.Throttle.Limits, ratelimit.Limit{Requests: n, Per: per})
	}
}

func maxWait(d time.Duration) func(*proxy.Upstream) {
	return func(u *proxy.Upstream) { u.Throttle.MaxWait = &d }
}

func atOnce(n int) func(*proxy.Upstream) {
	return func(u *proxy.Upstream) { u.Throttle.Concurrency = n }
}

func throttleMode(mode string) func(*proxy.Upstream) {
	return func(u *proxy.Upstream) { u.Throttle.Mode = mode }
}

// decisions lists what the throttle did with an exchange.
func decisions(x proxy.Exchange) (kinds []ratelimit.Kind) {
	for _, d := range x.Throttled {
		kinds = append(kinds, d.Kind)
	}
	return kinds
}

func TestRefusalExplainsItself(t *testing.T) {
	rec := startRecorder(t)
	s := to(rec.URL, limited(2, time.Hour), maxWait(0))
	s.Consumers = proxy.ConsumersConfig{Identify: "header:X-App", Weights: map[string]float64{"nightly": 1, "web": 3}}
	g := startGateway(t, s)
	g.get(t, "/up/x", "X-App: web")
	g.get(t, "/up/x", "X-App: nightly")
	a := g.get(t, "/up/x", "X-App: nightly", "Prefer: wait=7")
	p := a.problem(t)
	var member struct {
		Throttle struct {
			Reason, Limit, Consumer string
			Place                   int
			Share, Use, Wait        float64
			MaxWait                 *float64 `json:"max_wait"`
		}
	}
	if err := json.Unmarshal([]byte(a.body), &member); err != nil {
		t.Fatal(err)
	}
	m := member.Throttle
	if p.Code != problem.Throttled || p.Status != 429 || p.Origin != problem.OriginGateway || !p.Retryable {
		t.Errorf("%+v", p)
	}
	if m.Reason != "limit" || m.Limit != "2 requests per 1h" || m.Consumer != "nightly" || m.Share != 0.25 || m.Use != 0.5 ||
		m.Place != 1 || m.Wait < 3590 || m.MaxWait == nil {
		t.Errorf("%+v", m)
	}
	if p.RetryAfter == nil || *p.RetryAfter < 3590 || *p.RetryAfter > 3602 || a.Header.Get("Retry-After") != fmt.Sprint(*p.RetryAfter) {
		t.Errorf("Retry-After %q, retry_after %v", a.Header.Get("Retry-After"), p.RetryAfter)
	}
	for name, want := range map[string]string{
		"RateLimit": `"1h";r=0;t=36`, "RateLimit-Policy": `"1h";q=2;w=3600`, "Preference-Applied": "wait=7",
	} {
		if got := a.Header.Get(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %s…", name, got, want)
		}
	}
	if n := len(rec.requests); n != 2 {
		t.Errorf("%d requests reached the vendor, want 2", n)
	}
}

// TestRefusalDoesNotContradictItself: who would wait for too long is told so, however close it is.
func TestRefusalDoesNotContradictItself(t *testing.T) {
	const held = ", and may be held for "
	for _, c := range []struct {
		wait, bound, held time.Duration
		want              string
	}{
		{10190 * time.Millisecond, 10 * time.Second, 0, "The request could be sent in 10.2s" + held + "10s."},
		{10*time.Second + 1, 10 * time.Second, 0, "The request could be sent in 10.1s" + held + "10s."},
		{5*time.Second + 1, 5 * time.Second, 0, "The request could be sent in 5.001s" + held + "5s."},
		{10499 * time.Millisecond, 10490 * time.Millisecond, 0, "The request could be sent in 10.5s" + held + "10.4s."},
		{80*time.Second + 1, 80 * time.Second, 0, "The request could be sent in 1m21s" + held + "1m20s."},
		{40 * time.Millisecond, 10 * time.Second, 10*time.Second + time.Millisecond, "The request was held for 10s, and could be sent in 40ms."},
	} {
		got := proxy.RefusalText(&ratelimit.Error{Reason: ratelimit.QueueFull, RetryAfter: c.wait, Bound: c.bound, Held: c.held})
		if want := "Too many requests for the upstream are held already. " + c.want; got != want {
			t.Errorf("%v over %v: %q, want %q", c.wait, c.bound, got, want)
		}
	}
}

func TestRequestsWaitWithinTheLeastOfTheirBounds(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL, limited(4, time.Second), maxWait(20*time.Second)))
	for i := range 5 {
		if a := g.get(t, "/up/x"); a.StatusCode != http.StatusOK {
			t.Fatalf("request %d: %d", i, a.StatusCode)
		}
	}
	waited := 0
	for range 5 {
		x := g.ended(t)
		if x.ThrottleWait > 0 {
			waited++
		}
	}
	if waited == 0 {
		t.Error("5 requests against 4 a second, and none waited")
	}
	a := g.get(t, "/up/x", "Prefer: respond-async, wait=0")
	if a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Preference-Applied") != "wait=0" {
		t.Errorf("a caller that does not wait got %d, %v", a.StatusCode, a.Header)
	}
	if diff := cmp.Diff([]ratelimit.Kind{ratelimit.Refused}, decisions(g.ended(t))); diff != "" {
		t.Error(diff)
	}
}

// TestPatientCallersSeeNo429 is the retry over the throttle: a 429 rests the quota key, and the request that met it
// waits in the queue like all others.
func TestPatientCallersSeeNo429(t *testing.T) {
	for _, answer := range []string{"429 Retry-After: 1", "429", "503 Retry-After: 1"} {
		t.Run(answer, func(t *testing.T) {
			url, calls := unsteady(t, answer, "200")
			g := startGateway(t, to(url))
			if a := g.get(t, "/up/x"); a.StatusCode != http.StatusOK {
				t.Errorf("%d", a.StatusCode)
			}
			x := g.ended(t)
			if calls.Load() != 2 || x.ThrottleWait < 900*time.Millisecond {
				t.Errorf("%d calls, held for %v", calls.Load(), x.ThrottleWait)
			}
			if diff := cmp.Diff([]ratelimit.Kind{ratelimit.Sent, ratelimit.Waited}, decisions(x)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestImpatientCallersSeeTheVendors429: where the rest is longer than the caller may be held, it gets the vendor's own
// words; those who come later are refused without asking the vendor.
func TestImpatientCallersSeeTheVendors429(t *testing.T) {
	url, calls := unsteady(t, "429 Retry-After: 300", "200")
	g := startGateway(t, to(url))
	if p := g.get(t, "/up/x").problem(t); p.Code != problem.RateLimited || *p.RetryAfter != 300 {
		t.Errorf("%+v", p)
	}
	p := g.get(t, "/up/x").problem(t)
	if p.Code != problem.Throttled || p.Fault != problem.FaultVendor || *p.RetryAfter < 295 || *p.RetryAfter > 302 {
		t.Errorf("%+v", p)
	}
	if calls.Load() != 1 {
		t.Errorf("%d calls during the rest", calls.Load())
	}
	if status := g.shared.Status().Upstreams["up"].Throttle; time.Until(status.CoolDown) < 290*time.Second {
		t.Errorf("%+v", status)
	}
}

// TestRestsAreCountedByTheVendorsClock is trap 45: its clock is an hour off, the wait is right.
func TestRestsAreCountedByTheVendorsClock(t *testing.T) {
	for _, skew := range []time.Duration{-time.Hour, time.Hour} {
		v := vendor(t, func(w http.ResponseWriter, _ *http.Request) {
			now := time.Now().Add(skew).UTC()
			w.Header().Set("Date", now.Format(http.TimeFormat))
			w.Header().Set("Retry-After", now.Add(5*time.Minute).Format(http.TimeFormat))
			w.WriteHeader(http.StatusTooManyRequests)
		})
		g := startGateway(t, to(v.URL))
		g.get(t, "/up/x")
		if p := g.get(t, "/up/x").problem(t); p.Code != problem.Throttled || *p.RetryAfter < 295 || *p.RetryAfter > 303 {
			t.Errorf("skew %v: %+v", skew, p)
		}
	}
}

// TestQuotaKeysRestApart is trap 47: one tenant's 429 stops nobody else.
func TestQuotaKeysRestApart(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Tenant") == "greedy" || r.Header.Get("Authorization") == "Bearer spent" {
			w.Header().Set("Retry-After", "300")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	g := startGateway(t, to(v.URL, func(u *proxy.Upstream) { u.Throttle.Key = []string{"upstream", "credential", "header:X-Tenant"} }))
	for _, headers := range [][]string{{"X-Tenant: greedy"}, {"Authorization: Bearer spent"}} {
		if p := g.get(t, "/up/x", headers...).problem(t); p.Code != problem.RateLimited {
			t.Errorf("%v: %+v", headers, p)
		}
		if p := g.get(t, "/up/x", headers...).problem(t); p.Code != problem.Throttled {
			t.Errorf("%v: %+v", headers, p)
		}
	}
	for _, headers := range [][]string{nil, {"X-Tenant: modest"}, {"Authorization: Bearer other"}} {
		if a := g.get(t, "/up/x", headers...); a.StatusCode != http.StatusOK {
			t.Errorf("%v: %d", headers, a.StatusCode)
		}
	}
}

// TestCredentialsRestApart: what the gateway puts in is a quota key of its own, whoever the caller says it is.
func TestCredentialsRestApart(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Key") == "spent" {
			w.Header().Set("Retry-After", "300")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	s := to(v.URL, func(u *proxy.Upstream) {
		u.Throttle.Key = []string{"credential"}
		nightly, others := apiKey("X-Key", "spent"), apiKey("X-Key", "fresh")
		nightly.Consumer = "nightly"
		u.Credentials = []credentials.Config{nightly, others}
	})
	s.Consumers = proxy.ConsumersConfig{Identify: "header:X-App", Weights: map[string]float64{"nightly": 1, "web": 1}}
	g := startGateway(t, s)
	for i, want := range []problem.Type{problem.RateLimited, problem.Throttled} {
		if p := g.get(t, "/up/x", "X-App: nightly", fmt.Sprint("Authorization: ", i)).problem(t); p.Code != want {
			t.Errorf("%+v", p)
		}
	}
	if a := g.get(t, "/up/x", "X-App: web"); a.StatusCode != http.StatusOK {
		t.Errorf("the other credential's consumer got %d", a.StatusCode)
	}
}

// TestReloadsKeepWhatWasSent is trap 53: no reload makes a new full bucket, nor does an upstream that goes and comes.
func TestReloadsKeepWhatWasSent(t *testing.T) {
	rec := startRecorder(t)
	with := to(rec.URL, limited(5, time.Hour), maxWait(0))
	without := to(rec.URL)
	without.Upstreams[0].Name = "other"
	g := startGateway(t, with)
	for i := range 300 {
		if i%10 == 5 {
			g.reload(t, without)
		}
		g.reload(t, with)
		g.get(t, "/up/x")
	}
	if n := len(rec.requests); n != 5 {
		t.Errorf("%d requests within the hour reached the vendor, want 5", n)
	}
}

// TestFailedReloadChangesNoLimit: what cannot be built must leave the live limits alone.
func TestFailedReloadChangesNoLimit(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL, limited(1, time.Hour), maxWait(0)))
	g.get(t, "/up/x")
	broken := withDefaults(to(rec.URL, limited(1000, time.Hour)))
	broken.Upstreams = append(broken.Upstreams, proxy.Upstream{Name: "z", UpstreamConfig: proxy.UpstreamConfig{URL: "https://z", TLS: proxy.UpstreamTLS{CA: "/no/such/file"}}})
	if _, err := proxy.New(broken, g.shared); err == nil {
		t.Fatal("a broken configuration was taken")
	}
	if a := g.get(t, "/up/x"); a.StatusCode != http.StatusTooManyRequests {
		t.Errorf("%d", a.StatusCode)
	}
}

// TestSlotsComeBack is trap 56: whatever becomes of an answer, its slot is free when it has ended.
func TestSlotsComeBack(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/cut":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "cut")
			panic(http.ErrAbortHandler)
		case "/none":
			panic(http.ErrAbortHandler)
		case "/empty":
			w.WriteHeader(http.StatusNoContent)
		case "/error":
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
		case "/upgrade":
			conn, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			defer conn.Close()
			_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
			_ = rw.Flush()
			line, _ := rw.ReadString('\n')
			_, _ = io.WriteString(conn, line)
		case "/long":
			_, _ = io.WriteString(w, "begin")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}
	})
	g := startGateway(t, to(v.URL, atOnce(1), once))
	for range 3 {
		for _, path := range []string{"/up/cut", "/up/none", "/up/empty", "/up/error", "/up/ok"} {
			resp, err := g.caller.Get(g.URL + path)
			if err == nil {
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		}
		g.upgrade(t)
		g.leaveEarly(t)
	}
	for i := range 21 {
		x := g.ended(t)
		if len(x.Throttled) > 0 && x.Throttled[0].Kind == ratelimit.Refused {
			t.Errorf("exchange %d (%s) found no slot", i, x.Path)
		}
	}
	deadline := time.Now().Add(patience)
	for g.inFlight() != 0 && time.Now().Before(deadline) {
		<-time.After(time.Millisecond)
	}
	if n := g.inFlight(); n != 0 {
		t.Errorf("%d slots are held after all has ended", n)
	}
}

func (g *gateway) inFlight() int {
	n := 0
	for _, c := range g.shared.Status().Upstreams["up"].Throttle.Consumers {
		n += c.InFlight
	}
	return n
}

// upgrade opens a WebSocket, says something, hears it and leaves.
func (g *gateway) upgrade(t *testing.T) {
	t.Helper()
	conn := g.dial(t)
	_, _ = io.WriteString(conn, "GET /up/upgrade HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(resp, err)
	}
	if n := g.inFlight(); n != 1 {
		t.Errorf("%d slots are held during an upgrade, want 1", n)
	}
	_, _ = io.WriteString(conn, "hello\n")
	if line, err := r.ReadString('\n'); line != "hello\n" {
		t.Fatal(line, err)
	}
	conn.Close()
}

// leaveEarly is a caller who goes in the middle of an answer.
func (g *gateway) leaveEarly(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.URL+"/up/long", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := g.caller.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.ReadFull(resp.Body, make([]byte, 5))
	cancel()
	resp.Body.Close()
}

// TestConcurrencyCountsUntilTheBodyIsDone: the vendor never sees more at once than it allows.
func TestConcurrencyCountsUntilTheBodyIsDone(t *testing.T) {
	var now, most atomic.Int64
	v := vendor(t, func(w http.ResponseWriter, _ *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		_, _ = io.WriteString(w, "begin")
		_ = http.NewResponseController(w).Flush()
		<-time.After(5 * time.Millisecond)
	})
	g := startGateway(t, to(v.URL, atOnce(3), maxWait(patience)))
	var group sync.WaitGroup
	for range 40 {
		group.Go(func() {
			if a := g.get(t, "/up/x"); a.StatusCode != http.StatusOK {
				t.Errorf("%d %s", a.StatusCode, a.body)
			}
		})
	}
	group.Wait()
	if most.Load() > 3 {
		t.Errorf("%d at once, the limit is 3", most.Load())
	}
}

// TestOurOwnRefusalsSayNothingOfTheVendor is trap 55: the breaker does not hear of them.
func TestOurOwnRefusalsSayNothingOfTheVendor(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL, limited(1, time.Hour), maxWait(0), func(u *proxy.Upstream) {
		u.Breaker.MinRequests, u.Breaker.FailureRatio = 2, 0.1
	}))
	for range 20 {
		g.get(t, "/up/x")
	}
	if state := g.shared.Status().Upstreams["up"].Circuit.State; state != "closed" {
		t.Errorf("the breaker is %s after refusals of our own", state)
	}
}

// TestQuotasThatEndByPayingHoldNobodyElse: only a vendor that names a time, or asks for fewer requests, rests the key.
func TestQuotasThatEndByPayingHoldNobodyElse(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/disk" {
			w.WriteHeader(http.StatusForbidden)
		}
	})
	reader, err := normalize.NewReader(&normalize.Profile{Vendor: "x", Rules: []normalize.Rule{
		{Name: "disk", Match: normalize.Match{Status: []string{"403"}}, Type: problem.QuotaExceeded},
	}})
	if err != nil {
		t.Fatal(err)
	}
	g := startGateway(t, to(v.URL, maxWait(0), func(u *proxy.Upstream) { u.Reader = reader }))
	for range 3 {
		if p := g.get(t, "/up/disk").problem(t); p.Code != problem.QuotaExceeded {
			t.Errorf("%+v", p)
		}
		if a := g.get(t, "/up/other"); a.StatusCode != http.StatusOK {
			t.Errorf("another request got %d", a.StatusCode)
		}
	}
}

// TestObserveHoldsNothing counts what would have been held and refused.
func TestObserveHoldsNothing(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL, limited(2, time.Hour), limited(1, time.Second), maxWait(2*time.Second), throttleMode("observe")))
	for range 4 {
		if a := g.get(t, "/up/x"); a.StatusCode != http.StatusOK {
			t.Errorf("%d", a.StatusCode)
		}
	}
	var got []ratelimit.Kind
	for range 4 {
		x := g.ended(t)
		got = append(got, decisions(x)...)
		if x.ThrottleWait != 0 {
			t.Errorf("held for %v", x.ThrottleWait)
		}
	}
	want := []ratelimit.Kind{ratelimit.Sent, ratelimit.WouldWait, ratelimit.WouldRefuse, ratelimit.WouldRefuse}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
