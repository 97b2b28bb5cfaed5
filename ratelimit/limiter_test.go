package ratelimit_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"gateway/ratelimit"
)

// limits returns settings that enforce limits.
func limits(concurrency int, all ...ratelimit.Limit) ratelimit.Settings {
	return ratelimit.Settings{Config: ratelimit.Config{Limits: all, Concurrency: concurrency}}
}

// limiter is what the contract is about, whatever keeps the counts.
type limiter interface {
	Acquire(ctx context.Context, r ratelimit.Request) (ratelimit.Grant, error)
	Configure(s ratelimit.Settings)
	Pause(consumer, why string)
	Resume(consumer string) bool
	CoolDown(wait time.Duration, why string)
	ClearCoolDown()
	Status() ratelimit.Status
}

var _ limiter = (*ratelimit.Limiter)(nil)

// overStores runs a test for each store, which opens a limiter in a bubble: the memory, and every server that is installed.
func overStores(t *testing.T, test func(t *testing.T, open opener)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		test(t, func(_ *testing.T, s ratelimit.Settings) limiter { return ratelimit.New(s) })
	})
	for _, program := range []string{"redis-server", "valkey-server"} {
		t.Run(program, func(t *testing.T) {
			server := startServer(t, program)
			opened := 0
			test(t, func(t *testing.T, s ratelimit.Settings) limiter {
				opened++ // each has counts of its own
				s.Name = fmt.Sprint("up-", opened)
				return openAt(t, server.url(), s)
			})
		})
	}
}

// opener opens a limiter that has sent nothing yet, in the bubble of t.
type opener func(t *testing.T, s ratelimit.Settings) limiter

// inBubbles runs a test of the contract for each store.
func inBubbles(t *testing.T, test func(t *testing.T, open func(ratelimit.Settings) limiter)) {
	t.Helper()
	overStores(t, func(t *testing.T, open opener) {
		synctest.Test(t, func(t *testing.T) {
			test(t, func(s ratelimit.Settings) limiter { return open(t, s) })
		})
	})
}

// openAt is a limiter in a bubble that counts in a server, by the bubble's clock.
func openAt(t *testing.T, url string, s ratelimit.Settings) *ratelimit.Limiter {
	t.Helper()
	l, _ := openStore(t, url, &ratelimit.Air{}, s)
	return l
}

func openStore(t *testing.T, url string, air *ratelimit.Air, s ratelimit.Settings) (*ratelimit.Limiter, *ratelimit.Redis) {
	t.Helper()
	store, err := ratelimit.NewRedisByOurClock(url, air)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	store.OnChange = func(err error) { t.Errorf("the store fails: %v", err) }
	s.Store = store
	return ratelimit.New(s), store
}

// pass lets the time of a bubble go by. Nothing waits for a timer that is due at once: that ends a bubble under the race
// detector with a fault of Go's runtime.
func pass(d time.Duration) {
	if d > 0 {
		<-time.After(d)
	}
}

// refused returns the *Error that Acquire must have given.
func refused(t testing.TB, err error) *ratelimit.Error {
	t.Helper()
	e, ok := errors.AsType[*ratelimit.Error](err)
	if !ok {
		t.Fatalf("got %v, want a refusal", err)
	}
	return e
}

