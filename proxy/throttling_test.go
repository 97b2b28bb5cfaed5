package proxy_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
