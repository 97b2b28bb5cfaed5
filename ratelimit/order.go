package ratelimit

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Pause is an order of an operator.
type Pause struct {
	Consumer string // "": everybody
	Why      string
	Since    time.Time
}

// Pause refuses what the consumer sends until Resume; with "" everything that is sent. Waiting requests are refused too.
// The reason appears in their problems. A pause outlives reloads and applies in every mode, at all gateways that count
// together.
func (l *Limiter) Pause(consumer, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.pause(Pause{consumer, why, now}, now)
	l.tell(order{Consumer: consumer}, &orderText{Why: why}, now)
}

func (l *Limiter) pause(p Pause, now time.Time) {
	l.paused[p.Consumer] = p
	for g := range l.gates.all() {
		g.evict(now)
	}
}

// tell passes an order to the gateways that count together; nil withdraws it.
func (l *Limiter) tell(o order, text *orderText, now time.Time) {
	if l.store != nil {
		o.Upstream = l.name
		l.store.tellOrder(o, text, now)
	}
}

// Resume ends a pause. It returns false if there was none.
func (l *Limiter) Resume(consumer string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, was := l.paused[consumer]
	if was {
		delete(l.paused, consumer)
		l.tell(order{Consumer: consumer}, nil, time.Now())
	}
	return was
}

// CoolDown stops all sending for a time, on every quota key and in every mode. Of two cool-downs, the later end counts.
func (l *Limiter) CoolDown(wait time.Duration, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.coolDownUntil(withJitter(now, wait), why, now)
	l.tell(order{Rest: true}, &orderText{l.rest.why, l.rest.left(now).Microseconds()}, now)
}

func (l *Limiter) coolDownUntil(until time.Time, why string, now time.Time) {
	l.rest.last(until, why)
	for g := range l.gates.all() {
		g.cool.last(l.rest.until, l.rest.why)
		g.lease.tell()
		g.pump(now)
	}
}

// ClearCoolDown ends every cool-down, including those that the vendor asked for. Sending still resumes gradually.
func (l *Limiter) ClearCoolDown() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.clearCoolDowns(now)
	l.tell(order{Rest: true}, nil, now)
}

func (l *Limiter) clearCoolDowns(now time.Time) {
	l.rest.clear(now)
	for g := range l.gates.all() {
		g.cool.clear(now)
		g.lease.tell()
		for s := range g.scopes.all() {
			s.cool.clear(now)
			s.lease.tell()
		}
		g.pump(now)
	}
}

// ordered refuses what an operator does not let through. In enforce mode a request waits for a cool-down as for any other.
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

// pauses lists the pauses in force, by consumer.
func (l *Limiter) pauses() []Pause {
	return slices.SortedFunc(maps.Values(l.paused), func(a, b Pause) int { return cmp.Compare(a.Consumer, b.Consumer) })
}

// evict refuses waiting requests that are paused.
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
