package ratelimit

import "time"

// slots are the requests under way on one quota key. A grant names its slot by number and turn, which saves an allocation.
type slots struct {
	cells []slot
	free  []int // numbers of cells that nobody holds
	busy  int   // requests that count towards the concurrency
	hold  time.Duration
}

type slot struct {
	turn   uint64
	flow   *flow // nil: free
	scopes []*scope
	apart  bool
	probe  bool // the first one after a cool-down
	since  time.Time
}

// inUse counts all requests under way.
func (s *slots) inUse() int { return len(s.cells) - len(s.free) }

// claim takes a slot and returns its number and turn.
func (s *slots) claim(taken slot) (n int, turn uint64) {
	if len(s.free) == 0 {
		s.cells = append(s.cells, slot{})
		s.free = append(s.free, len(s.cells)-1)
	}
	n = s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	taken.turn = s.cells[n].turn
	s.cells[n] = taken
	if !taken.apart {
		s.busy++
		taken.flow.inFlight++
	}
	return n, taken.turn
}

// held returns slot n, if it still has this turn.
func (s *slots) held(n int, turn uint64) *slot {
	if cell := &s.cells[n]; cell.turn == turn && cell.flow != nil {
		return cell
	}
	return nil
}

// release frees slot n, which must be held.
func (s *slots) release(n int, now time.Time) {
	cell := &s.cells[n]
	if !cell.apart {
		s.learnHold(now.Sub(cell.since))
		s.busy--
		cell.flow.inFlight--
	}
	*cell = slot{turn: cell.turn + 1}
	s.free = append(s.free, n)
}

// learnHold averages how long requests take, to predict when a slot will be free.
func (s *slots) learnHold(took time.Duration) {
	if s.hold == 0 {
		s.hold = took
	}
	s.hold += (took - s.hold) / 8
}

// forecast returns how long it takes until n more requests will have found one of limit slots.
func (s *slots) forecast(limit, n int) time.Duration {
	over := s.busy + n - limit
	if limit == 0 || over <= 0 {
		return 0
	}
	return max(time.Millisecond, time.Duration(float64(s.hold)*float64(over)/float64(limit)))
}
