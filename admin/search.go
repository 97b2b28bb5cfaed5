package admin

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"gateway/problem"
)

// query selects groups.
type query struct {
	upstream, typ, fault string // "" for all
	unmapped             bool   // only answers that no rule knew
	differs              bool   // only what a shadow profile would map differently, successes too
	text                 string // a part of what a group shows
	sort                 string // last, count or first
	page, perPage        int    // page begins at 1
}

// GroupList is a page of groups.
type GroupList struct {
	Total     int      `json:"total"`
	Page      int      `json:"page"`
	PerPage   int      `json:"per_page"`
	Upstreams []string `json:"upstreams"` // of all groups, for filters
	Types     []string `json:"types"`
	Groups    []Group  `json:"groups"`
}

// search returns the groups that q selects, as of now.
func (s *store) search(q query, now time.Time) GroupList {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.ToLower(q.text)
	var found []*group
	upstreams, types := map[string]bool{}, map[string]bool{}
	for e := s.recency.Front(); e != nil; e = e.Next() {
		g := e.Value.(*group)
		upstreams[g.key.upstream], types[string(g.key.typ)] = true, true
		if q.takes(g) && (text == "" || g.says(text)) {
			found = append(found, g)
		}
	}
	q.order(found)
	out := GroupList{
		Total: len(found), Page: q.page, PerPage: q.perPage, Upstreams: sortedKeys(upstreams), Types: sortedKeys(types), Groups: []Group{},
	}
	from := min((q.page-1)*q.perPage, len(found))
	for _, g := range found[from:min(from+q.perPage, len(found))] {
		out.Groups = append(out.Groups, g.shown(now))
	}
	return out
}

func (q query) takes(g *group) bool {
	return (q.upstream == "" || q.upstream == g.key.upstream) && (q.typ == "" || problem.Type(q.typ) == g.key.typ) &&
		(q.fault == "" || problem.Fault(q.fault) == g.latest.fault) && (!q.unmapped || g.unmapped()) && (!q.differs || g.differ > 0) && (!g.key.passed || q.differs)
}

// order sorts the groups, which are already sorted by recency.
func (q query) order(found []*group) {
	switch q.sort {
	case "count":
		slices.SortStableFunc(found, func(a, b *group) int { return cmp.Compare(b.count, a.count) })
	case "first":
		slices.SortStableFunc(found, func(a, b *group) int { return b.first.Compare(a.first) })
	}
}

func sortedKeys(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for key := range m {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

// group returns a group with its occurrences, the newest first; false if it does not exist any more.
func (s *store) group(id string, now time.Time) (Group, []*occurrence, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.byID[id]
	if !ok {
		return Group{}, nil, false
	}
	g := e.Value.(*group)
	kept := make([]*occurrence, 0, len(g.kept))
	for _, o := range slices.Backward(g.kept) {
		kept = append(kept, o.open())
	}
	return g.shown(now), kept, true
}
