package ratelimit_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gateway/ratelimit"
)

// fleet is a simulation of many gateways on a clock of their own, with a real server between them.
type fleet struct {
	gateways int
	limit    ratelimit.Limit
	lasts    time.Duration
	vendor   counter

	mu              sync.Mutex
	passed, refused int
	requests        atomic.Int64 // held back ones too
	questions       atomic.Int64
}

// run has each gateway send one request after the other, all of which together are more than the limit.
func (f *fleet) run(t *testing.T, url string) (took time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		stores := make([]*ratelimit.Redis, f.gateways)
		limiters := make([]*ratelimit.Limiter, f.gateways)
		air := &ratelimit.Air{}
		for i := range stores {
			s := limits(0, f.limit)
			s.Name = "up"
			limiters[i], stores[i] = openStore(t, url, air, s)
			stores[i].Beat(t.Context())
		}
		for _, store := range stores { // now each has heard of all
			store.Beat(t.Context())
			store.OnCall = func(time.Duration) { f.questions.Add(1) }
		}
		start := time.Now()
		var group sync.WaitGroup
		for _, l := range limiters {
			group.Go(func() { f.work(t, l, start.Add(f.lasts)) })
		}
		group.Wait()
		took = time.Since(start)
	})
	return took
}

func (f *fleet) work(t *testing.T, l *ratelimit.Limiter, end time.Time) {
	for pass(rand.N(time.Second)); time.Now().Before(end); {
		f.requests.Add(1)
		g, err := l.Acquire(t.Context(), ratelimit.Request{MaxWait: 10 * time.Second})
		if err != nil {
			pass(refused(t, err).RetryAfter + rand.N(time.Second))
			continue
		}
		pass(rand.N(20 * time.Millisecond)) // the network
		f.arrive()
		pass(30 * time.Millisecond)
		g.Report(ratelimit.Report{})
		g.Done()
	}
}

func (f *fleet) arrive() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.vendor.allows(time.Now()) {
		f.passed++
	} else {
		f.refused++
	}
}

// TestSimulateManyGateways: the vendor refuses nobody, its quota is used, and questions are no more than requests by much.
func TestSimulateManyGateways(t *testing.T) {
	second, hour := ratelimit.Limit{Requests: 100, Per: time.Second}, ratelimit.Limit{Requests: 5000, Per: time.Hour}
	for _, f := range []*fleet{
		{gateways: int(lasting(200, 20)), limit: second, lasts: lasting(time.Minute, 5*time.Second)},
		{gateways: int(lasting(1000, 50)), limit: hour, lasts: lasting(2*time.Hour, 20*time.Minute)},
	} {
		t.Run(fmt.Sprintf("%d sharing %d per %v", f.gateways, f.limit.Requests, f.limit.Per), func(t *testing.T) {
			server := startRedis(t, "--maxclients", "4000")
			f.vendor = counters(f.limit)["sliding window"]
			took := f.run(t, server.url())
			used := float64(f.passed) / (float64(f.limit.Requests) * took.Seconds() / f.limit.Per.Seconds())
			t.Logf("SIMULATED %d gateways sharing %d per %v: %d refused by the vendor, used %.1f%%, %d of %d requests sent, %.2f round trips for each of those, and 2 a second of each gateway's heartbeat",
				f.gateways, f.limit.Requests, f.limit.Per, f.refused, 100*used, f.passed, f.requests.Load(), float64(f.questions.Load())/float64(f.passed))
			if f.refused > 0 || used < 0.5 {
				t.Errorf("%d refused, used %.1f%%", f.refused, 100*used)
			}
		})
	}
}
