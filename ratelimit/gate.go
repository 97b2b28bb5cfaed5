package ratelimit

import (
	"context"
	"slices"
	"time"
)

// gate keeps one quota key: what was sent on it, who waits, whose turn it is. Budgets are only asked for the one whose
// turn it is, so that nobody who leaves takes a token along. It is guarded by the limiter's mutex.
type gate struct {
	limiter *Limiter
	windows []*window
	told    []*told
	found   *found
	budgets []budget // all of the above
	scopes  recent[*scope]
	slots   slots
	flows   []*flow
	virtual float64 // time of the fair queue: when the one that was sent last started
	cool    coolDown
	probing time.Time // until when the others wait for the first one after a cool-down
	passed  history   // answers of the last second that were no refusal
	waiting int
	timer   *time.Timer
}

func newGate(l *Limiter, now time.Time) *gate {
	g := &gate{limiter: l, passed: history{since: now, keep: time.Second, step: passedStep}}
	if rest := l.rest.left(now); rest > 0 {
		g.cool.extend(now, rest, l.rest.why)
	}
	g.configure(now)
	return g
}

// configure fits the gate to the limiter's settings. What was sent, who waits and what was learnt stays.
func (g *gate) configure(now time.Time) {
	g.windows = fit(g.windows, "", g.limiter.config.Limits, now)
	g.flows = slices.DeleteFunc(g.flows, func(f *flow) bool {
		f.weight = g.limiter.weightOf(f.name)
		return len(f.lanes) == 0 && f.inFlight == 0 && f.sent.read(now) < 1
	})
	g.gather()
	g.pump(now)
}

// gather lists the budgets anew.
func (g *gate) gather() {
	g.budgets = g.budgets[:0]
	for _, w := range g.windows {
		g.budgets = append(g.budgets, w)
	}
	for _, t := range g.told {
		g.budgets = append(g.budgets, t)
	}
	if g.found != nil {
		g.budgets = append(g.budgets, g.found)
	}
}

// flow returns the consumer's.
func (g *gate) flow(consumer string) *flow {
	for _, f := range g.flows {
		if f.name == consumer {
			return f
		}
	}
	f := &flow{gate: g, name: consumer, weight: g.limiter.weightOf(consumer)}
	g.flows = append(g.flows, f)
	return f
}

// admit grants the request, refuses it, or lets it wait.
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

// queue lets the request wait if its turn is to come in time.
func (g *gate) queue(ctx context.Context, f *flow, r Request, scopes []*scope, now time.Time) (Grant, *waiter, error) {
	g.limiter.turn++
	w := &waiter{
		request: r, place: g.limiter.turn, since: now, bound: boundOf(ctx, r, now), gone: ctx.Done(), ready: make(chan struct{}),
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
func boundOf(ctx context.Context, r Request, now time.Time) time.Duration {
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

// due is how long a request that comes now would have to wait if nobody else did; forever if nobody knows.
func (g *gate) due(r *Request, scopes []*scope, now time.Time) time.Duration {
	if wait := max(g.shut(now), dueOf(scopes, now, r.Cost)); wait > 0 || r.Apart {
		return wait
	}
	return g.room(r.Cost, now)
}

// shut is how long nobody at all may send: a cool-down, and its probe.
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
	if most := g.limiter.config.Concurrency; most > 0 && g.slots.busy >= most {
		return forever // until one is released
	}
	var wait time.Duration
	for _, b := range g.budgets {
		wait = max(wait, b.due(now, cost))
	}
	return wait
}

// pump grants as long as somebody's turn has come, then sets the timer for the next one.
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

// next returns the one whose turn has come, else how long that takes.
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

// grant pays for a request and gives it a slot.
func (g *gate) grant(f *flow, r *Request, scopes []*scope, now time.Time) Grant {
	probe := g.cool.ended(now)
	if probe {
		g.drain(now)
		g.probing = now.Add(probePatience)
	}
	g.pay(r, scopes, now)
	return g.send(f, r, scopes, probe, now)
}

// drain empties every budget, so that a cool-down is followed by their rate and no burst.
func (g *gate) drain(now time.Time) {
	for _, b := range g.budgets {
		b.drain(now)
	}
}

func (g *gate) pay(r *Request, scopes []*scope, now time.Time) {
	for _, s := range scopes {
		s.take(now, r.Cost)
	}
	if r.Apart {
		return
	}
	for _, b := range g.budgets {
		b.take(now, r.Cost)
	}
}

// send notes that a request goes out.
func (g *gate) send(f *flow, r *Request, scopes []*scope, probe bool, now time.Time) Grant {
	g.served(f, r.Cost)
	f.sent.add(now, r.Cost)
	n, turn := g.slots.claim(slot{flow: f, scopes: scopes, apart: r.Apart, probe: probe, since: now})
	return Grant{Decision{Kind: Sent}, g, n, turn}
}

// done frees a slot.
func (g *gate) done(n int, turn uint64, now time.Time) {
	cell := g.slots.held(n, turn)
	if cell == nil {
		return
	}
	if cell.probe {
		g.probing = time.Time{}
	}
	g.slots.release(n, now)
	g.pump(now)
}

// idle tells whether forgetting g changes nothing.
func (g *gate) idle(now time.Time) bool {
	g.forget(now)
	if g.waiting > 0 || g.slots.inUse() > 0 || g.shut(now) > 0 || len(g.told) > 0 || g.found != nil {
		return false
	}
	for _, w := range g.windows {
		if !w.idle(now) {
			return false
		}
	}
	for s := range g.scopes.all() {
		if !s.idle(now) {
			return false
		}
	}
	return true
}
