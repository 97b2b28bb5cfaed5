package admin

import (
	"container/list"
	"strings"
	"sync"
	"time"

	"gateway/proxy"
)

// Bounds that need no configuration.
const (
	maxGroups      = 10_000
	keptPerGroup   = 100 // so that one noisy failure does not push out the rare ones
	maxPerSharedID = 20  // occurrences that are found by one id that is not of one alone
)

// store holds groups and occurrences within its bounds. It may be used concurrently.
type store struct {
	limits Limits

	mu          sync.Mutex
	groups      map[fingerprint]*list.Element // of *group
	byID        map[string]*list.Element
	recency     *list.List // of groups, the newest in front
	occurrences *list.List // in the order they came
	bytes       int64
}

func newStore(limits Limits) *store {
	return &store{
		limits: limits, groups: map[fingerprint]*list.Element{}, byID: map[string]*list.Element{}, recency: list.New(),
		occurrences: list.New(),
	}
}

// add stores o, and drops what then exceeds the bounds.
func (s *store) add(o *occurrence) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groupOf(o)
	g.add(o)
	o.group, o.key = g.id, g.key
	s.bytes += o.bytes
	o.place = s.occurrences.PushBack(o)
	if len(g.kept) > keptPerGroup {
		s.forget(g.kept[0])
	}
	for s.occurrences.Len() > s.limits.Failures || s.bytes > s.limits.Bytes {
		s.forget(s.oldest())
	}
}

// oldest returns the oldest occurrence; nil if there is none.
func (s *store) oldest() *occurrence {
	e := s.occurrences.Front()
	if e == nil {
		return nil
	}
	return e.Value.(*occurrence)
}

// groupOf returns o's group, and makes it the most recent one.
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

// forget drops an occurrence. Its group stays.
func (s *store) forget(o *occurrence) {
	s.occurrences.Remove(o.place)
	s.bytes -= o.bytes
	s.groups[o.key].Value.(*group).release(o)
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

// expire drops what is too old.
func (s *store) expire(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	oldest := now.Add(-s.limits.For)
	for o := s.oldest(); o != nil && o.end.Before(oldest); o = s.oldest() {
		s.forget(o)
	}
	for e := s.recency.Back(); e != nil && e.Value.(*group).last.Before(oldest); e = s.recency.Back() {
		s.forgetGroup(e)
	}
}

// packNew packs what came since the last time and was not pushed out by others at once.
func (s *store) packNew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := s.occurrences.Back(); e != nil; e = e.Prev() {
		o := e.Value.(*occurrence)
		if o.Exchange == nil {
			return
		}
		s.bytes -= o.bytes
		o.pack()
		s.bytes += o.bytes
	}
}

// find returns the occurrences that id leads to, the newest first. id is an instance in any form, the gateway's request id
// or the vendor's. The instance of an item that is not kept leads to the kept items of its batch answer; siblings is true
// in this case. It looks at all: an index would take more memory than looking takes time.
func (s *store) find(id string) (found []*occurrence, siblings bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id = strings.TrimSpace(id)
	instance := instanceID(id)
	if found = s.newest(1, func(o *occurrence) bool { return o.instance == instance }); len(found) > 0 {
		return found, false
	}
	if found = s.newest(maxPerSharedID, func(o *occurrence) bool { return o.request == id || o.vendors != "" && o.vendors == id }); len(found) > 0 {
		return found, false
	}
	batch := proxy.BatchOf(instance)
	found = s.newest(maxPerSharedID, func(o *occurrence) bool { return o.batch != nil && proxy.BatchOf(o.instance) == batch })
	return found, len(found) > 0
}

// newest returns at most so many occurrences, the newest first.
func (s *store) newest(most int, is func(*occurrence) bool) (found []*occurrence) {
	for e := s.occurrences.Back(); e != nil && len(found) < most; e = e.Prev() {
		if o := e.Value.(*occurrence); is(o) {
			found = append(found, o.open())
		}
	}
	return found
}

// instanceID extracts the UUID from a problem's instance: urn:uuid:… or a URL that ends in it.
func instanceID(instance string) string {
	return strings.ToLower(instance[strings.LastIndexAny(instance, "/:=#")+1:])
}

// sizes returns how much is kept.
func (s *store) sizes() (groups, occurrences int, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.recency.Len(), s.occurrences.Len(), s.bytes
}
