package ratelimit

import (
	"context"
	"time"
)

// admit grants the request, refuses it, or makes it wait.
func (g *gate) admit(ctx context.Context, r *Request, now time.Time) (Grant, *waiter, error) {
	scopes, f := g.scopesOf(r.Scopes, now), g.flow(r.Consumer)
	if g.limiter.config.Mode == ModeObserve {
		return g.observe(f, r, scopes, now), nil, nil
	}
	if g.waiting == 0 && g.due(r, scopes, now) == 0 {
		return g.grant(f, r, scopes, now), nil, nil
	}
	return g.queue(ctx, f, *r, scopes, now)
}

// queue makes the request wait, if its turn will come in time.
func (g *gate) queue(ctx context.Context, f *flow, r Request, scopes []*scope, now time.Time) (Grant, *waiter, error) {
	g.limiter.turn++
	w := &waiter{
		request: r, place: g.limiter.turn, since: now, bound: g.boundOf(ctx, r, now), gone: ctx.Done(), ready: make(chan struct{}),
	}
	g.enter(w, f, scopes)
	g.pump(now)
	if w.finished {
		return w.grant, nil, w.err
	}
	o := g.expect(f, &r, w.lane, scopes, now)
	if g.limiter.waiting > maxWaiting {
		o.reason = QueueFull
	} else if o.wait <= w.bound {
		return Grant{}, w, nil
	}
	g.leave(w)
	return Grant{}, nil, g.explain(o, &r, w.bound, 0, now)
}

// boundOf is how long a request may be held: by its own bound and its context's deadline.
func (g *gate) boundOf(ctx context.Context, r Request, now time.Time) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return min(r.MaxWait, deadline.Sub(now))
	}
	return r.MaxWait
}

func (g *gate) enter(w *waiter, f *flow, scopes []*scope) {
	f.enter(w, scopes)
	g.waiting++
	g.limiter.waiting++
}

func (g *gate) leave(w *waiter) {
	w.lane.flow.leave(w)
	g.waiting--
	g.limiter.waiting--
}

// due is how long a request that arrives now would wait if it were alone; forever if that is unknown.
func (g *gate) due(r *Request, scopes []*scope, now time.Time) time.Duration {
	if wait := max(g.shut(now), dueOf(scopes, now, r.Cost)); wait > 0 || r.Apart {
		return wait
	}
	return g.room(r.Cost, now)
}

// shut is how long nothing at all may be sent: during a cool-down, and during the probe after it.
func (g *gate) shut(now time.Time) time.Duration {
	if wait := g.cool.left(now); wait > 0 {
		return wait
	}
	if g.probing.IsZero() {
		return 0
	}
	return max(0, g.probing.Sub(now))
}

// room is how long slots and budgets hold a request of this cost.
func (g *gate) room(cost int, now time.Time) time.Duration {
	if g.limiter.apart(OnFailureOpen) {
		return 0
	}
	if wait := g.crowded(now); wait > 0 {
		return wait
	}
	var wait time.Duration
	for _, b := range g.budgets {
		wait = max(wait, b.due(now, cost))
	}
	if wait > 0 {
		return wait
	}
	return g.lease.due(now, cost)
}

// pump grants requests as long as it is somebody's turn, then sets the timer for the next one.
func (g *gate) pump(now time.Time) {
	for g.waiting > 0 {
		w, wait := g.next(now)
		if w == nil {
			g.wakeIn(wait)
			return
		}
		g.leave(w)
		select {
		case <-w.gone: // who left spends nothing
			w.finish(Grant{}, errGone)
		default:
			grant := g.grant(w.lane.flow, &w.request, w.lane.scopes, now)
			grant.Decision = Decision{Waited, now.Sub(w.since)}
			if grant.Decision.Wait == 0 {
				grant.Decision.Kind = Sent
			}
			w.finish(grant, nil)
		}
	}
	g.wakeIn(forever)
}

// next returns the request whose turn has come, else how long that takes.
func (g *gate) next(now time.Time) (*waiter, time.Duration) {
	if wait := g.shut(now); wait > 0 {
		return nil, wait
	}
	w, wait := g.fairest(now, true)
	if w != nil {
		return w, 0
	}
	w, soonest := g.fairest(now, false)
	if w != nil {
		if soonest = g.room(w.request.Cost, now); soonest == 0 {
			return w, 0
		}
	}
	return nil, min(wait, soonest)
}

// wakeIn sets the timer. It is never early: the clock is asked again.
func (g *gate) wakeIn(wait time.Duration) {
	switch {
	case wait >= forever:
		if g.timer != nil {
			g.timer.Stop()
		}
	case g.timer == nil:
		g.timer = time.AfterFunc(wait, g.wake)
	default:
		g.timer.Reset(wait)
	}
}

func (g *gate) wake() {
	g.limiter.mu.Lock()
	defer g.limiter.mu.Unlock()
	g.pump(time.Now())
}

// wanting is the cost of waiting requests that count towards the quota key's limits.
func (g *gate) wanting() int {
	sum := 0
	for _, f := range g.flows {
		for _, l := range f.lanes {
			if !l.apart {
				sum += l.cost()
			}
		}
	}
	return sum
}
