package ratelimit

import (
	"math/rand/v2"
	"time"
)

// A gateway has one question of a quota key under way at most. Tokens come in batches, so that questions are fewer than
// requests, and the batches of gateways that all have requests waiting follow each other in turn.

const (
	mostTokens  = 200                    // in one batch
	roundSpan   = 200 * time.Millisecond // of the batches of all gateways, one after another
	longestHold = time.Minute            // that tokens are leased ahead
	askAgain    = time.Second            // at the earliest, for tokens that others may have given back
	slotsAgain  = 20 * time.Millisecond  // for slots that others hold
)

// ask sends a question without waiting for its answer: for tokens, and for slots for those who wait, or at least so many
// more than are in use.
func (s *lease) ask(tokens, slots int, now time.Time) {
	q := s.question(min(tokens, mostTokens), slots, now)
	q.lessons = s.lessons(now)
	s.asking, s.asked = true, now
	s.unused = nil
	told := len(s.unpaid)
	s.store.calls.Go(func() {
		got, err := s.store.lease(q)
		s.store.suspect(s, err)
		if err == nil && q.lessons != nil && q.lessons.first {
			s.store.stir()
		}
		l := s.gate.limiter
		l.mu.Lock()
		defer l.mu.Unlock()
		s.asking = false
		if err == nil {
			s.unpaid = s.unpaid[min(told, len(s.unpaid)):]
			s.hear(&got, &q)
			s.back(time.Time{}, got.received)
		}
		s.gate.pump(time.Now())
	})
}

func (s *lease) question(tokens, slots int, now time.Time) question {
	l := s.gate.limiter
	q := question{
		key: s.key, tokens: tokens, limits: s.limits, unused: s.unused, known: s.born != 0,
		span: roundSpan / time.Duration(s.store.gateways()), patience: min(*l.config.MaxWait, longestHold),
	}
	if s.scope == nil {
		q.most, q.busy = l.config.Concurrency, s.gate.slots.busy
		q.slots = min(q.most, q.busy+max(slots, s.gate.wanting()))
	}
	for _, u := range s.unpaid {
		q.unpaid = append(q.unpaid, unpaidSends{now.Sub(u.at).Microseconds(), int64(u.n)})
	}
	return q
}

// hear takes what was leased, and what else the answer tells.
func (s *lease) hear(a *answer, q *question) {
	now := a.received
	forgot := s.born != 0 && a.born != s.born
	if forgot { // what the old memory leased counts in none
		s.tokens = nil
	}
	for _, stamp := range a.tokens {
		s.tokens = append(s.tokens, token{a.at(stamp), stamp})
	}
	s.heard = true
	s.slots, s.denied, s.pressed = a.slots, a.slots < q.slots, a.pressed
	s.next, s.soonest = time.Time{}, time.Time{}
	if len(a.tokens) > 0 {
		s.pace.add(a.at(a.tokens[0]), len(a.tokens), s.waiting() > len(s.tokens))
	} else if q.tokens > 0 {
		s.soonest = a.at(a.next)
		s.next = now.Add(min(s.soonest.Sub(now), askAgain))
		if turn := s.turnSpan(); turn > askAgain {
			s.next = now.Add(turn/2 + rand.N(turn/2))
		}
	}
	if a.rest > a.now {
		s.cool().last(a.at(a.rest), a.why)
	}
	if forgot {
		s.drain()
		s.remember(now)
	}
	s.born = a.born
	if s.scope == nil {
		s.learn(a.known, now)
	}
	for i, w := range s.windows() {
		if i < len(a.left) {
			w.together, w.heard = a.left[i], now
		}
	}
}

// turnSpan is how long it takes until each gateway has had a token. Who was given none asks again within it: more often, and
// many gateways would ask more often than they send.
func (s *lease) turnSpan() time.Duration {
	longest := time.Duration(0)
	for _, l := range s.limits {
		longest = max(longest, l.Per/time.Duration(l.Requests))
	}
	return longest * time.Duration(s.store.gateways())
}

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

// poll renews what is leased, and hears what is new where there are news and something is in use.
func (s *lease) poll(news bool) {
	l := s.gate.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if s.asking || !s.joined() || !s.holds() && (!news || !s.inUse(now)) {
		return
	}
	s.lapse(now)
	s.ask(0, 0, now)
}

// holds is true for one that has something which the store must hear of.
func (s *lease) holds() bool {
	return s.hasNews() || len(s.tokens)+len(s.unused) > 0 || len(s.limits) > 0 && len(s.unpaid) > 0 ||
		s.scope == nil && (s.slots > 0 || s.gate.limiter.config.Concurrency > 0 && s.gate.slots.busy > 0)
}

// inUse is true for one that somebody uses or waits for.
func (s *lease) inUse(now time.Time) bool {
	return s.holds() || s.waiting() > 0 || s.gate.slots.busy > 0 || s.used.read(now) > inUse
}

// turn is told that the store answers no more, or again.
func (s *lease) turn() {
	l := s.gate.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	s.drain()
	for _, w := range s.windows() {
		w.turn(l.parts(), now)
	}
	s.next, s.soonest, s.slots, s.pace = time.Time{}, time.Time{}, 0, batchPace{}
	if s.scope == nil {
		s.gate.divide(l.parts(), now)
	}
	s.gate.configure(now)
	if s.joined() && s.cool().left(now) > 0 { // nobody was told
		s.tell(now)
	}
}

// trial is a question that changes nothing, to find out whether there is an answer.
func (s *lease) trial() question {
	l := s.gate.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	q := s.question(0, 0, time.Now())
	q.unused, q.unpaid = nil, nil // they are told when the answer is heard
	return q
}

// giveUp gives everything back, as nothing is sent any more.
func (s *lease) giveUp() {
	l := s.gate.limiter
	l.mu.Lock()
	s.drain()
	q := s.question(0, 0, time.Now())
	q.slots, q.busy = 0, 0
	l.mu.Unlock()
	if s.store.answers() {
		_, err := s.store.lease(q)
		s.store.judgeCall(err)
	}
}

// close forgets a lease that is idle.
func (s *lease) close() {
	if s != nil {
		s.store.remove(s)
	}
}
