package ratelimit_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"gateway/ratelimit"
)

// TestCoolDownsAreCapped is trap 44: no time that a vendor names becomes a burst or an endless rest.
func TestCoolDownsAreCapped(t *testing.T) {
	for _, c := range []struct {
		report      ratelimit.Report
		least, most time.Duration
	}{
		{ratelimit.Report{Refused: true, HasWait: true, Wait: math.MaxInt64}, time.Hour, time.Hour + 1100*time.Millisecond},
		{ratelimit.Report{Refused: true, HasWait: true, Wait: 24 * time.Hour}, time.Hour, time.Hour + 1100*time.Millisecond},
		{ratelimit.Report{Refused: true, HasWait: true, Wait: time.Minute}, time.Minute, time.Minute + time.Second},
		{ratelimit.Report{Refused: true, HasWait: true}, 0, 10 * time.Millisecond},
		{ratelimit.Report{Refused: true, HasWait: true, Wait: math.MinInt64}, 0, 10 * time.Millisecond},
		{ratelimit.Report{Refused: true}, time.Second, 2 * time.Second},
		{ratelimit.Report{}, 0, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := ratelimit.New(limits(0))
			start := time.Now()
			acquire(t, l, ratelimit.Request{}).Report(c.report)
			acquire(t, l, ratelimit.Request{MaxWait: 2 * time.Hour})
			if waited := time.Since(start); waited < c.least || waited > c.most {
				t.Errorf("%+v: rested for %v, want %v to %v", c.report, waited, c.least, c.most)
			}
		})
	}
}

// TestLaterEndCounts: of two cool-downs, and without a time each refusal doubles it.
func TestLaterEndCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(limits(0))
		a, b, c := acquire(t, l, ratelimit.Request{}), acquire(t, l, ratelimit.Request{}), acquire(t, l, ratelimit.Request{})
		for g, wait := range map[*ratelimit.Grant]time.Duration{&a: time.Minute, &b: 5 * time.Minute, &c: time.Second} {
			g.Report(ratelimit.Report{Refused: true, HasWait: true, Wait: wait})
		}
		if left := time.Until(l.Status().CoolDown); left < 5*time.Minute || left > 5*time.Minute+1100*time.Millisecond {
			t.Errorf("%v left", left)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(limits(0))
		for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
			g := acquire(t, l, ratelimit.Request{MaxWait: time.Hour})
			g.Report(ratelimit.Report{Refused: true})
			g.Done()
			if left := time.Until(l.Status().CoolDown); left < want*time.Second || left > want*time.Second+1100*time.Millisecond {
				t.Errorf("rests for %v, want %v", left, want*time.Second)
			}
		}
	})
}

// TestRefusalsOfOneMomentAreOne: what was under way at the first refusal makes the rest no longer.
func TestRefusalsOfOneMomentAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(limits(0))
		var all []ratelimit.Grant
		for range 10 {
			all = append(all, acquire(t, l, ratelimit.Request{}))
		}
		for _, g := range all {
			pass(10 * time.Millisecond)
			g.Report(ratelimit.Report{Refused: true})
		}
		if left := time.Until(l.Status().CoolDown); left > 1200*time.Millisecond {
			t.Errorf("ten refusals of one moment rest the key for %v", left)
		}
	})
}

// TestScopesCoolDownApart: a refusal of one booking holds that booking; an outage holds all.
func TestScopesCoolDownApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(limits(0))
		book := func(id string) ratelimit.Request {
			return ratelimit.Request{Scopes: []ratelimit.Scope{{Name: "book", Key: "book/" + id, Limits: []ratelimit.Limit{{Requests: 20, Per: 5 * time.Minute}}}}}
		}
		acquire(t, l, book("1")).Report(ratelimit.Report{Refused: true, HasWait: true, Wait: time.Minute})
		if e := refused(t, second(l.Acquire(t.Context(), book("1")))); e.Reason != ratelimit.InCoolDown || e.RetryAfter < time.Minute {
			t.Errorf("%+v", e)
		}
		acquire(t, l, ratelimit.Request{})
		acquire(t, l, book("2")).Report(ratelimit.Report{Refused: true, HasWait: true, Wait: time.Minute, Whole: true})
		refused(t, second(l.Acquire(t.Context(), ratelimit.Request{})))
		refused(t, second(l.Acquire(t.Context(), book("3"))))
	})
}

