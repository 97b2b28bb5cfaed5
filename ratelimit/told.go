package ratelimit

import (
	"slices"
	"time"

	"golang.org/x/time/rate"
)

const (
	maxTold   = 8               // counts that are believed at once
	sameReset = 2 * time.Second // resets that differ by less are of one window
	toldBurst = 5               // a fifth of what is left may go out at once, the rest evenly until the reset
)

// Count is what a vendor says about one of its limits.
type Count struct {
	Name      string // the vendor's word; "" where it has one only
	Limit     int64  // -1 if unknown
	Remaining int64
	Window    time.Duration // 0 if unknown
	Reset     time.Duration // until it is whole again
}

// told is a budget for a limit of which the vendor counts less left than this gateway does, because others use the same
// account. What is left is spread until the reset; after that the budget is dropped.
type told struct {
	name   string
	limit  int64
	window time.Duration
	left   int64
	resets time.Time
	sure   bool // it is of the whole quota key; some vendors count each endpoint apart and name them alike
	pace   *rate.Limiter
	parts  int  // gateways that each keep to a part of it
	shared bool // gateways pay for it together, by tokens
	news   bool // the store is to be told
}

func newTold(name string) *told { return &told{name: name, pace: rate.NewLimiter(1, 1), parts: 1} }

var _ budget = (*told)(nil)

// hear accepts a vendor's count if it is lower than ours of the same window. A count in the answer to a request with limits
// of its own may be about those limits.
func (g *gate) hear(c Count, scoped bool, now time.Time) {
	ours := g.windowOf(c)
	i := slices.IndexFunc(g.told, func(t *told) bool { return t.name == c.Name })
	switch {
	case ours == nil && scoped:
	case ours != nil && int64(ours.left(now)) <= c.Remaining:
		if i >= 0 {
			g.told = slices.Delete(g.told, i, i+1)
			g.gather()
		}
	case i >= 0:
		g.told[i].update(c, ours != nil, now)
	case len(g.told) < maxTold:
		t := newTold(c.Name)
		t.parts = g.limiter.parts()
		t.update(c, ours != nil, now)
		g.told = append(g.told, t)
		g.gather()
	}
}

// windowOf returns our window that the vendor's count is about; nil if there is none.
func (g *gate) windowOf(c Count) *window {
	i := slices.IndexFunc(g.windows, func(w *window) bool {
		return w.limit.Per == c.Window || int64(w.limit.Requests) == c.Limit
	})
	if i < 0 {
		return nil
	}
	return g.windows[i]
}

// update takes a newer count. Answers overtake each other, so what is left never rises within a window. A count for a limit
// that nobody configured is accepted when it comes for the second time.
func (t *told) update(c Count, known bool, now time.Time) {
	resets := now.Add(c.Reset)
	again := t.limit == c.Limit && resets.Sub(t.resets).Abs() < sameReset
	if again {
		resets, c.Remaining = t.resets, min(c.Remaining, t.left)
	}
	t.sure = known || again
	t.limit, t.window, t.left, t.resets, t.news = c.Limit, c.Window, c.Remaining, resets, true
	t.tune(now)
}

// tune spreads what is left.
func (t *told) tune(now time.Time) {
	span := max(t.resets.Sub(now), time.Millisecond)
	t.pace.SetLimitAt(now, rate.Limit(max(float64(t.left)/float64(t.parts), 1)/span.Seconds()))
	t.pace.SetBurstAt(now, max(1, int(t.ours()/toldBurst)))
}

// ours is the part that this gateway may use.
func (t *told) ours() int64 { return (t.left + int64(t.parts) - 1) / int64(t.parts) }

// due implements budget.
func (t *told) due(now time.Time, cost int) time.Duration {
	reset := t.resets.Sub(now)
	switch {
	case reset <= 0 || !t.sure || t.shared:
		return 0
	case t.ours() < int64(cost):
		return reset
	}
	return min(reset, paceWait(t.pace, now, min(cost, t.pace.Burst())))
}

// forecast implements budget.
func (t *told) forecast(now time.Time, n int) time.Duration {
	reset := t.resets.Sub(now)
	switch {
	case reset <= 0 || !t.sure || t.shared:
		return 0
	case t.ours() < int64(n):
		return reset
	}
	return min(reset, paceWait(t.pace, now, n))
}

// take implements budget.
func (t *told) take(now time.Time, cost int) {
	if !t.shared {
		t.left = max(0, t.left-int64(cost))
	}
	spend(t.pace, now, cost)
}

// drain implements budget.
func (t *told) drain(now time.Time) { empty(t.pace, now) }

// perSecond implements budget.
func (t *told) perSecond() float64 { return float64(t.pace.Limit()) }

// policy implements budget.
func (t *told) policy(now time.Time) Policy {
	return Policy{Name: "vendor", Quota: t.limit, Window: t.window, Remaining: t.left, Reset: max(0, t.resets.Sub(now))}
}

// text implements budget.
func (t *told) text() string { return "what the vendor says is left of its quota" }

// over is true when it no longer holds any request.
func (t *told) over(now time.Time) bool { return !t.resets.After(now) }
