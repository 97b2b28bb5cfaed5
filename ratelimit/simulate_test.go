package ratelimit_test

import (
	"flag"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gateway/ratelimit"
)

// full runs the simulations at their whole length: make simulate.
var full = flag.Bool("simulate", false, "run the simulations at their whole length")

// lasting is how long a simulation lasts: at its whole length, or in short.
func lasting(whole, short time.Duration) time.Duration {
	if *full {
		return whole
	}
	return short
}

// crowd is n consumers with weights 1, 2, 3, 1, …, which together could send twice as much as the limit allows.
func crowd(n int, limit ratelimit.Limit) (loads []load) {
	workers := 8 // each waits for its turn nearly all of the time
	if limit.Per < time.Hour {
		workers = 120
	}
	for i := range n {
		loads = append(loads, load{name: fmt.Sprintf("c%d", i), weight: float64(i%3 + 1), workers: 1 + workers/n})
	}
	return loads
}

// TestSimulateOverload: however a vendor counts, it refuses nothing, its quota is used, and consumers get it by weight.
func TestSimulateOverload(t *testing.T) {
	for _, c := range []struct {
		limit  ratelimit.Limit
		lasts  time.Duration
		jitter time.Duration
		least  float64 // of the quota that must be used
	}{
		{ratelimit.Limit{Requests: 5000, Per: time.Hour}, lasting(24*time.Hour, 2*time.Hour), 400 * time.Millisecond, 0.97},
		{ratelimit.Limit{Requests: 3500, Per: time.Minute}, lasting(time.Hour, 3*time.Minute), 400 * time.Millisecond, 0.97},
		{ratelimit.Limit{Requests: 100, Per: time.Second}, lasting(10*time.Minute, 20*time.Second), 20 * time.Millisecond, 0.93},
	} {
		for _, kind := range []string{"fixed window", "sliding window", "token bucket"} {
			for n := int(lasting(1, 8)); n <= 8; n++ {
				t.Run(fmt.Sprintf("%d per %v, %s, %d consumers", c.limit.Requests, c.limit.Per, kind, n), func(t *testing.T) {
					s := simulation{
						settings: limits(0, c.limit), vendor: counters(c.limit)[kind], loads: crowd(n, c.limit), lasts: c.lasts,
						wait: time.Minute, network: 20 * time.Millisecond, jitter: c.jitter, service: 50 * time.Millisecond,
					}
					r := s.run(t)
					used, jain := r.used(c.limit), r.jain(s.loads)
					t.Logf("SIMULATED %s: %d refused by the vendor, used %.1f%%, Jain's index %.4f, p99 wait of c0 %v",
						t.Name()[len("TestSimulateOverload/"):], r.refused, 100*used, jain, r.p99("c0").Round(time.Millisecond))
					if r.refused != 0 || used < c.least || jain < 0.99 {
						t.Errorf("%v", r)
					}
				})
			}
		}
	}
}

// TestSimulateGreedyConsumer: one that offers ten times its share moves another's p99 wait by one slot at most.
func TestSimulateGreedyConsumer(t *testing.T) {
	limit := ratelimit.Limit{Requests: 100, Per: time.Second}
	slot := time.Duration(float64(limit.Per) * 1.04 / float64(limit.Requests-limit.Requests/10)) // after the burst, at its slowest
	modest := load{name: "modest", weight: 1, rate: 40}
	run := func(loads ...load) result {
		s := simulation{
			settings: limits(0, limit), vendor: counters(limit)["sliding window"], loads: loads, lasts: lasting(5*time.Minute, 20*time.Second),
			wait: 10 * time.Second, network: 5 * time.Millisecond, jitter: 15 * time.Millisecond, service: 10 * time.Millisecond,
		}
		return s.run(t)
	}
	alone := run(modest)
	crowded := run(modest, load{name: "greedy", weight: 1, rate: 480})
	moved := crowded.p99("modest") - alone.p99("modest")
	t.Logf("SIMULATED greedy consumer moves the modest one's p99 wait by %v; a slot is %v", moved, slot)
	if moved > slot || crowded.refused > 0 || crowded.throttled["modest"] > 0 {
		t.Errorf("moved by %v, a slot is %v: %v", moved, slot, crowded)
	}
}

// TestSimulateCoolDown is trap 46: of a thousand who wait for the end of a cool-down, none comes early, one comes first,
// and the rest at the limit's rate.
func TestSimulateCoolDown(t *testing.T) {
	limit := ratelimit.Limit{Requests: 100, Per: time.Second}
	const rest, answer = 30 * time.Second, 100 * time.Millisecond
	var sent ledger
	var start time.Time
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(limits(0, limit))
		start = time.Now()
		acquire(t, l, ratelimit.Request{}).Report(ratelimit.Report{Refused: true, Wait: rest, HasWait: true})
		var group sync.WaitGroup
		for range 1000 {
			group.Go(func() {
				g := acquire(t, l, ratelimit.Request{MaxWait: time.Minute})
				sent.add(1)
				pass(answer)
				g.Report(ratelimit.Report{})
				g.Done()
			})
		}
		group.Wait()
	})
	first := sent.sends[0].Sub(start)
	perSecond := map[int]int{}
	for _, at := range sent.sends {
		perSecond[int(at.Sub(sent.sends[0])/time.Second)]++
	}
	t.Logf("SIMULATED cool-down of %v, 1000 waiters: the first after %v, then %v a second", rest, first, perSecond)
	if first < rest || first > rest+2*time.Second {
		t.Errorf("the first came after %v", first)
	}
	if gap := sent.sends[1].Sub(sent.sends[0]); gap < answer {
		t.Errorf("the second came %v after the probe, whose answer takes %v", gap, answer)
	}
	for second, n := range perSecond {
		if n > limit.Requests {
			t.Errorf("%d in second %d", n, second)
		}
	}
	if most := sent.most(200 * time.Millisecond); most > 21 {
		t.Errorf("%d within 200ms: a burst after the cool-down", most)
	}
}
