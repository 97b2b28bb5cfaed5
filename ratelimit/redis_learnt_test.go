package ratelimit_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"gateway/ratelimit"
)

// quotaOf returns what a gateway says of a limit.
func quotaOf(m *member, name string) (ratelimit.Policy, bool) {
	for _, q := range m.Status().Quotas {
		if q.Name == name {
			return q, true
		}
	}
	return ratelimit.Policy{}, false
}

// TestToldCountsHoldAtEveryGateway: what a vendor said to one is left to all together.
func TestToldCountsHoldAtEveryGateway(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	all := joinAll(t, server.url(), 3, limits(0)) // nothing is configured
	count := ratelimit.Count{Name: "day", Limit: 100, Remaining: 6, Window: time.Hour, Reset: time.Hour}
	for _, m := range all { // its answer never comes: an idle quota key is forgotten, and hears nothing
		acquire(t, m, ratelimit.Request{MaxWait: 10 * time.Second})
	}
	for range 2 { // a count that nobody configured is believed when it comes a second time
		acquire(t, all[0], ratelimit.Request{MaxWait: 10 * time.Second}).Report(ratelimit.Report{Counts: []ratelimit.Count{count}})
	}
	for _, m := range all {
		eventually(t, "it hears what the vendor told another", func() bool {
			q, ok := quotaOf(m, "vendor")
			return ok && q.Quota == 100 && q.Reset > 50*time.Minute
		})
	}
	sent := 0
	for i := range 30 {
		if g, err := all[i%3].Acquire(t.Context(), ratelimit.Request{}); err == nil {
			sent++
			g.Done()
		} else if e := refused(t, err); e.Limit != "what the vendor says is left of its quota" {
			t.Fatalf("%+v", e)
		}
	}
	if sent < 1 || sent > 6 {
		t.Errorf("%d were sent by all, of 6 that are left for an hour", sent)
	}
	late := join(t, server.url(), limits(0))
	if e := refused(t, second(late.Acquire(t.Context(), ratelimit.Request{MaxWait: time.Second}))); e.Reason != ratelimit.OverLimit {
		t.Errorf("one that starts later: %+v", e)
	}
}

// slidingLimit is a vendor that takes so many in any second.
type slidingLimit struct {
	mu              sync.Mutex
	counter         slidingWindow
	passed, refused int
}

func (v *slidingLimit) answers() ratelimit.Report {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.counter.allows(time.Now()) {
		v.passed++
		return ratelimit.Report{}
	}
	v.refused++
	return ratelimit.Report{Refused: true, HasWait: true, Wait: time.Second}
}

// TestFoundRatesHoldAtEveryGateway: where no limit is configured, the rate at which the vendor refused one gateway is
// kept by all together.
func TestFoundRatesHoldAtEveryGateway(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	all := joinAll(t, server.url(), 3, limits(0))
	vendor := &slidingLimit{counter: slidingWindow{limit: 60, per: time.Second}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var group sync.WaitGroup
	for _, m := range all {
		for range 5 {
			group.Go(func() {
				for ctx.Err() == nil {
					g, err := m.Acquire(ctx, ratelimit.Request{MaxWait: time.Minute})
					if err != nil {
						continue
					}
					<-time.After(5 * time.Millisecond)
					g.Report(vendor.answers())
					g.Done()
				}
			})
		}
	}
	for _, m := range all {
		eventually(t, "it knows of a rate", func() bool { _, ok := quotaOf(m, "found"); return ok })
	}
	vendor.mu.Lock()
	early := vendor.refused
	vendor.passed, vendor.refused = 0, 0
	vendor.mu.Unlock()
	eventually(t, "requests pass", func() bool {
		vendor.mu.Lock()
		defer vendor.mu.Unlock()
		return vendor.passed > 60
	})
	cancel()
	group.Wait()
	t.Logf("%d refused before, then %d of %d", early, vendor.refused, vendor.passed+vendor.refused)
	rates := map[int64]bool{}
	for _, m := range all {
		q, _ := quotaOf(m, "found")
		rates[q.Quota] = true
	}
	if len(rates) > 2 { // one that grows may be read a moment later
		t.Errorf("gateways keep to different rates: %v", rates)
	}
	if vendor.refused > 20 {
		t.Errorf("%d of %d were refused after a rate was found", vendor.refused, vendor.passed+vendor.refused)
	}
}
