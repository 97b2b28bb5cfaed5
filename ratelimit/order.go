package ratelimit

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Pause is what an operator ordered by hand.
type Pause struct {
	Consumer string // "": everybody
	Why      string
	Since    time.Time
}

// Pause refuses what the consumer sends, all that is sent if it is "", until Resume. Those who wait are refused too.
// The reason appears in their problems. It outlives reloads and holds in every mode.
func (l *Limiter) Pause(consumer, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.paused[consumer] = Pause{consumer, why, now}
	for g := range l.gates.all() {
		g.evict(now)
	}
}

// Resume ends a pause. It is false if there was none.
func (l *Limiter) Resume(consumer string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, was := l.paused[consumer]
	delete(l.paused, consumer)
	return was
}

// CoolDown lets nobody send for so long, on any quota key and in every mode. The later of two ends counts.
func (l *Limiter) CoolDown(wait time.Duration, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.rest.extend(now, wait, why)
	for g := range l.gates.all() {
		g.cool.last(l.rest.until, l.rest.why)
		g.lease.tell(now)
		g.pump(now)
	}
}

// ClearCoolDown ends every cool-down, those that the vendor asked for too. What follows is ramped all the same.
func (l *Limiter) ClearCoolDown() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.rest.clear()
	for g := range l.gates.all() {
		g.cool.clear()
		g.lease.tell(now)
		for s := range g.scopes.all() {
			s.cool.clear()
			s.lease.tell(now)
		}
		g.pump(now)
	}
}

// ordered refuses what an operator does not let through. In enforce mode a cool-down is waited for like any other.
func (l *Limiter) ordered(r *Request, now time.Time) error {
	if order, ok := l.pauseOf(r.Consumer); ok {
		return &Error{Reason: Paused, Why: order.Why, Consumer: r.Consumer, Bound: r.MaxWait}
	}
	if left := l.rest.left(now); left > 0 && l.config.Mode != ModeEnforce {
		return &Error{Reason: InCoolDown, Why: l.rest.why, Consumer: r.Consumer, Bound: r.MaxWait, RetryAfter: left}
	}
	return nil
}

func (l *Limiter) pauseOf(consumer string) (Pause, bool) {
	if len(l.paused) == 0 {
		return Pause{}, false
	}
	if order, ok := l.paused[""]; ok {
		return order, true
	}
	order, ok := l.paused[consumer]
	return order, ok
}

// pauses lists those in force, by consumer.
func (l *Limiter) pauses() []Pause {
	return slices.SortedFunc(maps.Values(l.paused), func(a, b Pause) int { return cmp.Compare(a.Consumer, b.Consumer) })
}

// evict refuses those who wait and are paused.
func (g *gate) evict(now time.Time) {
	for _, f := range g.flows {
		order, ok := g.limiter.pauseOf(f.name)
		for ok && len(f.lanes) > 0 {
			w := f.lanes[0].waiters[0]
			g.leave(w)
			w.finish(Grant{}, &Error{
				Reason: Paused, Why: order.Why, Consumer: f.name, Bound: w.bound, Held: now.Sub(w.since),
			})
		}
	}
	g.pump(now)
}
