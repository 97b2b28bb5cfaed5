package ratelimit

import "time"

// maxScopes bounds what is counted separately within one quota key. Further scopes share one count for each name.
const maxScopes = 4096

// scope has limits of its own within a quota key.
type scope struct {
	name    string
	windows []*window
	cool    coolDown
	waiting int    // cost of those who wait
	lease   *lease // of what several gateways count together; nil: none
}

// scopesOf finds or makes the scopes of a request.
func (g *gate) scopesOf(wanted []Scope, now time.Time) []*scope {
	if len(wanted) == 0 {
		return nil
	}
	found := make([]*scope, len(wanted))
	for i, s := range wanted {
		found[i] = g.scope(s, now)
	}
	return found
}

func (g *gate) scope(wanted Scope, now time.Time) *scope {
	s, ok := g.scopes.get(wanted.Key)
	if !ok {
		g.scopes.expire(func(s *scope) bool {
			idle := s.idle(now)
			if idle {
				s.lease.close()
			}
			return idle
		})
		if g.scopes.len() >= maxScopes && wanted.Key != wanted.Name {
			return g.scope(Scope{wanted.Name, wanted.Name, wanted.Limits}, now)
		}
		s = &scope{name: wanted.Name}
		s.lease = newLease(g, s, g.key+"\x00"+wanted.Key, wanted.Limits)
		g.scopes.put(wanted.Key, s)
	}
	if limits := g.limiter.part(wanted.Limits); !s.has(limits) {
		s.windows = fit(s.windows, s.name, limits, now)
	}
	if s.lease != nil {
		s.lease.limits = wanted.Limits
	}
	return s
}

// has is true if the windows are those of limits.
func (s *scope) has(limits []Limit) bool {
	if len(s.windows) != len(limits) {
		return false
	}
	for i, l := range limits {
		if s.windows[i].limit != l {
			return false
		}
	}
	return true
}

// due is how long the scope holds a request of this cost.
func (s *scope) due(now time.Time, cost int) time.Duration {
	wait := s.cool.left(now)
	for _, w := range s.windows {
		wait = max(wait, w.due(now, cost))
	}
	if wait > 0 {
		return wait
	}
	return s.lease.due(now, cost)
}

// take pays for a request. What was saved before a cool-down is lost.
func (s *scope) take(now time.Time, cost int) {
	if s.cool.ended(now) {
		for _, w := range s.windows {
			w.drain(now)
		}
		s.lease.drain()
	}
	for _, w := range s.windows {
		w.take(now, cost)
	}
	s.lease.take(now, cost)
}

// idle reports whether s can be dropped without any effect.
func (s *scope) idle(now time.Time) bool {
	for _, w := range s.windows {
		if !w.idle(now) {
			return false
		}
	}
	return s.waiting == 0 && s.cool.left(now) == 0
}

func dueOf(scopes []*scope, now time.Time, cost int) time.Duration {
	var wait time.Duration
	for _, s := range scopes {
		wait = max(wait, s.due(now, cost))
	}
	return wait
}
