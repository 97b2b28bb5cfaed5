package ratelimit_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gateway/ratelimit"
)

// served runs workers of each consumer for a while, each answered after its own time, and counts what they sent.
func served(t *testing.T, s ratelimit.Settings, lasts time.Duration, takes map[string]time.Duration, workers int) map[string]int {
	t.Helper()
	sent := map[string]int{}
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(s)
		end := time.Now().Add(lasts)
		var mu sync.Mutex
		var group sync.WaitGroup
		for consumer, took := range takes {
			for range workers {
				group.Go(func() {
					for time.Now().Before(end) {
						g, err := l.Acquire(t.Context(), ratelimit.Request{Consumer: consumer, MaxWait: time.Hour})
						if err != nil {
							t.Error(err)
							return
						}
						mu.Lock()
						sent[consumer]++
						mu.Unlock()
						pass(took)
						g.Done()
					}
				})
			}
		}
		group.Wait()
	})
	return sent
}

// TestTokensAreSharedByWeight: weights hold under overload, and what one does not use is the others'.
func TestTokensAreSharedByWeight(t *testing.T) {
	s := limits(0, ratelimit.Limit{Requests: 100, Per: time.Second})
	s.Weights = map[string]float64{"a": 1, "b": 3}
	got := served(t, s, time.Minute, map[string]time.Duration{"a": 0, "b": 0}, 50)
	if ratio := float64(got["b"]) / float64(got["a"]); ratio < 2.85 || ratio > 3.15 {
		t.Errorf("%v: %.2f to 1, want 3 to 1", got, ratio)
	}
	alone := served(t, s, time.Minute, map[string]time.Duration{"a": 0}, 50)
	if alone["a"] < 60*93 {
		t.Errorf("alone, a got %d in a minute of 100/s", alone["a"])
	}
}

// TestSlotsAreShared: a consumer whose requests take ten times as long, and of which there are more than slots, leaves
// the other its share of slots.
func TestSlotsAreShared(t *testing.T) {
	got := served(t, limits(4), time.Minute, map[string]time.Duration{"slow": time.Second, "fast": 100 * time.Millisecond}, 20)
	// Two slots each: 2 a second of the slow ones, 20 a second of the fast ones.
	if got["fast"] < 1100 || got["slow"] < 100 {
		t.Errorf("%v, want about 1200 and 120", got)
	}
}

// TestPriorityOrdersAConsumersOwn: the most urgent first, then the first come; another consumer's are untouched by it.
func TestPriorityOrdersAConsumersOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(limits(1))
		first := acquire(t, l, ratelimit.Request{Consumer: "a"})
		var order []string
		var mu sync.Mutex
		ask := func(consumer string, priority int) {
			name := fmt.Sprintf("%s%d", consumer, priority)
			go func() {
				g := acquire(t, l, ratelimit.Request{Consumer: consumer, Priority: priority, MaxWait: time.Hour})
				mu.Lock()
				order = append(order, name)
				mu.Unlock()
				pass(time.Second)
				g.Done()
			}()
			synctest.Wait()
		}
		for _, priority := range []int{7, 3, 0, 3, 9} {
			ask("a", priority)
		}
		ask("b", 7)
		pass(time.Second)
		first.Done()
		pass(time.Minute)
		synctest.Wait()
		if diff := cmp.Diff([]string{"b7", "a0", "a3", "a3", "a7", "a9"}, order); diff != "" {
			t.Error(diff)
		}
	})
}

// TestForecastIsTheFlowsOwn: a long queue of one consumer does not get another refused.
func TestForecastIsTheFlowsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(limits(0, ratelimit.Limit{Requests: 100, Per: time.Second}))
		for range 2000 {
			go func() {
				_, _ = l.Acquire(t.Context(), ratelimit.Request{Consumer: "greedy", MaxWait: 10 * time.Second})
			}()
		}
		synctest.Wait()
		e := refused(t, second(l.Acquire(t.Context(), ratelimit.Request{Consumer: "greedy", MaxWait: 10 * time.Second})))
		if e.Place < 900 || e.Place > 1000 || e.RetryAfter < 10*time.Second || e.RetryAfter > 11*time.Second {
			t.Errorf("%+v", e)
		}
		g := acquire(t, l, ratelimit.Request{Consumer: "modest", MaxWait: 100 * time.Millisecond})
		if g.Decision.Wait > 21*time.Millisecond {
			t.Errorf("the modest one was held for %v", g.Decision.Wait)
		}
		pass(time.Minute)
		synctest.Wait()
	})
}