// acquire must succeed.
func acquire(t testing.TB, l limiter, r ratelimit.Request) ratelimit.Grant {
	t.Helper()
	g, err := l.Acquire(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestWaitingIsRefusedAtOnceIfItWouldBeTooLong(t *testing.T) {
	inBubbles(t, func(t *testing.T, open func(ratelimit.Settings) limiter) {
		l := open(limits(0, ratelimit.Limit{Requests: 10, Per: time.Second}))
		start, ask := time.Now(), ratelimit.Request{Consumer: "a", MaxWait: time.Second}
		for range 2 {
			acquire(t, l, ask)
		}
		ask.MaxWait = 10 * time.Millisecond
		e := refused(t, second(l.Acquire(t.Context(), ask)))
		if e.Reason != ratelimit.OverLimit || e.RetryAfter < 100*time.Millisecond || e.RetryAfter > 250*time.Millisecond {
			t.Errorf("%+v", e)
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("the refusal took %v", waited)
		}
		ask.MaxWait = time.Second
		if g := acquire(t, l, ask); g.Decision.Kind != ratelimit.Waited || g.Decision.Wait > e.RetryAfter*6/5 {
			t.Errorf("%+v; the refusal said %v", g.Decision, e.RetryAfter)
		}
	})
}

func second[A any](_ A, err error) error { return err }

// TestGoneWaitersSpendNothing is traps 52 and 53: who leaves takes no token along, and no place.
func TestGoneWaitersSpendNothing(t *testing.T) {
	inBubbles(t, func(t *testing.T, open func(ratelimit.Settings) limiter) {
		l := open(limits(0, ratelimit.Limit{Requests: 10, Per: time.Second}))
		for range 2 {
			acquire(t, l, ratelimit.Request{})
		}
		served := make(chan time.Duration, 200)
		start := time.Now()
		for i := range 100 {
			ctx, cancel := context.WithCancel(t.Context())
			if i%2 == 0 {
				time.AfterFunc(time.Millisecond, cancel)
			}
			go func() {
				defer cancel()
				if _, err := l.Acquire(ctx, ratelimit.Request{MaxWait: time.Minute}); err == nil {
					served <- time.Since(start)
				} else if !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			}()
		}
		pass(time.Minute)
		synctest.Wait()
		close(served)
		n, last := 0, time.Duration(0)
		for at := range served {
			n, last = n+1, max(last, at)
		}
		if n != 50 || last > 5500*time.Millisecond {
			t.Errorf("%d of 50 served, the last after %v; want about 5 s", n, last)
		}
	})
}

// TestTurnPassesByWhoHasJustLeft: the turn of one whose caller left at that very moment is the next one's.
func TestTurnPassesByWhoHasJustLeft(t *testing.T) {
	inBubbles(t, func(t *testing.T, open func(ratelimit.Settings) limiter) {
		l := open(limits(1))
		first := acquire(t, l, ratelimit.Request{})
		ctx, leave := context.WithCancel(t.Context())
		results := make(chan error, 1)
		go func() { results <- second(l.Acquire(ctx, ratelimit.Request{MaxWait: time.Hour})) }()
		synctest.Wait()
		next := make(chan ratelimit.Grant, 1)
		go func() { next <- acquire(t, l, ratelimit.Request{MaxWait: time.Hour}) }()
		synctest.Wait()
		leave()
		first.Done()
		synctest.Wait()
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Errorf("the one who left got %v", err)
		}
		select {
		case g := <-next:
			g.Done()
		default:
			t.Error("the next one still waits")
		}
		pass(2 * time.Hour)
	})
}

// TestForecastKnowsOfTheRamp: after a cool-down there is no burst, so that fewer can be served within their bound.
func TestForecastKnowsOfTheRamp(t *testing.T) {
	inBubbles(t, func(t *testing.T, open func(ratelimit.Settings) limiter) {
		l := open(limits(0, ratelimit.Limit{Requests: 100, Per: time.Second}))
		l.CoolDown(10*time.Second, "because")
		results := make(chan error, 1000)
		for range 1000 {
			go func() {
				g, err := l.Acquire(t.Context(), ratelimit.Request{MaxWait: 12 * time.Second})
				g.Done()
				results <- err
			}()
		}
		synctest.Wait()
		if atOnce := len(results); atOnce < 800 || atOnce > 910 {
			t.Errorf("%d of 1000 were refused at once; about 96 a second can be served from 10 or 11 s to 12 s", atOnce)
		}
		pass(time.Minute)
		synctest.Wait()
		served := 0
		for range 1000 {
			if <-results == nil {
				served++
			}
		}
		if served < 80 || served > 195 {
			t.Errorf("%d were served", served)
		}
	})
}

func ExampleLimit() {
	for _, l := range []ratelimit.Limit{{Requests: 100, Per: time.Second}, {Requests: 5000, Per: time.Hour}, {Requests: 20, Per: 5 * time.Minute}} {
		memory := ratelimit.New(limits(0, l))
		burst := 0
		for {
			if _, err := memory.Acquire(context.Background(), ratelimit.Request{}); err != nil {
				break
			}
			burst++
		}
		fmt.Println(l.Requests, l.Per, "lets", burst, "through at once")
	}
	// Output:
	// 100 1s lets 10 through at once
	// 5000 1h0m0s lets 1000 through at once
	// 20 5m0s lets 20 through at once
}
