package ratelimit

import (
	"container/heap"
	"slices"
	"time"
)

// flow is one consumer's part of a quota key: its waiting requests, and its place in the fair queue.
type flow struct {
	gate     *gate
	name     string
	weight   float64
	finish   float64 // the virtual time at which its last one ended and its next one starts
	lanes    []*lane // of those who wait
	inFlight int     // that count towards the concurrency
	sent     meter
}

// lane holds the waiting requests of a flow that share their scopes, so that the limit of one scope does not hold the
// others.
type lane struct {
	flow    *flow
	scopes  []*scope
	apart   bool
	waiters waiters
	load    [leastUrgent + 1]int // cost of those who wait, by priority
}

// waiter is a request that is held. Its channel is closed when it is granted or refused.
type waiter struct {
	lane     *lane
	request  Request
	place    uint64 // in the order of coming
	index    int    // in the lane's heap; -1 when it has left
	since    time.Time
	bound    time.Duration   // how long it may be held
	gone     <-chan struct{} // closed when its caller goes
	ready    chan struct{}
	grant    Grant
	err      error
	finished bool // ready is closed
}

// finish wakes the goroutine that waits.
func (w *waiter) finish(grant Grant, err error) {
	w.grant, w.err, w.finished = grant, err, true
	close(w.ready)
}

// waiters is a heap: the most urgent request first, then the oldest.
type waiters []*waiter

var _ heap.Interface = (*waiters)(nil)

func (q waiters) Len() int           { return len(q) }
func (q waiters) Less(i, j int) bool { return q[i].before(q[j]) }

func (w *waiter) before(other *waiter) bool {
	if w.request.Priority != other.request.Priority {
		return w.request.Priority < other.request.Priority
	}
	return w.place < other.place
}

func (q waiters) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push implements heap.Interface.
func (q *waiters) Push(x any) {
	w := x.(*waiter)
	w.index = len(*q)
	*q = append(*q, w)
}

// Pop implements heap.Interface.
func (q *waiters) Pop() any {
	last := len(*q) - 1
	w := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	w.index = -1
	return w
}

// enter adds w to the lane of its scopes.
func (f *flow) enter(w *waiter, scopes []*scope) {
	i := slices.IndexFunc(f.lanes, func(l *lane) bool {
		return l.apart == w.request.Apart && slices.Equal(l.scopes, scopes)
	})
	if i < 0 {
		i = len(f.lanes)
		f.lanes = append(f.lanes, &lane{flow: f, scopes: scopes, apart: w.request.Apart})
	}
	w.lane = f.lanes[i]
	heap.Push(&w.lane.waiters, w)
	w.lane.load[w.request.Priority] += w.request.Cost
	for _, s := range scopes {
		s.waiting += w.request.Cost
	}
}

// leave removes w.
func (f *flow) leave(w *waiter) {
	l := w.lane
	heap.Remove(&l.waiters, w.index)
	l.load[w.request.Priority] -= w.request.Cost
	for _, s := range l.scopes {
		s.waiting -= w.request.Cost
	}
	if len(l.waiters) == 0 {
		f.lanes = slices.DeleteFunc(f.lanes, func(other *lane) bool { return other == l })
	}
}

// waiting counts the requests that wait.
func (f *flow) waiting() int {
	n := 0
	for _, l := range f.lanes {
		n += len(l.waiters)
	}
	return n
}

// ahead is the cost of the flow's requests that go no later than one of this priority and count towards the quota key's
// limits. Requests whose scopes hold them longer are overtaken by all but their own lane.
func (f *flow) ahead(own *lane, priority int, now time.Time) int {
	sum := 0
	for _, l := range f.lanes {
		if l == own || !l.apart && l.due(now, 1) == 0 {
			for _, cost := range l.load[:priority+1] {
				sum += cost
			}
		}
	}
	return sum
}

// first returns the flow's next request among those whose scopes have room, else how long it takes until one has.
func (f *flow) first(now time.Time, apart bool) (best *waiter, soonest time.Duration) {
	soonest = forever
	for _, l := range f.lanes {
		if l.apart != apart {
			continue
		}
		head := l.waiters[0]
		if wait := l.due(now, head.request.Cost); wait > 0 {
			soonest = min(soonest, wait)
		} else if best == nil || head.before(best) {
			best = head
		}
	}
	return best, soonest
}

// cost is the cost of all requests that wait.
func (l *lane) cost() int {
	sum := 0
	for _, cost := range l.load {
		sum += cost
	}
	return sum
}

// due is how long the scopes hold a request of this cost.
func (l *lane) due(now time.Time, cost int) time.Duration { return dueOf(l.scopes, now, cost) }
