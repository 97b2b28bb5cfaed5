package ratelimit

import "time"

// cool is the cool-down that gateways share.
func (s *lease) cool() *coolDown {
	if s.scope != nil {
		return &s.scope.cool
	}
	return &s.gate.cool
}

// coolNews is a cool-down in the form in which the other gateways hear of it.
type coolNews struct {
	until time.Time // zero: it was ended
	why   string
}

// tell announces the cool-down, or its end, to the other gateways. Announcements are sent one after the other, and only the
// latest: what the store hears last is what applies.
func (s *lease) tell() {
	if s == nil || s.gate.limiter.config.Mode != ModeEnforce {
		return
	}
	s.news = &coolNews{s.cool().until, s.cool().why}
	if !s.telling {
		s.telling = true
		s.store.calls.Go(s.tellAll)
	}
}

func (s *lease) tellAll() {
	for news := s.nextNews(); news != nil; news = s.nextNews() {
		left := max(0, time.Until(news.until))
		s.store.judgeCall(s.store.announce(s.restKey(), left, news.why))
	}
}

// nextNews takes the next announcement; nil if there is no more.
func (s *lease) nextNews() *coolNews {
	l := s.gate.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	news := s.news
	s.news, s.telling = nil, news != nil
	return news
}

// follow applies the cool-down of an answer, unless one was ended after the question was asked: the answer may be older.
func (s *lease) follow(a *answer) {
	if a.rest > a.now && s.asked.After(s.cool().cleared) {
		s.cool().last(a.at(a.rest), a.why)
	}
}

// rest applies a cool-down from another gateway, or from this one; 0 ends it.
func (s *lease) rest(left time.Duration, why string) {
	l := s.gate.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if left > 0 {
		s.cool().last(now.Add(left), why)
	} else {
		s.cool().clear(now)
	}
	s.gate.pump(now)
}
