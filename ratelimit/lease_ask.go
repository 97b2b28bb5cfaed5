package ratelimit

import (
	"math/rand/v2"
	"time"
)

// A gateway has at most one open question about a quota key. Tokens come in batches, so that there are fewer questions than
// requests, and gateways that all have waiting requests get their batches in turn.

const (
	mostTokens  = 200                    // in one batch
	roundSpan   = 200 * time.Millisecond // of the batches of all gateways, one after another
	longestHold = time.Minute            // that tokens are leased ahead
	askAgain    = time.Second            // at the earliest, for tokens that others may have given back
	slotsAgain  = 20 * time.Millisecond  // for slots that others hold
)

// ask sends a question without waiting for its answer. It asks for tokens, and for slots: for the requests that wait, or at
// least for that many more than are in use.
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

// hear takes the leased tokens and slots, and everything else that the answer says.
func (s *lease) hear(a *answer, q *question) {
	now := a.received
	forgot := s.recall(a, q)
	s.heard, s.latest, s.late = now, later(s.latest, now), s.late && !q.Late
	for _, stamp := range a.tokens {
		s.tokens = append(s.tokens, token{a.at(stamp), stamp})
		s.latest = later(s.latest, a.at(stamp))
	}
	s.slots, s.denied, s.pressed = a.slots, a.slots < q.Slots, a.pressed
	if forgot {
		s.putBack(len(s.tokens))
		s.remember(now)
		s.again, s.late = true, true
		s.store.forgot()
	}
	s.schedule(a, q, forgot)
	if s.follow(a); forgot && a.rest <= a.now && s.cool().left(now) > 0 {
		s.tell()
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

// schedule decides when the next question for tokens makes sense.
func (s *lease) schedule(a *answer, q *question, forgot bool) {
	now := a.received
	s.next, s.soonest, s.settles = time.Time{}, time.Time{}, a.at(a.held)
	switch {
	case forgot: // it is asked again at once
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
}

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// turnSpan is how long it takes until each gateway has had a token. A gateway that was given none asks again within it. If
// it asked more often, many gateways would ask more than they send.
func (s *lease) turnSpan() time.Duration {
	longest := time.Duration(0)
	for _, l := range s.limits {
		longest = max(longest, l.Per/time.Duration(l.Requests))
	}
	return longest * time.Duration(s.store.gateways())
}

// trial is a question that changes nothing. It finds out whether the store answers.
func (s *lease) trial() question {
	l := s.gate.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	q := s.question(0, 0, time.Now())
	q.Unused, q.Unpaid, q.Sent, q.Known, q.Late = nil, nil, nil, nil, false // that is told when the answer is heard
	return q
}
