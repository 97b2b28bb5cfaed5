package resilience

import (
	"sync"
	"time"
)

const (
	defaultAttempts  = 3
	defaultBudget    = 0.2
	defaultBudgetMin = 10
)

// budgetSeconds is the window over which the share of retries is measured.
const budgetSeconds = 10

// Budget bounds the retries to one upstream, so that a vendor in trouble gets little more than what callers send: over ten
// seconds a share of the requests, or a fixed number per second if that is more. It outlives reloads and may be used
// concurrently.
type Budget struct {
	mu     sync.Mutex
	share  float64
	min    float64
	counts [budgetSeconds]budgetCount // a ring, by second
}

// budgetCount is what happened within one second.
type budgetCount struct {
	second            int64
	requests, retries float64
}

// NewBudget returns a budget with nothing counted yet.
func NewBudget(c RetryConfig) *Budget {
	b := &Budget{}
	b.Configure(c)
	return b
}

// Configure changes the limits and keeps what was counted.
func (b *Budget) Configure(c RetryConfig) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.share, b.min = valueOr(c.Budget, defaultBudget), valueOr(c.BudgetMin, defaultBudgetMin)
}

func valueOr(p *float64, fallback float64) float64 {
	if p == nil {
		return fallback
	}
	return *p
}

// request counts a request of a caller.
func (b *Budget) request() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slot().requests++
}

// take counts a retry if there is room for it. The fixed number also holds for each single second, because the sum of ten
// seconds sent at once would be a burst.
func (b *Budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.slot()
	requests, retries := b.sums(now.second)
	earned := b.share * requests
	if retries+1 > max(earned, b.min*budgetSeconds) || now.retries+1 > max(earned, b.min) {
		return false
	}
	now.retries++
	return true
}

// slot is the counter of the present second.
func (b *Budget) slot() *budgetCount {
	second := time.Now().Unix()
	c := &b.counts[second%budgetSeconds]
	if c.second != second {
		*c = budgetCount{second: second}
	}
	return c
}

func (b *Budget) sums(second int64) (requests, retries float64) {
	for _, c := range b.counts {
		if c.second > second-budgetSeconds {
			requests += c.requests
			retries += c.retries
		}
	}
	return requests, retries
}
