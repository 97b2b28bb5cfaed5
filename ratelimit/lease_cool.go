package ratelimit

import "time"

// cool is the cool-down that gateways share.
func (s *lease) cool() *coolDown {
	if s.scope != nil {
		return &s.scope.cool
	}
	return &s.gate.cool
}

// tell lets the other gateways know of the cool-down, or that it was ended.
func (s *lease) tell(now time.Time) {
	if s == nil || s.gate.limiter.config.Mode != ModeEnforce {
		return
	}
	left, why := s.cool().left(now), s.cool().why
	s.store.calls.Go(func() { s.store.judgeCall(s.store.announce(s.restKey(), left, why)) })
}

// rest hears of a cool-down from another gateway, or from this one; 0 ends it.
func (s *lease) rest(left time.Duration, why string) {
	l := s.gate.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if left > 0 {
		s.cool().last(now.Add(left), why)
	} else {
		s.cool().clear()
	}
	s.gate.pump(now)
}
