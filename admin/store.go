package admin

import (
	"container/list"
	"slices"
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
	byInstance  map[string]*occurrence
	byShared    map[string][]*occurrence // by sharedIDs
	bytes       int64
}

func newStore(limits Limits) *store {
	return &store{
		limits: limits, groups: map[fingerprint]*list.Element{}, byID: map[string]*list.Element{}, recency: list.New(),
		occurrences: list.New(), byInstance: map[string]*occurrence{}, byShared: map[string][]*occurrence{},
	}
}

// add stores o, and drops what then exceeds the bounds.
func (s *store) add(o *occurrence) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groupOf(o)
	g.add(o)
	o.group, o.key, o.shared = g.id, g.key, o.sharedIDs()
	s.bytes += o.bytes
	o.place = s.occurrences.PushBack(o)
	s.byInstance[o.instance] = o
	for _, id := range o.shared {
		found := append(s.byShared[id], o)
		s.byShared[id] = found[max(0, len(found)-maxPerSharedID):]
	}
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

// sharedIDs are ids that several occurrences may have: the gateway's request id, the vendor's if there is one, and what the
// items of a batch answer have in common.
func (o *occurrence) sharedIDs() []string {
	ids := []string{o.RequestID}
	if vendors := o.vendorRequestID(); vendors != "" && vendors != o.RequestID {
		ids = append(ids, vendors)
	}
	if o.batch != nil {
		ids = append(ids, batchID(o.InstanceID))
	}
	return ids
}

// batchID is the id by which the items of a batch answer are found. It contains a space, which no request id does.
func batchID(instanceID string) string { return "batch " + proxy.BatchOf(instanceID) }

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
	delete(s.byInstance, o.instance)
	same := func(other *occurrence) bool { return other == o }
	for _, id := range o.shared {
		left := slices.DeleteFunc(s.byShared[id], same)
		if s.byShared[id] = left; len(left) == 0 {
			delete(s.byShared, id)
		}
	}
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
// in this case.
func (s *store) find(id string) (found []*occurrence, siblings bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id = strings.TrimSpace(id)
	instance := instanceID(id)
	if o, ok := s.byInstance[instance]; ok {
		return opened([]*occurrence{o}), false
	}
	kept := s.byShared[id]
	if len(kept) == 0 {
		kept = s.byShared[batchID(instance)]
		siblings = len(kept) > 0
	}
	return opened(kept), siblings
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