// TestCostsAndScopes: a request takes its cost of every limit; a scope holds its own requests and nobody else's; what is
// apart is held by its scope alone.
func TestCostsAndScopes(t *testing.T) {
	config := ratelimit.Config{
		Limits: []ratelimit.Limit{{Requests: 10, Per: time.Hour}},
		Routes: []ratelimit.Route{
			{Name: "report", Path: []string{"/report"}, Cost: 4},
			{Name: "book", Method: []string{"PATCH"}, Path: []string{"/v1/books/{id}", "/v2/books/{id}"}, Limits: []ratelimit.Limit{{Requests: 1, Per: time.Minute}}},
			{Name: "graph", Path: []string{"/graph/**"}, Limits: []ratelimit.Limit{{Requests: 2, Per: time.Minute}}, Apart: true},
			{Name: "free", Path: []string{"/free"}, Apart: true},
		},
	}
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(ratelimit.Settings{Config: config})
		for i, c := range []struct{ method, path, limit string }{
			{"GET", "/report", ""}, // 4 of 10
			{"PATCH", "/v1/books/1", ""},
			{"PATCH", "/v2/books/1", "1 requests per 1m for book"}, // the same book
			{"PATCH", "/v2/books/2", ""},
			{"GET", "/v2/books/2", ""},               // 7
			{"GET", "/REPORT", "10 requests per 1h"}, // would be 11
			{"GET", "/graph", ""},                    // apart
			{"GET", "/graph/a/b", ""},                //
			{"GET", "/graph/c", "2 requests per 1m for graph"},
			{"GET", "/free", ""},
			{"GET", "/x", ""}, // 8
			{"GET", "/x", ""},
			{"GET", "/x", ""}, // 10
			{"GET", "/x", "10 requests per 1h"},
			{"GET", "/free", ""},
		} {
			_, err := l.Acquire(t.Context(), config.Apply(ratelimit.Request{}, c.method, c.path))
			if c.limit == "" {
				if err != nil {
					t.Errorf("%d %s %s: %v", i, c.method, c.path, err)
				}
			} else if e := refused(t, err); e.Limit != c.limit {
				t.Errorf("%d %s %s: held by %q, want %q", i, c.method, c.path, e.Limit, c.limit)
			}
		}
	})
}

// TestKeysAreBounded is traps 53 and 60: a million quota keys that callers made up share what is over the bound, and are
// forgotten when nothing of them counts.
func TestKeysAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(limits(0, ratelimit.Limit{Requests: 2, Per: time.Minute}))
		refusals := 0
		for i := range 20_000 {
			g, err := l.Acquire(t.Context(), ratelimit.Request{Key: fmt.Sprint(i)})
			if err != nil {
				refusals++
			}
			g.Done()
		}
		if keys := l.Status().Keys; keys > 17_000 || refusals < 3_000 {
			t.Errorf("%d keys, %d refusals: what is over the bound must hold its limits together", keys, refusals)
		}
		pass(2 * time.Minute)
		if s := l.Status(); s.Keys != 0 || !l.Idle() {
			t.Errorf("%d keys are left after they were idle", s.Keys)
		}
	})
}

// TestDeadlinesCount is trap 52: of the context too, also one that has passed.
func TestDeadlinesCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(limits(0, ratelimit.Limit{Requests: 1, Per: time.Minute}))
		past, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		if _, err := l.Acquire(past, ratelimit.Request{MaxWait: time.Hour}); err == nil {
			t.Error("a request whose deadline had passed was let through")
		}
		acquire(t, l, ratelimit.Request{})
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		refused(t, second(l.Acquire(soon, ratelimit.Request{MaxWait: time.Hour})))
		if time.Since(start) != 0 {
			t.Error("the refusal was not at once")
		}
	})
}
