package ratelimit_test

import (
	"testing"
	"testing/synctest"
	"time"

	"gateway/ratelimit"
)

// gathering is a consumer at one gateway: so many of its requests are under way or wait there at any time.
type gathering struct {
	gateway  int
	consumer string
	n        int
}

// servedTogether is served for gateways that count together: what each has sent.
func servedTogether(t *testing.T, url string, gateways int, s ratelimit.Settings, takes, lasts time.Duration, gatherings []gathering, during func(*together)) []int {
	t.Helper()
	sent := make([]int, len(gatherings))
	synctest.Test(t, func(t *testing.T) {
		all, stop := openTogether(t, url, gateways, s)
		defer stop()
		end := time.Now().Add(lasts)
		for i, c := range gatherings {
			for range c.n {
				go func() {
					for time.Now().Before(end) {
						g, err := all.all[c.gateway].Acquire(t.Context(), ratelimit.Request{Consumer: c.consumer, MaxWait: time.Hour})
						if err != nil {
							t.Error(err)
							return
						}
						all.sent.add(1)
						all.mu.Lock()
						sent[i]++
						all.mu.Unlock()
						pass(takes)
						g.Done()
					}
				}()
			}
		}
		during(all)
		pass(lasts + 10*time.Second) // everybody is served
	})
	return sent
}

// TestGatewaysAndConsumersHaveTheirParts is how far fairness goes over several gateways: each that has requests waiting gets the
// same, as far as it wants it, and shares it by weight among the consumers who wait there; nothing is left unused.
func TestGatewaysAndConsumersHaveTheirParts(t *testing.T) {
	const lasts, takes = 20 * time.Second, 50 * time.Millisecond
	server := startRedis(t)
	tokens, slots := limits(0, ratelimit.Limit{Requests: 100, Per: time.Second}), limits(8)
	for name, c := range map[string]struct {
		settings   ratelimit.Settings
		gatherings []gathering
		least      []float64 // in 100 of all that was sent
	}{
		"tokens, consumers alike at three gateways": {
			tokens,
			[]gathering{{0, "a", 20}, {0, "b", 20}, {1, "a", 20}, {1, "b", 20}, {2, "a", 20}, {2, "b", 20}},
			[]float64{8, 25, 8, 25, 8, 25},
		},
		"tokens, a crowd against two who are few": {
			tokens, []gathering{{0, "a", 200}, {1, "b", 20}, {1, "c", 20}}, []float64{50, 37.5, 12.5},
		},
		"tokens, a consumer alone has its gateway's part, whatever its weight": {
			tokens, []gathering{{0, "a", 30}, {1, "b", 30}}, []float64{50, 50},
		},
		"tokens, one that wants little": { // and waits for its turn each time
			tokens, []gathering{{0, "a", 50}, {1, "b", 1}}, []float64{80, 10}},
		"slots, consumers alike at three gateways": { // three, three and two of them
			slots,
			[]gathering{{0, "a", 20}, {0, "b", 20}, {1, "a", 20}, {1, "b", 20}, {2, "a", 20}, {2, "b", 20}},
			[]float64{6.3, 18.7, 6.3, 18.7, 6.3, 18.7},
		},
		"slots, a consumer alone has its gateway's part": {slots, []gathering{{0, "a", 30}, {1, "b", 30}}, []float64{50, 50}},
		"slots, one that wants little":                   {slots, []gathering{{0, "a", 30}, {1, "b", 1}}, []float64{87.5, 12.5}},
	} {
		t.Run(name, func(t *testing.T) {
			c.settings.Weights = map[string]float64{"b": 3}
			sent, total := servedTogether(t, server.url(), 3, c.settings, takes, lasts, c.gatherings, func(*together) {}), 0
			for _, n := range sent {
				total += n
			}
			for i, least := range c.least {
				if got := 100 * float64(sent[i]) / float64(total); got < 0.85*least {
					t.Errorf("%+v: %.1f of 100, want %.1f", c.gatherings[i], got, least)
				}
			}
			most := 100 * lasts.Seconds()
			if c.settings.Concurrency > 0 {
				most = 8 * lasts.Seconds() / takes.Seconds()
			}
			t.Logf("%v", sent)
			if float64(total) < 0.93*most {
				t.Errorf("%d of %.0f were sent", total, most)
			}
		})
	}
}
