package proxy_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"gateway/credentials"
	"gateway/normalize"
	"gateway/problem"
	"gateway/proxy"
)

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
