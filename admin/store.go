package admin

import (
	"container/list"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds that need no configuration.
const (
	maxGroups      = 10_000
	keptPerGroup   = 100 // so that one noisy failure does not push out the rare ones
	maxIDsPerValue = 20  // occurrences that are found by one request id
)

// store holds the groups and occurrences within its bounds. It may be used concurrently.
type store struct {
	limits Limits

	mu          sync.Mutex
	groups      map[fingerprint]*list.Element // of *group
	byID        map[string]*list.Element
	recency     *list.List // of groups, the newest in front
	occurrences *list.List // in the order they came
	byInstance  map[string]*occurrence
	byRequest   map[string][]*occurrence // by the gateway's request id and by the vendor's
	bytes       int64
}

func newStore(limits Limits) *store {
	return &store{
		limits: limits, groups: map[fingerprint]*list.Element{}, byID: map[string]*list.Element{}, recency: list.New(),
		occurrences: list.New(), byInstance: map[string]*occurrence{}, byRequest: map[string][]*occurrence{},
	}
}

// add keeps o and lets go of what is over the bounds then.
func (s *store) add(o *occurrence) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groupOf(o)
	g.add(o)
	s.bytes += o.bytes
	o.place = s.occurrences.PushBack(o)
	s.byInstance[o.InstanceID] = o
	for _, id := range o.requestIDs() {
		found := append(s.byRequest[id], o)
		s.byRequest[id] = found[max(0, len(found)-maxIDsPerValue):]
	}
	if len(g.kept) > keptPerGroup {
		s.forget(g.kept[0])
	}
	for s.occurrences.Len() > s.limits.Failures || s.bytes > s.limits.Bytes {
		s.forget(s.oldest())
	}
}

// oldest returns the occurrence that came first; nil if there is none.
func (s *store) oldest() *occurrence {
	e := s.occurrences.Front()
	if e == nil {
		return nil
	}
	return e.Value.(*occurrence)
}

// requestIDs are the gateway's and the vendor's, where there is one.
func (o *occurrence) requestIDs() []string {
	vendors := o.vendorRequestID()
	if vendors == "" || vendors == o.RequestID {
		return []string{o.RequestID}
	}
	return []string{o.RequestID, vendors}
}

// groupOf returns o's group as the most recent one.
func (s *store) groupOf(o *occurrence) *group {
	if e, ok := s.groups[o.key]; ok {
		s.recency.MoveToFront(e)
		return e.Value.(*group)
	}
	if s.recency.Len() >= maxGroups {
		s.forgetGroup(s.recency.Back())
	}
	g := newGroup(o)
	e := s.recency.PushFront(g)
	s.groups[o.key], s.byID[g.id] = e, e
	return g
}

// forget lets an occurrence go; its group stays.
func (s *store) forget(o *occurrence) {
	s.occurrences.Remove(o.place)
	s.bytes -= o.bytes
	delete(s.byInstance, o.InstanceID)
	same := func(other *occurrence) bool { return other == o }
	for _, id := range o.requestIDs() {
		left := slices.DeleteFunc(s.byRequest[id], same)
		if s.byRequest[id] = left; len(left) == 0 {
			delete(s.byRequest, id)
		}
	}
	kept := &s.groups[o.key].Value.(*group).kept
	*kept = slices.DeleteFunc(*kept, same)
}

func (s *store) forgetGroup(e *list.Element) {
	g := e.Value.(*group)
	for len(g.kept) > 0 {
		s.forget(g.kept[0])
	}
	s.recency.Remove(e)
	delete(s.groups, g.key)
	delete(s.byID, g.id)
}

// expire lets go of what is older than the bound.
func (s *store) expire(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	oldest := now.Add(-s.limits.For)
	for o := s.oldest(); o != nil && o.ended().Before(oldest); o = s.oldest() {
		s.forget(o)
	}
	for e := s.recency.Back(); e != nil && e.Value.(*group).last.Before(oldest); e = s.recency.Back() {
		s.forgetGroup(e)
	}
}

// find returns the occurrences that id leads to, the newest first: an instance in any form, the gateway's request id or
// the vendor's.
func (s *store) find(id string) []*occurrence {
	s.mu.Lock()
	defer s.mu.Unlock()
	id = strings.TrimSpace(id)
	if o, ok := s.byInstance[instanceID(id)]; ok {
		return []*occurrence{o}
	}
	found := slices.Clone(s.byRequest[id])
	slices.Reverse(found)
	return found
}

// instanceID takes the UUID out of the instance of a problem: urn:uuid:… or a URL that ends in it.
func instanceID(instance string) string {
	return strings.ToLower(instance[strings.LastIndexAny(instance, "/:=#")+1:])
}

// sizes tells how much is kept.
func (s *store) sizes() (groups, occurrences int, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.recency.Len(), s.occurrences.Len(), s.bytes
}
