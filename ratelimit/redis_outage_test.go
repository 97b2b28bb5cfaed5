package ratelimit_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"gateway/ratelimit"
)

// sendFor sends requests through each of these gateways, one after each pause, for so long; it returns how many were let
// through.
func (a *together) sendFor(t *testing.T, lasts, pause time.Duration, gateways ...int) int {
	t.Helper()
	before := a.sent.total()
	for end := time.Now().Add(lasts); time.Now().Before(end); pass(pause) {
		for _, gateway := range gateways {
			a.send(t, gateway, 1, pause, 0)
		}
	}
	return a.sent.total() - before
}

// TestALongWindowOutlastsTheStore: gateways of which one had most of a long window go on when the store fails, each with its
// part of what is left and with what comes back of its own; in no such window is more than the limit sent, before, during and
// after, whether the store has kept its memory or not.
func TestALongWindowOutlastsTheStore(t *testing.T) {
	server := startRedis(t)
	for _, l := range []ratelimit.Limit{
		{Requests: 300, Per: 10 * time.Minute}, // of which all may go at once
		{Requests: 700, Per: 10 * time.Minute}, // which is spread
	} {
		for _, empty := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d, memory lost %v", l.Requests, empty), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					all, stop := openTogether(t, server.url(), 3, limits(0, l))
					defer stop()
					pause := l.Per / time.Duration(l.Requests)
					all.sendFor(t, l.Per/2, pause, 0)
					all.sendFor(t, 5*time.Second, time.Second, 0, 1, 2)
					if n := all.sent.total(); n < l.Requests*4/10 || n > l.Requests*6/10 {
						t.Fatalf("%d were sent before", n)
					}
					all.air.Fail(false, true)
					pass(time.Second)
					for i := range all.all {
						if all.sendFor(t, 10*time.Second, pause, i) == 0 {
							t.Errorf("gateway %d stands still", i)
						}
					}
					for round, share := range []int{50, 85} { // of 100: parts are not equal before a window has passed
						if n := all.sendFor(t, l.Per, pause, 0, 1, 2); n < l.Requests*share/100 {
							t.Errorf("%d were sent in window %d without the store", n, round)
						}
					}
					all.air.Fail(false, false)
					if empty {
						all.forget(t)
					}
					all.sendFor(t, l.Per, pause, 0, 1, 2)
					pass(time.Minute)
					if n := all.sent.most(l.Per); n > l.Requests {
						t.Errorf("%d were sent in %v", n, l.Per)
					}
				})
			})
		}
	}
}

// TestTheFirstBurstAfterALoss: a gateway that never used a quota key cannot tell that the store has forgotten it. It gets the burst
// of an idle limit on top of what was sent, once, until those who know have told of it.
func TestTheFirstBurstAfterALoss(t *testing.T) {
	server := startRedis(t)
	for l, burst := range map[ratelimit.Limit]int{
		{Requests: 100, Per: time.Second}:       10,
		{Requests: 900, Per: 10 * time.Minute}:  180,
		{Requests: 20, Per: 5 * time.Minute}:    20,
		{Requests: 1500, Per: 10 * time.Minute}: 300,
	} {
		t.Run(fmt.Sprintf("%d per %v", l.Requests, l.Per), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				all, stop := openTogether(t, server.url(), 3, limits(0, l))
				defer stop()
				all.sendFor(t, l.Per*3/2, l.Per/time.Duration(l.Requests)/2, 0)
				before := all.sent.most(l.Per)
				all.forget(t)
				all.send(t, 1, 2*l.Requests, time.Second, 0)
				all.send(t, 2, 2*l.Requests, time.Second, 0)
				pass(l.Per / 2)
				t.Logf("%d before, then up to %d", before, all.sent.most(l.Per))
				if n := all.sent.most(l.Per); n > l.Requests+burst {
					t.Errorf("%d were sent in %v, which is more than the limit and a burst of %d", n, l.Per, burst)
				}
			})
		})
	}
}

// TestOverloadOutlastsTheStore: while the store fails, and then, those who have the patience are served, and the limit holds.
func TestOverloadOutlastsTheStore(t *testing.T) {
	server := startRedis(t)
	s := limits(0, ratelimit.Limit{Requests: 100, Per: time.Second})
	crowds := []gathering{{0, "a", 30}, {1, "a", 30}, {1, "b", 30}, {2, "a", 1}}
	var held *together
	sent := servedTogether(t, server.url(), 3, s, 10*time.Millisecond, 20*time.Second, crowds, func(all *together) {
		held = all
		for range 4 {
			pass(1700 * time.Millisecond)
			all.air.Fail(false, true)
			pass(1300 * time.Millisecond)
			all.air.Fail(false, false)
		}
	})
	if n := held.sent.most(time.Second); n > 100 {
		t.Errorf("%d in a second", n)
	}
	if total := held.sent.total(); total < 1300 {
		t.Errorf("%d of 2000 were sent: %v", total, sent)
	}
	t.Log(sent, held.sent.most(time.Second))
}
