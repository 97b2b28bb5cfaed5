package ratelimit_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"gateway/ratelimit"
)

// paused is true while a gateway refuses a consumer's requests by an operator's order.
func paused(t *testing.T, m *member, consumer string) bool {
	t.Helper()
	g, err := m.Acquire(t.Context(), ratelimit.Request{Consumer: consumer, MaxWait: 10 * time.Second})
	if err == nil {
		g.Done()
		return false
	}
	if e := refused(t, err); e.Reason != ratelimit.Paused || e.Why != "a batch ran wild" {
		t.Fatalf("%+v", e)
	}
	return true
}

// TestOrdersHoldAtEveryGateway: a pause that an operator gave to one gateway, at the others too, also at one that starts
// later, at those that lost the store meanwhile, and after it lost its memory.
func TestOrdersHoldAtEveryGateway(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	s := limits(0, ratelimit.Limit{Requests: 1000, Per: time.Second})
	all := joinAll(t, server.url(), 3, s, joinHasty)
	becomes := func(what, consumer string, want bool) {
		t.Helper()
		for _, m := range all {
			eventually(t, what, func() bool { return paused(t, m, consumer) == want })
		}
	}
	all[0].Pause("batch", "a batch ran wild")
	becomes("paused everywhere", "batch", true)
	becomes("others go on", "web", false)
	if at := all[1].Status().Pauses[0]; at.Consumer != "batch" || at.Why != "a batch ran wild" || time.Since(at.Since).Abs() > patience {
		t.Errorf("%+v", at)
	}

	all = append(all, joinHasty(t, server.url(), s))
	becomes("paused where it starts later", "batch", true)

	server.Ask(t, "flushall")
	all[1].Pause("", "a batch ran wild")
	becomes("a second pause after the memory was lost", "web", true)
	all = append(all, joinHasty(t, server.url(), s))
	becomes("the first one, too, where it starts after that", "batch", true)

	if !all[2].Resume("") || !all[2].Resume("batch") {
		t.Fatal("the gateway knows of no pauses")
	}
	becomes("resumed everywhere", "batch", false)
	becomes("resumed everywhere", "web", false)

	server.Kill()
	for _, m := range all {
		eventually(t, "the store is found to fail", func() bool { return !m.store.Status().Up })
	}
	all[0].Pause("batch", "a batch ran wild")
	if !paused(t, all[0], "batch") {
		t.Error("a pause does not hold where it was ordered while the store is down")
	}
	server.restart(t)
	becomes("paused everywhere after the store is back", "batch", true)
}

// TestOrderedCoolDownsHoldAtEveryGateway, on quota keys that the gateway which was told has never seen.
func TestOrderedCoolDownsHoldAtEveryGateway(t *testing.T) {
	t.Parallel()
	all := joinAll(t, startRedis(t).url(), 2, limits(0, ratelimit.Limit{Requests: 1000, Per: time.Second}))
	acquire(t, all[1], ratelimit.Request{Key: "tenant", MaxWait: 10 * time.Second}).Done()
	rests := func() bool {
		g, err := all[1].Acquire(t.Context(), ratelimit.Request{Key: "tenant", MaxWait: 100 * time.Millisecond})
		if err == nil {
			g.Done()
			return false
		}
		return refused(t, err).Reason == ratelimit.InCoolDown
	}
	all[0].CoolDown(time.Hour, "maintenance")
	eventually(t, "it rests", rests)
	if why := all[1].Status().CoolDownWhy; why != "maintenance" {
		t.Errorf("%q", why)
	}
	all[0].ClearCoolDown()
	eventually(t, "it rests no more", func() bool { return !rests() })
}

// TestTheLastOfTwoOrdersHolds: a cool-down that is ended at once is ended at the store, too, although the news of it take longer
// than those of its end.
func TestTheLastOfTwoOrdersHolds(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	wire, anHour := layToxic(t, server.Address), "$10\r\n36" // of microseconds, as the store is told
	m := join(t, "redis://"+wire.Addr().String(), limits(0, ratelimit.Limit{Requests: 1000, Per: time.Second}))
	acquire(t, m, ratelimit.Request{MaxWait: 10 * time.Second}).Done()
	wire.only.Store(&anHour)
	wire.delay.Store(int64(300 * time.Millisecond))
	m.CoolDown(time.Hour, "a mistake")
	m.ClearCoolDown()
	m.stop() // which waits for what is under way
	if until := restsUntil(t, server, "gateway:{*}:rest"); until == 0 || until > time.Now().UnixMicro() {
		t.Errorf("the store knows of a cool-down until %d", until)
	}
}

// restsUntil is the latest end of a cool-down that the store knows, in microseconds; pattern finds their keys.
func restsUntil(t *testing.T, server *redisServer, pattern string) (latest int64) {
	t.Helper()
	for key := range strings.FieldsSeq(server.Ask(t, "keys", pattern)) {
		until, err := strconv.ParseInt(strings.TrimSpace(server.Ask(t, "hget", key, "until")), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		latest = max(latest, until)
	}
	return latest
}
