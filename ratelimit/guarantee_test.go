package ratelimit_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"gateway/ratelimit"
)

// ledger is what was sent, as a vendor would see it with no network between.
type ledger struct {
	mu    sync.Mutex
	sends []time.Time
	late  time.Duration // the longest that a request was held, beyond what it may be
}

// held notes how long a request was held, whatever became of it.
func (l *ledger) held(took, most time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.late = max(l.late, took-most)
}

func (l *ledger) add(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range n {
		l.sends = append(l.sends, time.Now())
	}
}

// note adds a send of that time, whenever it is told.
func (l *ledger) note(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sends = append(l.sends, at)
}

// most is the largest number of sends in any interval of length per.
func (l *ledger) most(per time.Duration) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.SortFunc(l.sends, time.Time.Compare)
	most, from := 0, 0
	for i, at := range l.sends {
		for from < i && at.Sub(l.sends[from]) >= per {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

// act is one thing that happens in a random run.
type act struct {
	After    time.Duration
	Kind     string // send, configure, pause, cool-down, refused
	N        int
	Cost     int
	Consumer string
	Wait     time.Duration
}

func drawActs(t *rapid.T) []act {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) act {
		return act{
			After:    time.Duration(rapid.IntRange(0, 700).Draw(t, "after")) * time.Millisecond,
			Kind:     rapid.SampledFrom([]string{"send", "send", "send", "send", "configure", "configure", "pause", "cool-down", "refused", "clear"}).Draw(t, "kind"),
			N:        rapid.IntRange(1, 60).Draw(t, "n"),
			Cost:     rapid.SampledFrom([]int{1, 1, 1, 3}).Draw(t, "cost"),
			Consumer: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "consumer"),
			Wait:     time.Duration(rapid.IntRange(0, 5000).Draw(t, "wait")) * time.Millisecond,
		}
	}), 1, 60).Draw(t, "acts")
}

// TestNoIntervalHoldsMoreThanItsLimit is the guarantee: whatever the load, whatever is configured meanwhile, in no
// interval of length per are more than requests sent. Settings come and go; two windows are in all of them, and one
// comes with every second.
func TestNoIntervalHoldsMoreThanItsLimit(t *testing.T) {
	overStores(t, func(t *testing.T, open opener) {
		rapid.Check(t, func(r *rapid.T) { checkGuarantee(t, r, open) })
	})
}

// checkGuarantee is one random run.
func checkGuarantee(t *testing.T, r *rapid.T, open opener) {
	short := ratelimit.Limit{Requests: rapid.IntRange(3, 50).Draw(r, "short"), Per: time.Second}
	long := ratelimit.Limit{Requests: rapid.IntRange(3, 900).Draw(r, "long"), Per: 20 * time.Second}
	extra := ratelimit.Limit{Requests: rapid.IntRange(3, 90).Draw(r, "extra"), Per: 3 * time.Second}
	sent := runActs(t, drawActs(r), open, short, long, extra)
	for _, limit := range []ratelimit.Limit{short, long} {
		if n := sent.most(limit.Per); n > limit.Requests {
			r.Fatalf("%d sends within %v, the limit is %d", n, limit.Per, limit.Requests)
		}
	}
}

// TestNobodyIsHeldForLongerThanItMay, sent or refused. With a store, which is waited for, it may take a question more.
func TestNobodyIsHeldForLongerThanItMay(t *testing.T) {
	alone := func(_ *testing.T, s ratelimit.Settings) limiter { return ratelimit.New(s) }
	rapid.Check(t, func(r *rapid.T) {
		per := func(n int, d time.Duration) ratelimit.Limit { return ratelimit.Limit{Requests: n, Per: d} }
		acts := drawActs(r)
		if late := runActs(t, acts, alone, per(5, time.Second), per(60, 20*time.Second), per(10, 3*time.Second)).late; late > 0 {
			r.Fatalf("held for %v too long", late)
		}
	})
}

// runActs lets acts happen to a limiter of two limits, with a third that comes and goes.
func runActs(t *testing.T, acts []act, open opener, short, long, extra ratelimit.Limit) *ledger {
	sent := &ledger{}
	synctest.Test(t, func(t *testing.T) {
		l := open(t, limits(4, short, long))
		for i, a := range acts {
			pass(a.After)
			switch a.Kind {
			case "configure":
				all := []ratelimit.Limit{long, short}
				if i%2 == 0 {
					all = append(all, extra)
				}
				s := limits(a.N%8, all...)
				s.Weights = map[string]float64{"a": float64(a.N)}
				l.Configure(s)
			case "pause":
				l.Pause(a.Consumer, "because")
				time.AfterFunc(a.Wait/8, func() { l.Resume(a.Consumer) })
			case "cool-down":
				l.CoolDown(a.Wait/4, "because")
			case "clear":
				l.ClearCoolDown()
			default:
				sendAll(t, l, sent, a)
			}
		}
		pass(10 * time.Second) // everybody has been served or refused
		synctest.Wait()
	})
	return sent
}

// sendAll sends N requests at once, each answered after a while.
func sendAll(t *testing.T, l limiter, sent *ledger, a act) {
	for i := range a.N {
		go func() {
			r := ratelimit.Request{Consumer: a.Consumer, Priority: i % 8, MaxWait: a.Wait, Cost: a.Cost}
			start := time.Now()
			g, err := l.Acquire(t.Context(), r)
			sent.held(time.Since(start), a.Wait)
			if err != nil {
				return
			}
			sent.add(a.Cost)
			defer g.Done()
			pass(time.Duration(i%7) * 30 * time.Millisecond)
			g.Report(ratelimit.Report{Refused: a.Kind == "refused" && i%5 == 0})
		}()
	}
}

// TestLimitsThatComeLaterCountWhatWasSent: a lower limit, a new window and a restart of the settings take effect on
// what went before.
func TestLimitsThatComeLaterCountWhatWasSent(t *testing.T) {
	per := func(n int, d time.Duration) ratelimit.Limit { return ratelimit.Limit{Requests: n, Per: d} }
	for _, after := range [][]ratelimit.Limit{
		{per(30, time.Minute)},
		{per(20, 30*time.Second)},
		{per(20, 30*time.Second), per(30, time.Minute)},
	} {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := ratelimit.New(limits(0, per(30, time.Minute)))
				for range 30 {
					acquire(t, l, ratelimit.Request{})
				}
				pass(10 * time.Second)
				l.Configure(limits(0, after...))
				e := refused(t, second(l.Acquire(t.Context(), ratelimit.Request{})))
				if e.RetryAfter < 20*time.Second {
					t.Errorf("a new limit forgot what was sent: %+v", e)
				}
			})
		})
	}
}
