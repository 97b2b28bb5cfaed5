package ratelimit

import (
	"fmt"
	"math"
	"time"

	"golang.org/x/time/rate"
)

const (
	decrease    = 0.7              // of the rate at which the vendor refused
	recovery    = 30 * time.Second // until that rate is tried again
	forgetAfter = 10 * time.Minute // without another refusal
	leastRate   = 1                // a second; slower limits are kept by cool-downs alone
	passedStep  = 50 * time.Millisecond
)

// found is a limit that nobody configured: the rate at which the vendor refused, reduced by a part, and then slowly raised
// again. It grows like TCP CUBIC's window (RFC 9438): fast at first, slowly near the rate that was too high, and beyond it
// faster and faster, until it is dropped.
type found struct {
	best  float64 // sends a second that the vendor let through before it refused
	since time.Time
	pace  *rate.Limiter

	parts  int  // gateways that each keep to a part of it
	shared bool // gateways pay for it together, by tokens
	news   bool // the store is to be told
}

var _ budget = (*found)(nil)

// back slows down after the refusal of a request that was sent at a given time. Requests that were already under way at the
// previous refusal are no new evidence, and neither is a refusal before which nothing was let through. The time until the
// next increase counts from the end of the cool-down.
func (g *gate) back(sent, now time.Time) {
	parts := g.limiter.parts()
	best := float64(g.passed.count(now) * parts)
	if best == 0 || g.found != nil && !sent.After(g.found.since) {
		return
	}
	if g.found == nil {
		g.found = &found{pace: rate.NewLimiter(1, 1), parts: parts}
	} else {
		best = min(best, g.found.rate(now))
	}
	g.found.news = true
	g.found.best, g.found.since = max(best, leastRate), now.Add(g.cool.left(now))
	g.found.tune(now)
	g.gather()
}

// rate is the rate that is tried now.
func (f *found) rate(now time.Time) float64 {
	x := max(0, float64(now.Sub(f.since))/float64(recovery)) - 1
	return f.best * (1 + (1-decrease)*math.Pow(x, 3))
}

func (f *found) tune(now time.Time) {
	r := f.rate(now) / float64(f.parts)
	f.pace.SetLimitAt(now, rate.Limit(r))
	f.pace.SetBurstAt(now, max(1, int(r/10)))
}

// over is true when the limit is to be dropped.
func (f *found) over(now time.Time) bool { return now.Sub(f.since) > forgetAfter }

// due implements budget.
func (f *found) due(now time.Time, cost int) time.Duration {
	if f.shared {
		return 0
	}
	f.tune(now)
	return paceWait(f.pace, now, min(cost, f.pace.Burst()))
}

// forecast implements budget.
func (f *found) forecast(now time.Time, n int) time.Duration {
	if f.shared {
		return 0
	}
	f.tune(now)
	return paceWait(f.pace, now, n)
}

// take implements budget.
func (f *found) take(now time.Time, cost int) { spend(f.pace, now, cost) }

// drain implements budget.
func (f *found) drain(now time.Time) { empty(f.pace, now) }

// perSecond implements budget.
func (f *found) perSecond() float64 { return float64(f.pace.Limit()) }

// policy implements budget.
func (f *found) policy(now time.Time) Policy {
	f.tune(now)
	return Policy{
		Name: "found", Quota: int64(math.Ceil(f.perSecond())), Window: time.Second,
		Remaining: int64(max(0, f.pace.TokensAt(now))),
	}
}

// text implements budget.
func (f *found) text() string {
	return fmt.Sprintf("%.3g requests per 1s, found by trying after the vendor refused", f.perSecond())
}
