package ratelimit

import "time"

// history remembers what was sent within the last keep. The limiter's mutex guards it.
type history struct {
	since time.Time     // what marks count from
	keep  time.Duration // how long a send is remembered
	step  time.Duration // sends of one step are one mark; 0: of one instant
	marks []mark        // oldest first; those before head are forgotten
	head  int
	sum   int // of the marks from head
}

// mark is a number of sends, the last of them at the time at.
type mark struct {
	at time.Duration
	n  int
}

// add records n sends at now, which is not before the last ones.
func (h *history) add(now time.Time, n int) {
	at := now.Sub(h.since)
	h.sum += n
	if last := len(h.marks) - 1; last >= h.head && h.together(h.marks[last].at, at) {
		h.marks[last].at, h.marks[last].n = at, h.marks[last].n+n
		return
	}
	if len(h.marks) == cap(h.marks) && h.head > 0 {
		h.marks = h.marks[:copy(h.marks, h.marks[h.head:])]
		h.head = 0
	}
	h.marks = append(h.marks, mark{at, n})
}

func (h *history) together(a, b time.Duration) bool {
	return a == b || h.step > 0 && a/h.step == b/h.step
}

// count drops what is older than keep and returns what is left.
func (h *history) count(now time.Time) int {
	oldest := now.Sub(h.since) - h.keep
	for h.head < len(h.marks) && h.marks[h.head].at <= oldest {
		h.sum -= h.marks[h.head].n
		h.head++
	}
	if h.head == len(h.marks) {
		h.marks, h.head = h.marks[:0], 0
	}
	return h.sum
}

// wait returns how long it takes until n more can be sent with no more than limit remembered.
func (h *history) wait(now time.Time, limit, n int) time.Duration {
	surplus := h.count(now) + n - limit
	if surplus <= 0 {
		return 0
	}
	var rounds time.Duration // of those that are not sent yet themselves
	if n > limit {
		rounds = time.Duration((n - 1) / limit)
		surplus -= int(rounds) * limit
	}
	return rounds*h.keep + h.leaves(now, surplus)
}

// leaves returns how long it takes until the nth oldest send is dropped.
func (h *history) leaves(now time.Time, n int) time.Duration {
	var at time.Duration
	for _, m := range h.marks[h.head:] {
		if n <= 0 {
			break
		}
		n -= m.n
		at = m.at + h.keep - now.Sub(h.since)
	}
	return max(0, at)
}

// clear returns how long it takes until nothing is remembered.
func (h *history) clear(now time.Time) time.Duration { return h.leaves(now, h.sum) }

// carries returns the highest steady rate, in sends per second from now on, at which no more than limit will ever be
// remembered. If the limit is already reached, the rate counts from when there is room again.
func (h *history) carries(now time.Time, limit int) float64 {
	free := limit - h.count(now)
	even := float64(limit) / h.keep.Seconds()
	best := even
	for _, m := range h.marks[h.head:] {
		if left := m.at + h.keep - now.Sub(h.since); free > 0 && left > 0 {
			best = min(best, float64(free)/left.Seconds())
		}
		free += m.n
	}
	return max(best, even/8)
}

// inherit takes over what another history remembers and h does not, as h was just made.
func (h *history) inherit(old *history, now time.Time) {
	old.count(now)
	for _, m := range old.marks[old.head:] {
		h.add(old.since.Add(m.at), m.n)
	}
}
