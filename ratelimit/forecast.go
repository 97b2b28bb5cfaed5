package ratelimit

import (
	"fmt"
	"time"
)

// outlook is when a request would be sent as things stand, and what holds it longest until then.
type outlook struct {
	wait   time.Duration
	reason Reason
	by     budget    // of OverLimit
	cool   *coolDown // of InCoolDown
	place  int       // in the queue, from 1
}

// expect predicts when f's request will have been sent. Its lane is nil if it does not wait in one. The prediction is for
// this flow: a long queue of another consumer delays it by no more than the weights allow.
func (g *gate) expect(f *flow, r *Request, own *lane, scopes []*scope, now time.Time) outlook {
	cost := f.ahead(own, r.Priority, now)
	if own == nil {
		cost += r.Cost
	}
	o := outlook{place: cost}
	for _, s := range scopes {
		s.foretell(&o, r.Cost, own == nil, now)
	}
	shut := g.shut(now)
	if !r.Apart {
		o.place = g.turns(f, cost, now)
		g.foretell(&o, shut, now)
	}
	if shut > 0 {
		o = outlook{max(o.wait, shut), InCoolDown, nil, &g.cool, o.place}
	}
	return o
}

// foretell adds the time for which budgets and slots hold. After a cool-down that lasts for shut, budgets start from
// nothing.
func (g *gate) foretell(o *outlook, shut time.Duration, now time.Time) {
	for _, b := range g.budgets {
		wait := b.forecast(now, o.place)
		if shut > 0 {
			wait = max(wait, shut+time.Duration(float64(o.place-1)/b.perSecond()*float64(time.Second)))
		}
		if wait > o.wait {
			o.wait, o.reason, o.by = wait, OverLimit, b
		}
	}
	if wait := g.lease.forecast(now, o.place); wait > o.wait {
		o.wait, o.reason, o.by = wait, OverLimit, g.lease.tight()
	}
	if wait := g.slots.forecast(g.most(), o.place); wait > o.wait {
		o.wait, o.reason = wait, OverConcurrency
	}
}

// foretell adds the time for which the scope holds.
func (s *scope) foretell(o *outlook, cost int, comes bool, now time.Time) {
	n := s.waiting
	if comes {
		n += cost
	}
	for _, w := range s.windows {
		if wait := w.forecast(now, n); wait > o.wait {
			o.wait, o.reason, o.by = wait, OverLimit, w
		}
	}
	if wait := s.lease.forecast(now, n); wait > o.wait {
		o.wait, o.reason, o.by = wait, OverLimit, s.lease.tight()
	}
	if left := s.cool.left(now); left > 0 {
		o.wait, o.reason, o.cool = max(o.wait, left), InCoolDown, &s.cool
	}
}

// explain makes the error of a refusal.
func (g *gate) explain(o outlook, r *Request, bound, held time.Duration, now time.Time) *Error {
	f := g.flow(r.Consumer)
	e := &Error{Reason: o.reason, Bound: max(0, bound), Held: held, Place: o.place, Consumer: f.name}
	if tight := g.lease.tight(); o.reason == "" && tight != nil { // the store has yet to say when
		e.Reason, o.reason, o.by = OverLimit, OverLimit, tight
	}
	switch o.reason {
	case OverLimit:
		e.Limit = o.by.text()
	case OverConcurrency:
		e.Limit = fmt.Sprintf("%d requests at once", g.limiter.config.Concurrency)
	case InCoolDown:
		e.Why = o.cool.why
	}
	if o.wait < forever {
		e.RetryAfter = o.wait
	}
	e.Share, e.Use = g.share(f, now)
	for _, s := range g.scopesOf(r.Scopes, now) {
		for _, w := range s.windows {
			e.Policies = append(e.Policies, w.policy(now))
		}
	}
	for _, b := range g.budgets {
		e.Policies = append(e.Policies, b.policy(now))
	}
	return e
}

// observe lets a request through and records what would have happened to it. A request that would have been refused costs
// nothing, because it would not have been sent.
func (g *gate) observe(f *flow, r *Request, scopes []*scope, now time.Time) Grant {
	decision := Decision{Kind: Sent}
	if o := g.expect(f, r, nil, scopes, now); o.wait > 0 {
		decision = Decision{WouldWait, o.wait}
		if o.wait > r.MaxWait {
			decision.Kind = WouldRefuse
		}
	}
	if decision.Kind != WouldRefuse {
		g.pay(r, scopes, now)
	}
	grant := g.send(f, r, scopes, false, now)
	grant.Decision = decision
	return grant
}
