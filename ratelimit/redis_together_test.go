package ratelimit_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gateway/ratelimit"
)

// TestCoolDownsReachEveryGateway: what a vendor told one holds for all, and so does its end by hand.
func TestCoolDownsReachEveryGateway(t *testing.T) {
	t.Parallel()
	all := joinAll(t, startRedis(t).url(), 3, limits(0, ratelimit.Limit{Requests: 100, Per: time.Second}))
	for _, m := range all {
		acquire(t, m, ratelimit.Request{}).Done()
	}
	resting := func(m *member) bool { return !m.Status().CoolDown.IsZero() }
	acquire(t, all[0], ratelimit.Request{}).Report(ratelimit.Report{Refused: true, HasWait: true, Wait: time.Minute})
	for _, m := range all {
		eventually(t, "it hears of the cool-down", func() bool { return resting(m) })
		if e := refused(t, second(m.Acquire(t.Context(), ratelimit.Request{}))); e.Reason != ratelimit.InCoolDown {
			t.Errorf("%+v", e)
		}
	}
	all[1].ClearCoolDown()
	for _, m := range all {
		eventually(t, "it hears of the end", func() bool { return !resting(m) })
	}
}

// cable leads to a store until it is cut.
type cable struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

func layCable(t *testing.T, to string) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{Listener: l}
	t.Cleanup(c.cut)
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				return
			}
			c.mu.Lock()
			c.conns = append(c.conns, near, far)
			c.mu.Unlock()
			go func() { _, _ = io.Copy(near, far) }()
			go func() { _, _ = io.Copy(far, near) }()
		}
	}()
	return c
}

// cut ends all connections, and refuses further ones.
func (c *cable) cut() {
	c.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		conn.Close()
	}
}

// TestSlotsOfALostGatewayComeBack: a gateway that was killed, which the store sees as one that is heard of no more,
// leaves its slots to the others.
func TestSlotsOfALostGatewayComeBack(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	wire := layCable(t, server.Address)
	s := limits(2)
	lost, left := join(t, "redis://"+wire.Addr().String(), s), join(t, server.url(), s)
	for range 2 {
		acquire(t, lost, ratelimit.Request{MaxWait: 10 * time.Second})
	}
	refused(t, second(left.Acquire(t.Context(), ratelimit.Request{MaxWait: 50 * time.Millisecond})))
	wire.cut()
	eventually(t, "the slots are free", func() bool {
		g, err := left.Acquire(t.Context(), ratelimit.Request{MaxWait: 50 * time.Millisecond})
		g.Done()
		return err == nil
	})
}

// TestSlotsMoveToWhoLacksThem: one gateway that holds all slots lets another have its part.
func TestSlotsMoveToWhoLacksThem(t *testing.T) {
	t.Parallel()
	all := joinAll(t, startRedis(t).url(), 3, limits(2)) // more gateways than slots
	stop := make(chan struct{})
	var group sync.WaitGroup
	var busy, most atomic.Int64
	served := make([]atomic.Int64, len(all))
	for i, m := range all {
		for range 4 {
			group.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					g, err := m.Acquire(t.Context(), ratelimit.Request{MaxWait: time.Minute})
					if err != nil {
						t.Error(err)
						return
					}
					if now := busy.Add(1); now > most.Load() {
						most.Store(now)
					}
					<-time.After(10 * time.Millisecond)
					busy.Add(-1)
					served[i].Add(1)
					g.Done()
				}
			})
		}
	}
	for i := range served {
		eventually(t, "every gateway gets slots", func() bool { return served[i].Load() > 20 })
	}
	close(stop)
	group.Wait()
	if most.Load() > 2 {
		t.Errorf("%d were under way at once", most.Load())
	}
}

// TestEveryKeyEnds is trap 60: whatever callers write, no key stays, and none shows what it was made of.
func TestEveryKeyEnds(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	m := join(t, server.url(), limits(2, ratelimit.Limit{Requests: 10, Per: time.Second}))
	for _, key := range []string{"", "geheim", "a b\r\nc"} {
		acquire(t, m, ratelimit.Request{Key: key, MaxWait: 10 * time.Second}).Report(ratelimit.Report{Refused: true})
	}
	m.Pause("batch", "it ran wild")
	acquire(t, m, ratelimit.Request{MaxWait: 10 * time.Second}).Report(ratelimit.Report{Counts: []ratelimit.Count{{Limit: 10, Remaining: 1, Reset: time.Hour, Window: time.Second}}})
	eventually(t, "orders are told", func() bool { return strings.Contains(server.Ask(t, "keys", "*"), ":orders") })
	eventually(t, "what was learnt is told", func() bool { return strings.Contains(server.Ask(t, "keys", "*"), ":learnt") })
	eventually(t, "cool-downs are told", func() bool { return strings.Count(server.Ask(t, "keys", "*:rest"), ":rest") == 3 })
	const endless = "local n = {} for _, k in ipairs(redis.call('KEYS', '*')) do if redis.call('PTTL', k) < 0 then n[#n+1] = k end end return n"
	if out := strings.TrimSpace(server.Ask(t, "eval", endless, "0")); out != "" {
		t.Errorf("keys that never end: %s", out)
	}
	if keys := server.Ask(t, "keys", "*"); strings.Contains(keys, "geheim") {
		t.Error(keys)
	}
}

// TestQuestionsAreFewerThanRequests: tokens come in batches where requests wait, and ahead of need where windows are long.
func TestQuestionsAreFewerThanRequests(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	store, err := ratelimit.NewPatientRedis(server.url())
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	store.OnCall = func(time.Duration) { asked.Add(1) }
	s := limits(0, ratelimit.Limit{Requests: 1_000_000, Per: time.Hour})
	s.Name, s.Store = "up", store
	l := ratelimit.New(s)
	const requests = 5000
	for range requests {
		if _, err := l.Acquire(t.Context(), ratelimit.Request{MaxWait: 10 * time.Second}); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d questions for %d requests", asked.Load(), requests)
	if asked.Load() > requests/4 {
		t.Errorf("%d questions for %d requests", asked.Load(), requests)
	}
}
