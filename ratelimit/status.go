package ratelimit

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Status is a snapshot for the scrape, the page and the API.
type Status struct {
	Mode        string
	Queue       int       // requests that are held
	Keys        int       // quota keys in use
	CoolDown    time.Time // the latest end of a cool-down on any quota key; the zero time if there is none
	CoolDownWhy string
	Quotas      []Policy         // of every limit, what was learnt included, for the quota key that has least left
	Pauses      []Pause          // by consumer
	Consumers   []ConsumerStatus // by name
}

// ConsumerStatus is one consumer's part, summed over all quota keys.
type ConsumerStatus struct {
	Name     string
	Weight   float64
	Waiting  int
	InFlight int
	Sent     float64 // in about the last minute
}

// Status returns a snapshot.
func (l *Limiter) Status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.expire(now)
	s := snapshot{
		Status:    Status{Mode: l.config.Mode, Queue: l.waiting, Keys: l.gates.len(), Pauses: l.pauses()},
		quotas:    map[string]Policy{},
		consumers: map[string]ConsumerStatus{},
	}
	s.cool(&l.rest, now)
	for g := range l.gates.all() {
		s.add(g, now)
	}
	if l.gates.len() == 0 { // a quota that nobody uses is whole
		for _, limit := range l.config.Limits {
			s.quota(newWindow("", limit, now).policy(now))
		}
	}
	s.Quotas = slices.SortedFunc(maps.Values(s.quotas), func(a, b Policy) int { return cmp.Compare(a.Name, b.Name) })
	s.Consumers = slices.SortedFunc(maps.Values(s.consumers), func(a, b ConsumerStatus) int { return cmp.Compare(a.Name, b.Name) })
	return s.Status
}

// snapshot puts a Status together.
type snapshot struct {
	Status
	quotas    map[string]Policy
	consumers map[string]ConsumerStatus
}

func (s *snapshot) add(g *gate, now time.Time) {
	s.cool(&g.cool, now)
	g.forget(now)
	for _, b := range g.budgets {
		s.quota(b.policy(now))
	}
	for each := range g.scopes.all() {
		s.cool(&each.cool, now)
		for _, w := range each.windows {
			s.quota(w.policy(now))
		}
	}
	for _, f := range g.flows {
		c := s.consumers[f.name]
		c.Name, c.Weight = f.name, f.weight
		c.Waiting += f.waiting()
		c.InFlight += f.inFlight
		c.Sent += f.sent.read(now)
		s.consumers[f.name] = c
	}
}

func (s *snapshot) cool(c *coolDown, now time.Time) {
	if c.left(now) > 0 && c.until.After(s.CoolDown) {
		s.CoolDown, s.CoolDownWhy = c.until, c.why
	}
}

// quota keeps, of the policies with one name, the one with the least left.
func (s *snapshot) quota(p Policy) {
	if other, ok := s.quotas[p.Name]; !ok || p.Remaining < other.Remaining {
		s.quotas[p.Name] = p
	}
}
