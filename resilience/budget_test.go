package resilience_test

import (
	"testing"
	"testing/synctest"
	"time"

	"gateway/resilience"
)

func TestBudgetIsAShareOfTheRequests(t *testing.T) {
	for name, tc := range map[string]struct {
		perSecond, seconds int
		most               float64 // retries by requests
	}{
		"busy":                  {500, 60, 0.2},
		"just over the minimum": {60, 60, 0.2},
		"quiet":                 {5, 60, 2}, // 10 a second are always allowed
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := resilience.NewBudget(resilience.RetryConfig{})
				requests, retries := 0, 0
				for range tc.seconds * tc.perSecond {
					<-time.After(time.Second / time.Duration(tc.perSecond))
					requests++
					b.Request()
					for range 2 {
						if b.Take() {
							retries++
						}
					}
				}
				if share := float64(retries) / float64(requests); share > tc.most || share < tc.most*0.9 {
					t.Errorf("%d retries of %d requests: a share of %.3f, want up to %.1f", retries, requests, share, tc.most)
				}
			})
		})
	}
}

func TestBudgetAllowsNoBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := resilience.NewBudget(resilience.RetryConfig{})
		b.Request()
		if got := takeAll(b); got != 10 {
			t.Errorf("%d retries in the first second, want 10", got)
		}
		<-time.After(time.Second)
		if got := takeAll(b); got != 10 {
			t.Errorf("%d retries in the next second, want 10", got)
		}
	})
}

func TestBudgetKeepsItsCountsWhenConfigured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := resilience.NewBudget(resilience.RetryConfig{})
		takeAll(b)
		b.Configure(resilience.RetryConfig{BudgetMin: new(12.0)})
		if got := takeAll(b); got != 2 {
			t.Errorf("%d more retries after the minimum rose by 2", got)
		}
		b.Configure(resilience.RetryConfig{Budget: new(0.0), BudgetMin: new(0.0)})
		<-time.After(time.Minute)
		b.Request()
		if got := takeAll(b); got != 0 {
			t.Errorf("%d retries without a budget", got)
		}
	})
}

func takeAll(b *resilience.Budget) (n int) {
	for b.Take() {
		n++
	}
	return n
}
