package ratelimit

import (
	"slices"
	"time"
)

// sends is a number of sends, the last of them at the time at.
type sends struct {
	at time.Time
	n  int
}

// owe records what was sent without a token, which the store must hear of.
func (s *lease) owe(more sends) { s.unpaid = noted(s.unpaid, more, s.valid()) }

// noted adds sends to a list. Those of one moment are joined.
func noted(list []sends, more sends, moment time.Duration) []sends {
	const mostMarks = 200
	if last := len(list) - 1; last >= 0 && more.at.Sub(list[last].at) < moment {
		list[last] = sends{more.at, list[last].n + more.n}
		return list
	}
	if len(list) >= mostMarks { // the oldest two as one, later than it was
		list[1].n += list[0].n
		list = slices.Delete(list, 0, 1)
	}
	return append(list, more)
}

// remember queues everything that the windows remember for the store, whose own memory is gone.
func (s *lease) remember(now time.Time) {
	s.sent, s.unpaid = nil, nil
	longest := longestOf(s.windows())
	if longest == nil {
		return
	}
	longest.sent.count(now)
	for _, m := range longest.sent.marks[longest.sent.head:] {
		s.sent = noted(s.sent, sends{longest.sent.since.Add(m.at), m.n}, s.valid())
	}
}

// remembers is true for a lease whose windows count something that was sent.
func (s *lease) remembers(now time.Time) bool {
	longest := longestOf(s.windows())
	return longest != nil && longest.sent.count(now) > 0
}

// ages converts a list of sends for the store.
func ages(list []sends, now time.Time) (out []unpaidSends) {
	for _, u := range list {
		out = append(out, unpaidSends{now.Sub(u.at).Microseconds(), int64(u.n)})
	}
	return out
}

// memories are the times at which the store's memory of each window and of the slots began, as far as it includes what this
// gateway knows.
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

// recall records when the store's memory began. It returns true if the store has forgotten what this gateway knows; the
// gateway must then report it again.
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
