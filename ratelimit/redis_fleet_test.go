package ratelimit_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"gateway/ratelimit"
)

// together are gateways of a bubble that count in one server.
type together struct {
	air    *ratelimit.Air
	stores []*ratelimit.Redis
	all    []*ratelimit.Limiter
	sent   ledger

	mu         sync.Mutex
	busy, peak int
	refused    []error
}

// openTogether opens n of them, whose hearts beat until stop is called, with an empty memory. Call it in the bubble of t.
func openTogether(t *testing.T, url string, n int, s ratelimit.Settings) (all *together, stop func()) {
	t.Helper()
	all = &together{air: &ratelimit.Air{}}
	s.Name = "up"
	ctx, cancel := context.WithCancel(t.Context())
	var hearts sync.WaitGroup
	for range n {
		l, store := openStore(t, url, all.air, s)
		store.OnChange = nil
		all.all, all.stores = append(all.all, l), append(all.stores, store)
	}
	all.forget(t)
	for range 2 { // then each has heard of all
		for _, store := range all.stores {
			store.Beat(ctx)
		}
	}
	for i, store := range all.stores {
		hearts.Go(func() {
			for pass(time.Duration(i) * 70 * time.Millisecond); ctx.Err() == nil; pass(ratelimit.Heartbeat) {
				store.Beat(ctx)
			}
		})
	}
	return all, func() {
		cancel()
		hearts.Wait()
	}
}

// forget empties the memory of the store.
func (a *together) forget(t *testing.T) {
	t.Helper()
	if err := a.stores[0].Forget(t.Context()); err != nil {
		t.Error(err)
	}
}

// send sends so many requests at once through one gateway, each of which takes a while.
func (a *together) send(t *testing.T, gateway, n int, wait, takes time.Duration) {
	for range n {
		go func() {
			g, err := a.all[gateway].Acquire(t.Context(), ratelimit.Request{MaxWait: wait})
			a.mu.Lock()
			if err != nil {
				a.refused = append(a.refused, err)
				a.mu.Unlock()
				return
			}
			a.sent.add(1)
			a.busy++
			a.peak = max(a.peak, a.busy)
			a.mu.Unlock()
			pass(takes)
			a.mu.Lock()
			a.busy--
			a.mu.Unlock()
			g.Report(ratelimit.Report{})
			g.Done()
		}()
	}
}

// deed is one thing that happens in a random run of several gateways.
type deed struct {
	After   time.Duration
	Kind    string // send or forget
	Gateway int
	N       int
	Wait    time.Duration
	Takes   time.Duration
}

func drawDeeds(t *rapid.T, gateways int, kinds ...string) []deed {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) deed {
		return deed{
			After:   time.Duration(rapid.IntRange(0, 400).Draw(t, "after")) * time.Millisecond,
			Kind:    rapid.SampledFrom(kinds).Draw(t, "kind"),
			Gateway: rapid.IntRange(0, gateways-1).Draw(t, "gateway"),
			N:       rapid.IntRange(1, 60).Draw(t, "n"),
			Wait:    time.Duration(rapid.IntRange(0, 3000).Draw(t, "wait")) * time.Millisecond,
			Takes:   time.Duration(rapid.IntRange(0, 200).Draw(t, "takes")) * time.Millisecond,
		}
	}), 1, 40).Draw(t, "deeds")
}

// TestNoIntervalHoldsMoreThanItsLimitWhateverTheStoreForgets is the guarantee of several gateways: whoever sends, and whenever
// the store's memory is emptied, all together send no more than the limits allow.
func TestNoIntervalHoldsMoreThanItsLimitWhateverTheStoreForgets(t *testing.T) {
	server := startRedis(t)
	rapid.Check(t, func(r *rapid.T) {
		const slots = 5
		n := rapid.IntRange(2, 4).Draw(r, "gateways")
		short := ratelimit.Limit{Requests: rapid.IntRange(4, 60).Draw(r, "short"), Per: time.Second}
		long := ratelimit.Limit{Requests: rapid.IntRange(8, 300).Draw(r, "long"), Per: 20 * time.Second}
		deeds := drawDeeds(r, n, "send", "send", "send", "send", "forget")
		var all *together
		synctest.Test(t, func(t *testing.T) {
			var stop func()
			all, stop = openTogether(t, server.url(), n, limits(slots, short, long))
			for i := range n { // who has never used a quota cannot tell that it was forgotten
				all.send(t, i, 1, time.Second, 0)
			}
			pass(time.Second)
			for _, d := range deeds {
				if pass(d.After); d.Kind == "send" {
					all.send(t, d.Gateway, d.N, d.Wait, d.Takes)
				} else {
					all.forget(t)
				}
			}
			pass(5 * time.Second) // everybody has been served or refused
			stop()
		})
		for _, limit := range []ratelimit.Limit{short, long} {
			if n := all.sent.most(limit.Per); n > limit.Requests {
				r.Fatalf("%d sends within %v, the limit is %d", n, limit.Per, limit.Requests)
			}
		}
		if all.peak > slots {
			r.Fatalf("%d at once", all.peak)
		}
	})
}

