package ratelimit

import "time"

// What applies of a limit here: all of it, or this gateway's part while gateways cannot count together.

// What to do while the store of several gateways does not answer.
const (
	OnFailureLocal  = "local"  // keep to limits divided by the number of gateways
	OnFailureOpen   = "open"   // keep no limits
	OnFailureClosed = "closed" // send nothing
)

// apart is true while this gateway should count together with others and cannot, and must act as mode says.
func (l *Limiter) apart(mode string) bool {
	return l.store != nil && l.config.OnFailure == mode && l.config.Mode == ModeEnforce && !l.store.answers()
}

// parts is the number of gateways that each keep to a part.
func (l *Limiter) parts() int {
	if l.apart(OnFailureLocal) {
		return l.store.gateways()
	}
	return 1
}

// part returns what this gateway may use of limits alone. Less than one request becomes one request in a longer time.
func (l *Limiter) part(limits []Limit) []Limit {
	if !l.apart(OnFailureLocal) {
		return limits
	}
	n := l.parts()
	out := make([]Limit, len(limits))
	for i, limit := range limits {
		out[i] = Limit{limit.Requests / n, limit.Per}
		if limit.Requests < n {
			out[i] = Limit{1, limit.Per * time.Duration(n) / time.Duration(limit.Requests)}
		}
	}
	return out
}

// most is how many requests may be under way here; 0 means no limit.
func (g *gate) most() int {
	l := g.limiter
	switch all := l.config.Concurrency; {
	case all == 0:
		return 0
	case l.apart(OnFailureLocal):
		return max(1, all/l.parts())
	default:
		return all
	}
}

// crowded is how long slots hold a request.
func (g *gate) crowded(now time.Time) time.Duration {
	most := g.most()
	switch {
	case most == 0:
		return 0
	case g.slots.busy >= most:
		return forever // until one is released
	case g.lease.joined():
		return g.lease.slotDue(now)
	}
	return 0
}

// slotDue is how long it takes until there is a leased slot. If there is none, it asks for some.
func (s *lease) slotDue(now time.Time) time.Duration {
	switch again := s.asked.Add(slotsAgain); {
	case s.gate.slots.busy < s.slots:
		return 0
	case s.asking:
		return s.store.bound
	case s.denied && now.Before(again):
		return again.Sub(now)
	}
	s.ask(0, 1, now)
	return s.store.bound
}

// freed gives other gateways a slot that they lack.
func (s *lease) freed(now time.Time) {
	if s.joined() && s.pressed && !s.asking && now.Sub(s.asked) >= slotsAgain {
		s.slots = s.gate.slots.busy
		s.ask(0, 0, now)
	}
}
