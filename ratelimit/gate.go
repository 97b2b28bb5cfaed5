package ratelimit

import (
	"slices"
	"time"
)

// gate keeps one quota key: what was sent, who waits, and whose turn it is. Budgets are asked only for the request whose
// turn it is, so that a caller that leaves takes no token along. The limiter's mutex guards it.
type gate struct {
	limiter *Limiter
	key     string
	windows []*window
	told    []*told
	found   *found
	budgets []budget // all of the above
	lease   *lease   // of what several gateways count together; nil: none
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

func newGate(l *Limiter, key string, now time.Time) *gate {
	g := &gate{limiter: l, key: key, passed: history{since: now, keep: time.Second, step: passedStep}}
	g.lease = newLease(g, nil, key, nil)
	if l.rest.left(now) > 0 {
		g.cool.last(l.rest.until, l.rest.why)
	}
	g.configure(now)
	return g
}

// configure applies the limiter's settings. What was sent, who waits and what was learnt stays.
func (g *gate) configure(now time.Time) {
	g.windows = fit(g.windows, "", g.limiter.part(g.limiter.config.Limits), now)
	if g.lease != nil {
		g.lease.limits = g.limiter.config.Limits
	}
	g.flows = slices.DeleteFunc(g.flows, func(f *flow) bool {
		f.weight = g.limiter.weightOf(f.name)
		return len(f.lanes) == 0 && f.inFlight == 0 && f.sent.read(now) < 1
	})
	g.gather()
	g.pump(now)
}

// gather rebuilds the list of budgets.
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

// flow returns a consumer's flow.
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

// grant pays for a request and gives it a slot.
func (g *gate) grant(f *flow, r *Request, scopes []*scope, now time.Time) Grant {
	probe := g.cool.ended(now)
	switch {
	case probe:
		g.drain(now)
		g.probing = now.Add(probePatience)
	case !g.probing.IsZero(): // for longer than the others have patience
		g.ramp(now)
	}
	g.pay(r, scopes, now)
	return g.send(f, r, scopes, probe, now)
}

// ramp lets the other requests follow the first one after a cool-down.
func (g *gate) ramp(now time.Time) {
	g.probing = time.Time{}
	g.drain(now)
}

// drain empties every budget, so that a cool-down is followed by their steady rate and not by a burst.
func (g *gate) drain(now time.Time) {
	for _, b := range g.budgets {
		b.drain(now)
	}
	g.lease.drain()
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
	g.lease.take(now, r.Cost)
}

// send records that a request is sent.
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
		g.ramp(now)
	}
	g.slots.release(n, now)
	g.lease.freed(now)
	g.pump(now)
}

// idle reports whether g can be dropped without any effect.
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

// close drops what other gateways know of g.
func (g *gate) close() {
	g.lease.close()
	for s := range g.scopes.all() {
		s.lease.close()
	}
}