// TestAnIdleGatewayTellsWhatTheStoreForgot: what it sent long ago counts, whether it hears of the loss by a message or finds out with
// its next heartbeat.
func TestAnIdleGatewayTellsWhatTheStoreForgot(t *testing.T) {
	server := startRedis(t)
	for _, deaf := range []bool{false, true} {
		t.Run(fmt.Sprint("messages lost ", deaf), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				all, stop := openTogether(t, server.url(), 2, limits(0, ratelimit.Limit{Requests: 10, Per: time.Hour}))
				defer stop()
				all.air.Fail(deaf, false)
				all.send(t, 0, 6, 0, 0)
				all.send(t, 1, 1, 0, 0)
				pass(30 * time.Minute)
				all.forget(t)
				pass(time.Second)
				for range 20 {
					all.send(t, 1, 1, 0, 0)
					pass(30 * time.Second)
				}
				if n := len(all.sent.sends); n != 10 {
					t.Errorf("%d of 10 were sent within 40 minutes", n)
				}
			})
		})
	}
}

// TestLostMemoryRefusesNobody: a request that may not be held at all waits until the store was told anew what was sent.
func TestLostMemoryRefusesNobody(t *testing.T) {
	server := startRedis(t)
	synctest.Test(t, func(t *testing.T) {
		all, stop := openTogether(t, server.url(), 2, limits(4, ratelimit.Limit{Requests: 100, Per: time.Second}))
		defer stop()
		longest := time.Duration(0)
		for i := range 200 {
			if i%25 == 7 {
				all.forget(t)
			}
			start := time.Now()
			g, err := all.all[i%2].Acquire(t.Context(), ratelimit.Request{})
			if err != nil {
				t.Fatalf("request %d: %v", i, err)
			}
			g.Done()
			longest = max(longest, time.Since(start))
			pass(30 * time.Millisecond)
		}
		if longest > 50*time.Millisecond {
			t.Errorf("one waited for %v", longest)
		}
	})
}

// TestNewsReachEveryGateway within a second, by a message at once and by the heartbeat where messages are lost: what an operator
// ordered, what the vendor asked for, what it said is left.
func TestNewsReachEveryGateway(t *testing.T) {
	server := startRedis(t)
	news := map[string]struct {
		tell  func(t *testing.T, l *ratelimit.Limiter)
		heard func(s ratelimit.Status) bool
	}{
		"pause": {
			func(_ *testing.T, l *ratelimit.Limiter) { l.Pause("batch", "it ran wild") },
			func(s ratelimit.Status) bool { return len(s.Pauses) == 1 && s.Pauses[0].Why == "it ran wild" },
		},
		"cool-down": {
			func(t *testing.T, l *ratelimit.Limiter) {
				acquire(t, l, ratelimit.Request{MaxWait: time.Second}).Report(ratelimit.Report{Refused: true, HasWait: true, Wait: time.Minute})
			},
			func(s ratelimit.Status) bool { return !s.CoolDown.IsZero() },
		},
		"learnt limit": {
			func(t *testing.T, l *ratelimit.Limiter) {
				for range 2 { // it is believed when it comes a second time
					acquire(t, l, ratelimit.Request{MaxWait: time.Second}).Report(ratelimit.Report{
						Counts: []ratelimit.Count{{Name: "day", Limit: 900, Remaining: 6, Window: time.Hour, Reset: time.Hour}},
					})
				}
			},
			func(s ratelimit.Status) bool {
				return slices.ContainsFunc(s.Quotas, func(p ratelimit.Policy) bool { return p.Name == "vendor" })
			},
		},
	}
	for what, one := range news {
		for _, deaf := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, messages lost %v", what, deaf), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					all, stop := openTogether(t, server.url(), 3, limits(0, ratelimit.Limit{Requests: 100, Per: time.Second}))
					defer stop()
					for _, l := range all.all { // a quota key that nobody uses hears nothing
						acquire(t, l, ratelimit.Request{MaxWait: time.Second})
					}
					pass(time.Second)
					all.air.Fail(deaf, false)
					one.tell(t, all.all[0])
					pass(time.Second)
					for i, l := range all.all {
						if !one.heard(l.Status()) {
							t.Errorf("gateway %d has not heard of it in a second", i)
						}
					}
				})
			})
		}
	}
}

// TestUnusedTokensGoBack: what one gateway leased ahead and does not use, another may.
func TestUnusedTokensGoBack(t *testing.T) {
	server := startRedis(t)
	synctest.Test(t, func(t *testing.T) {
		all, stop := openTogether(t, server.url(), 2, limits(0, ratelimit.Limit{Requests: 1000, Per: time.Hour}))
		defer stop()
		left := func() int64 { return all.all[1].Status().Quotas[0].Remaining }
		for range 150 { // so many that it leases ahead
			acquire(t, all.all[0], ratelimit.Request{MaxWait: time.Minute}).Done()
		}
		acquire(t, all.all[1], ratelimit.Request{MaxWait: time.Minute}).Done()
		pass(time.Second)
		ahead := 1000 - 151 - left()
		pass(2 * time.Minute) // tokens of an hour's limit are valid for half a minute
		acquire(t, all.all[1], ratelimit.Request{MaxWait: time.Minute}).Done()
		pass(time.Second)
		if kept := 1000 - 152 - left(); ahead <= 0 || kept > 5 {
			t.Errorf("%d were leased ahead, of which %d never came back", ahead, kept)
		}
	})
}
