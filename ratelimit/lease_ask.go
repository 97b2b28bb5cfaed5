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
	q.Lessons = s.lessons(now)
	s.asking, s.asked, s.again = true, now, false
	s.unused = nil
	told := len(s.unpaid)
	s.store.calls.Go(func() {
		got, err := s.store.lease(q)
		s.store.suspect(s, err)
		if err == nil && q.Lessons != nil && q.Lessons.first {
			s.store.stir()
		}
		l := s.gate.limiter
		l.mu.Lock()
		defer l.mu.Unlock()
		s.asking = false
		if err == nil {
			s.unpaid = s.unpaid[min(told, len(s.unpaid)):]
			s.hear(&got, &q)
		}
		s.gate.pump(time.Now())
		if err == nil && !s.asking && s.joined() && (s.again || !s.refused.IsZero()) {
			s.ask(0, 0, got.received)
		}
	})
}

func (s *lease) question(tokens, slots int, now time.Time) question {
	l := s.gate.limiter
	q := question{
		key: s.key, limits: s.limits, Tokens: tokens, Unused: s.unused, Known: s.memories(now), Late: s.late,
		Span:     (roundSpan / time.Duration(s.store.gateways())).Microseconds(),
		Patience: min(*l.config.MaxWait, longestHold).Microseconds(),
		Unpaid:   ages(s.unpaid, now), Sent: ages(s.sent, now),
	}
	if s.scope == nil {
		q.Most, q.Busy = l.config.Concurrency, s.gate.slots.busy
		q.Slots = min(q.Most, q.Busy+max(slots, s.gate.wanting()))
		if q.Keeps = q.Busy; now.Sub(s.heard) < slotLife/2 {
			q.Keeps = max(q.Busy, min(q.Slots, s.slots))
		}
	}
	return q
}

// ages is a list of sends as the store is told of it.
func ages(list []sends, now time.Time) (out []unpaidSends) {
	for _, u := range list {
		out = append(out, unpaidSends{now.Sub(u.at).Microseconds(), int64(u.n)})
	}
	return out
}

// memories are when the store's memory of each window and of the slots began, so far as it counts what this gateway knows.
func (s *lease) memories(now time.Time) []int64 {
	out := make([]int64, len(s.limits)+1)
	silent := now.Sub(s.latest)
	for i, l := range s.limits {
		if silent < keeps(l.Per) {
			out[i] = s.born[l.Per]
		}
	}
	if s.scope == nil && s.gate.limiter.config.Concurrency > 0 && silent < slotLife/2 {
		out[len(s.limits)] = s.born[0]
	}
	return out
}

// hear takes what was leased, and what else the answer tells.
func (s *lease) hear(a *answer, q *question) {
	now := a.received
	forgot := s.recall(a, q)
	s.heard, s.latest, s.late = now, later(s.latest, now), s.late && !q.Late
	for _, stamp := range a.tokens {
		s.tokens = append(s.tokens, token{a.at(stamp), stamp})
		s.latest = later(s.latest, a.at(stamp))
	}
	s.slots, s.denied, s.pressed = a.slots, a.slots < q.Slots, a.pressed
	s.next, s.soonest = time.Time{}, time.Time{}
	s.settles = a.at(a.held)
	switch {
	case forgot:
		s.putBack(len(s.tokens))
		s.remember(now)
		s.again, s.late = true, true
		s.store.forgot()
	case a.held > a.now:
		s.next = s.settles
	case len(a.tokens) > 0:
		s.pace.add(a.at(a.tokens[0]), len(a.tokens), s.waiting() > len(s.tokens))
	case q.Tokens > 0:
		s.soonest = a.at(a.next)
		s.next = now.Add(min(s.soonest.Sub(now), askAgain))
		if turn := s.turnSpan(); turn > askAgain {
			s.next = now.Add(turn/2 + rand.N(turn/2))
		}
	}
	if a.rest > a.now {
		s.cool().last(a.at(a.rest), a.why)
	} else if forgot && s.cool().left(now) > 0 {
		s.tell(now)
	}
	if s.scope == nil {
		s.learn(a.known, now)
	}
	for i, w := range s.windows() {
		if i < len(a.left) {
			w.together, w.heard = a.left[i], now
		}
	}
}

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// recall notes when the store's memory began. It is true if that is another one than this gateway knows: then it is to be told,
// and known when it was.
func (s *lease) recall(a *answer, q *question) (forgot bool) {
	for i, known := range q.Known {
		forgot = forgot || known != 0 && known != a.born[i]
	}
	for i, l := range q.limits {
		s.born[l.Per] = a.born[i]
		if forgot && q.Known[i] != a.born[i] {
			s.born[l.Per] = 0
		}
	}
	if s.born[0] = a.born[len(q.limits)]; q.Most == 0 {
		s.born[0] = 0
	}
	if !forgot {
		s.sent = nil
	}
	return forgot
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

// cause is why a lease is polled.
type cause int

const (
	routine cause = iota
	news          // something was told that all must hear of
	lost          // the store may have lost its memory
)

// poll renews what is leased; it hears what is new where something is in use, and tells all anew where the store forgot it.
func (s *lease) poll(why cause) {
	l := s.gate.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	switch {
	case !s.joined():
	case s.asking:
		s.again = s.again || why == lost
	case s.holds(), why != routine && s.inUse(now), why == lost && s.remembers(now):
		s.lapse(now)
		s.ask(0, 0, now)
	}
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
	s.next, s.soonest, s.settles, s.slots, s.pace = time.Time{}, time.Time{}, time.Time{}, 0, batchPace{}
	s.late = s.joined() && time.Since(s.store.failedAt()) > brief
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
	q.Unused, q.Unpaid, q.Sent, q.Known, q.Late = nil, nil, nil, nil, false // that is told when the answer is heard
	return q
}

// giveUp gives everything back, as nothing is sent any more.
func (s *lease) giveUp() {
	l := s.gate.limiter
	l.mu.Lock()
	s.drain()
	q := s.question(0, 0, time.Now())
	q.Slots, q.Busy = 0, 0
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
