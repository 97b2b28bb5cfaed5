package ratelimit

import "time"

// cause is why a lease is polled.
type cause int

const (
	routine cause = iota
	news          // something was told that all must hear of
	lost          // the store may have lost its memory
)

// poll renews what is leased. It asks for news if something is in use, and reports everything anew if the store forgot it.
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

// holds is true for a lease with something that the store must hear of.
func (s *lease) holds() bool {
	return s.hasNews() || len(s.tokens)+len(s.unused) > 0 || len(s.limits) > 0 && len(s.unpaid) > 0 ||
		s.scope == nil && (s.slots > 0 || s.gate.limiter.config.Concurrency > 0 && s.gate.slots.busy > 0)
}

// inUse is true for a lease that somebody uses or waits for.
func (s *lease) inUse(now time.Time) bool {
	return s.holds() || s.waiting() > 0 || s.gate.slots.busy > 0 || s.used.read(now) > inUse
}

// turn is called when the store stops answering, and when it answers again.
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
		s.tell()
	}
}

// giveUp gives everything back, because nothing will be sent any more.
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

// close drops a lease that is idle.
func (s *lease) close() {
	if s != nil {
		s.store.remove(s)
	}
}
