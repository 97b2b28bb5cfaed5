package ratelimit

import (
	"fmt"
	"math"
	"slices"
	"time"

	"golang.org/x/time/rate"
)

// The part of a window that is given up, so that a vendor that counts arrivals never sees too many.
const (
	marginShare = 0.025                 // of the window
	marginLeast = 40 * time.Millisecond // what networks and schedulers make of evenly spaced requests
	marginMost  = time.Second
	marginCap   = 0.05 // of the window, for those so short that marginLeast would eat them
)

// exactCount is the largest limit whose sends are remembered one by one. For larger limits, the sends within 1/exactCount
// of the window are remembered together, as of the last one.
const exactCount = 400

// window keeps one Limit. Its history is the guarantee: it remembers what was sent within the last Per plus a margin, and
// allows no more than Requests of it. Its pace is a courtesy: a token bucket that spreads what is left over the time it
// must last, so that nobody waits a whole Per behind a burst. The limiter's mutex guards it.
type window struct {
	limit Limit
	name  string // of the scope that it belongs to, "" for the quota key's own
	sent  history
	pace  *rate.Limiter
	tuned time.Time

	together int // what is left of it, all gateways together, as of heard
	heard    time.Time
	part     part // this gateway's
}

var _ budget = (*window)(nil)

// newWindow returns the window of limit; an idle one may send its burst at once.
func newWindow(name string, limit Limit, now time.Time) *window {
	w := &window{name: name, sent: history{since: now}, pace: rate.NewLimiter(1, limit.burst())}
	w.resize(limit, now)
	return w
}

// resize changes the limit. It keeps what was sent, and no more tokens than there were.
func (w *window) resize(limit Limit, now time.Time) {
	if w.limit = limit; limit.Requests != w.part.equal { // that was a part of another limit
		w.part = part{}
	}
	w.sent.keep = limit.Per + margin(limit.Per)
	w.sent.step = 0
	if limit.Requests > exactCount {
		w.sent.step = limit.Per / exactCount
	}
	w.pace.SetBurstAt(now, limit.burst())
	w.tuned = time.Time{}
	w.tune(now)
}

// margin returns how much longer than per sends are remembered, because the network may delay one request more than
// another.
func margin(per time.Duration) time.Duration {
	share := time.Duration(float64(per) * marginShare)
	most := time.Duration(float64(per) * marginCap)
	return min(max(share, marginLeast), marginMost, most)
}

// tune adapts the pace to what is left, now and then.
func (w *window) tune(now time.Time) {
	if now.Sub(w.tuned) >= w.sent.keep/exactCount {
		w.tuned = now
		w.pace.SetLimitAt(now, rate.Limit(w.carries(now)))
	}
}

// carries is the steady rate at which what is left may be sent.
func (w *window) carries(now time.Time) float64 {
	if w.divided(now) {
		return w.part.carries(&w.sent, now)
	}
	return w.sent.carries(now, w.limit.Requests)
}

// room returns how long it takes until n more may be remembered.
func (w *window) room(now time.Time, n int) time.Duration {
	if w.divided(now) {
		return w.part.room(&w.sent, now, n)
	}
	return w.sent.wait(now, w.limit.Requests, n)
}

// divided is true while the parts of gateways are not equal.
func (w *window) divided(now time.Time) bool { return w.part.remains(now, w.sent.keep) > 0 }

// due implements budget.
func (w *window) due(now time.Time, cost int) time.Duration {
	return w.wait(now, cost, min(cost, w.pace.Burst()))
}

// forecast implements budget.
func (w *window) forecast(now time.Time, n int) time.Duration { return w.wait(now, n, n) }

// wait is how long it takes until n more may be remembered, and the pace lets paced through.
func (w *window) wait(now time.Time, n, paced int) time.Duration {
	w.tune(now)
	wait := max(w.room(now, n), paceWait(w.pace, now, paced))
	if rest := w.part.remains(now, w.sent.keep); rest > 0 { // then it goes on with an equal part
		wait = min(wait, rest+time.Duration(float64(n)/w.perSecond()*float64(time.Second)))
	}
	return wait
}

// take implements budget.
func (w *window) take(now time.Time, cost int) {
	w.sent.add(now, cost)
	w.part.sent += cost
	spend(w.pace, now, cost)
}

// perSecond implements budget.
func (w *window) perSecond() float64 { return float64(w.limit.Requests) / w.sent.keep.Seconds() }

// turn is called with the number of gateways that keep to a part each from now on; or 1 if all count together. Saved tokens
// are given up, unless the limit is not spread.
func (w *window) turn(parts int, now time.Time) {
	if w.limit.burst() < w.limit.Requests {
		w.drain(now)
	}
	w.part = part{}
	since := min(now.Sub(w.heard), w.limit.Per/10) // meanwhile others may have gone on
	left := w.left(now) - int(math.Ceil(w.perSecond()*since.Seconds()))
	w.part = newPart(w.limit.Requests, w.sent.count(now), max(0, left), parts, now)
	w.tuned = time.Time{}
}

// drain implements budget.
func (w *window) drain(now time.Time) { empty(w.pace, now) }

// idle reports whether w can be dropped without any effect.
func (w *window) idle(now time.Time) bool { return w.sent.count(now) == 0 }

// policy implements budget.
func (w *window) policy(now time.Time) Policy {
	return Policy{
		Name: w.label(), Quota: int64(w.limit.Requests), Window: w.limit.Per,
		Remaining: int64(w.left(now)), Reset: w.sent.clear(now),
	}
}

// left is how much of it is left, for all gateways together as far as is known.
func (w *window) left(now time.Time) int {
	sent := w.sent.count(now)
	if w.divided(now) {
		return max(0, min(w.part.most-sent, w.part.equal-w.part.sent))
	}
	left := max(0, w.limit.Requests-sent)
	if !w.heard.IsZero() && now.Sub(w.heard) < w.limit.Per {
		left = min(left, w.together)
	}
	return left
}

// label names the window in headers, problems and metrics: "1h", "bookings:5m".
func (w *window) label() string {
	if w.name == "" {
		return spanText(w.limit.Per)
	}
	return w.name + ":" + spanText(w.limit.Per)
}

// text implements budget.
func (w *window) text() string {
	text := fmt.Sprintf("%d requests per %s", w.limit.Requests, spanText(w.limit.Per))
	if w.name != "" {
		text += " for " + w.name
	}
	return text
}

// fit makes windows for limits. A window that stays keeps what was sent; a new one takes over what the longest of the
// others remembers.
func fit(old []*window, name string, limits []Limit, now time.Time) []*window {
	out := make([]*window, 0, len(limits))
	left := slices.Clone(old)
	for _, limit := range limits {
		i := slices.IndexFunc(left, func(w *window) bool { return w.limit.Per == limit.Per })
		if i < 0 {
			out = append(out, newWindow(name, limit, now).inherit(old, now))
			continue
		}
		left[i].resize(limit, now)
		out = append(out, left[i])
		left = slices.Delete(left, i, i+1)
	}
	return out
}

// inherit takes over what the longest of others remembers. Those sends have used up the burst.
func (w *window) inherit(others []*window, now time.Time) *window {
	if longest := longestOf(others); longest != nil {
		w.sent.inherit(&longest.sent, now)
		spend(w.pace, now, min(w.sent.count(now), w.pace.Burst()))
	}
	return w
}

// longestOf is the window that remembers for the longest time; nil if there is none.
func longestOf(all []*window) (longest *window) {
	for _, w := range all {
		if longest == nil || w.sent.keep > longest.sent.keep {
			longest = w
		}
	}
	return longest
}