// TestVendorsCountIsPacedWhereItIsLower: somebody else uses the account, so that what is left is spread until the reset.
func TestVendorsCountIsPacedWhereItIsLower(t *testing.T) {
	hour := ratelimit.Limit{Requests: 5000, Per: time.Hour}
	for name, c := range map[string]struct {
		limits  []ratelimit.Limit
		count   ratelimit.Count
		reports int
		most    int // sent within 100 s
		least   int
	}{
		"the vendor has counted more":       {[]ratelimit.Limit{hour}, ratelimit.Count{Limit: 5000, Remaining: 100, Reset: 100 * time.Second}, 1, 100, 95},
		"it is used up":                     {[]ratelimit.Limit{hour}, ratelimit.Count{Limit: 5000, Remaining: 0, Reset: 99 * time.Second}, 1, 20, 0},
		"we have counted more":              {[]ratelimit.Limit{hour}, ratelimit.Count{Limit: 5000, Remaining: 4999, Reset: time.Hour}, 1, 1200, 1000},
		"nobody configured it, once":        {nil, ratelimit.Count{Name: "x", Limit: 60, Remaining: 10, Reset: 100 * time.Second}, 1, 1000, 1000},
		"nobody configured it, twice alike": {nil, ratelimit.Count{Name: "x", Limit: 60, Remaining: 10, Reset: 100 * time.Second}, 2, 10, 7},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := ratelimit.New(limits(0, c.limits...))
				for range c.reports {
					g := acquire(t, l, ratelimit.Request{})
					g.Report(ratelimit.Report{Counts: []ratelimit.Count{c.count}})
					g.Done()
				}
				start, sent := time.Now(), 0
				for time.Since(start) < 99*time.Second && sent < 2000 {
					if g, err := l.Acquire(t.Context(), ratelimit.Request{}); err == nil {
						g.Done()
						sent++
						continue
					}
					pass(50 * time.Millisecond)
				}
				if sent > c.most && c.most < 1000 || sent < c.least {
					t.Errorf("%d sent until the reset, want %d to %d", sent, c.least, c.most)
				}
			})
		})
	}
}

// TestUnknownLimitsAreFound: of a vendor whose 50 a second nobody configured, at most one in a hundred is refused, most
// of the rest is used, and what was found is on the status until it is forgotten.
func TestUnknownLimitsAreFound(t *testing.T) {
	limit := ratelimit.Limit{Requests: 50, Per: time.Second}
	s := simulation{
		settings: limits(0), vendor: &slidingWindow{limit: 50, per: time.Second}, loads: []load{{name: "a", weight: 1, rate: 200}},
		lasts: 2 * time.Minute, wait: time.Second, network: 10 * time.Millisecond, jitter: 5 * time.Millisecond, told: true,
	}
	r := s.run(t)
	t.Logf("unknown limit of 50/s, 200/s offered: %.2f%% refused by the vendor, used %.0f%%", 100*float64(r.refused)/float64(r.passed+r.refused), 100*r.used(limit))
	if float64(r.refused) > 0.01*float64(r.passed) || r.used(limit) < 0.75 {
		t.Errorf("%v", r)
	}
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(limits(0))
		for range 10 {
			g := acquire(t, l, ratelimit.Request{})
			g.Report(ratelimit.Report{})
			g.Done()
		}
		acquire(t, l, ratelimit.Request{}).Report(ratelimit.Report{Refused: true, HasWait: true})
		if !hasQuota(l, "found") {
			t.Errorf("%+v", l.Status())
		}
		pass(15 * time.Minute)
		if hasQuota(l, "found") {
			t.Errorf("not forgotten: %+v", l.Status())
		}
	})
}

func hasQuota(l *ratelimit.Limiter, name string) bool {
	for _, q := range l.Status().Quotas {
		if q.Name == name {
			return true
		}
	}
	return false
}

// TestOrdersHoldInEveryMode: a pause and a cool-down by hand, with their reasons, over a reload.
func TestOrdersHoldInEveryMode(t *testing.T) {
	for _, mode := range []string{ratelimit.ModeEnforce, ratelimit.ModeObserve, ratelimit.ModeOff} {
		synctest.Test(t, func(t *testing.T) {
			s := ratelimit.Settings{Config: ratelimit.Config{Mode: mode}}
			l := ratelimit.New(s)
			ask := ratelimit.Request{Consumer: "a"}
			l.Pause("a", "ticket 7")
			l.Configure(s)
			if e := refused(t, second(l.Acquire(t.Context(), ask))); e.Reason != ratelimit.Paused || e.Why != "ticket 7" {
				t.Errorf("%s: %+v", mode, e)
			}
			acquire(t, l, ratelimit.Request{Consumer: "b"})
			if !l.Resume("a") || l.Resume("a") {
				t.Errorf("%s: one pause ends once", mode)
			}
			acquire(t, l, ask)
			l.CoolDown(time.Minute, "they called")
			l.Configure(s)
			for _, key := range []string{"", "new"} {
				if e := refused(t, second(l.Acquire(t.Context(), ratelimit.Request{Key: key}))); e.Reason != ratelimit.InCoolDown || e.Why != "they called" {
					t.Errorf("%s: %+v", mode, e)
				}
			}
			l.ClearCoolDown()
			acquire(t, l, ask)
		})
	}
}

// TestPauseRefusesThoseWhoWait tells them why at once.
func TestPauseRefusesThoseWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(limits(1))
		g := acquire(t, l, ratelimit.Request{Consumer: "a"})
		errs := make(chan error, 2)
		for _, consumer := range []string{"a", "b"} {
			go func() {
				errs <- second(l.Acquire(t.Context(), ratelimit.Request{Consumer: consumer, MaxWait: time.Hour}))
			}()
		}
		synctest.Wait()
		l.Pause("a", "because")
		if e := refused(t, <-errs); e.Reason != ratelimit.Paused || e.Why != "because" {
			t.Errorf("%+v", e)
		}
		pass(time.Second)
		if len(errs) != 0 {
			t.Error("the other one was refused too")
		}
		g.Done()
		if err := <-errs; err != nil {
			t.Error(err)
		}
	})
}
