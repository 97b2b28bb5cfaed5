package admin

import (
	"net/http"
	"slices"
	"time"
)

const (
	defaultPerPage = 50
	maxPerPage     = 200
)

// failures lists groups: /api/v1/failures?upstream=&type=&fault=&unmapped=true&differs=true&q=&sort=last|count|first&page=&per_page=.
func (c Config) failures(r *http.Request) (any, error) {
	q := query{
		upstream: r.FormValue("upstream"), typ: r.FormValue("type"), fault: r.FormValue("fault"),
		unmapped: r.FormValue("unmapped") == "true", differs: r.FormValue("differs") == "true", text: r.FormValue("q"), sort: r.FormValue("sort"),
	}
	if !slices.Contains([]string{"", "last", "count", "first"}, q.sort) {
		return nil, &apiError{http.StatusBadRequest, "sort is one of last, count, first"}
	}
	var err error
	if q.page, err = number(r, "page", 1, maxGroups); err != nil {
		return nil, err
	}
	if q.perPage, err = number(r, "per_page", defaultPerPage, maxPerPage); err != nil {
		return nil, err
	}
	list := c.Ring.store.search(q, time.Now())
	for i, g := range list.Groups {
		list.Groups[i] = c.Ring.redact.group(g)
	}
	return list, nil
}

// GroupDetail is a group with its occurrences.
type GroupDetail struct {
	Group
	Occurrences []OccurrenceLine `json:"occurrences"` // the newest first
}

var errGroupGone = &apiError{http.StatusNotFound, "there is no such group, or it has not happened for so long that it was let go"}

func (c Config) failure(r *http.Request) (any, error) {
	shown, kept, ok := c.Ring.store.group(r.PathValue("id"), time.Now())
	if !ok {
		return nil, errGroupGone
	}
	out := GroupDetail{Group: c.Ring.redact.group(shown), Occurrences: make([]OccurrenceLine, len(kept))}
	for i, o := range kept {
		out.Occurrences[i] = c.Ring.redact.line(o)
	}
	return out, nil
}

// Found is what an id leads to.
type Found struct {
	Occurrences []Occurrence `json:"occurrences"`
	Hint        string       `json:"hint,omitempty"` // where there are none, or others
}

// occurrences returns what one id leads to, the newest first. There are several for a request id that was used again, and
// for the items of a batch answer.
func (c Config) occurrences(r *http.Request) (any, error) {
	id := r.FormValue("id")
	if id == "" {
		return nil, &apiError{http.StatusBadRequest, "say which: ?id= takes a problem's instance, its request_id or the vendor's request id"}
	}
	out := Found{Occurrences: []Occurrence{}}
	kept, siblings := c.Ring.store.find(id)
	for _, o := range kept {
		out.Occurrences = append(out.Occurrences, c.Ring.redact.occurrence(o, c.Ring.callers()))
	}
	switch {
	case siblings:
		out.Hint = "Only the first items of a batch answer that failed are kept, and this one is not. These failed in the same answer."
	case len(kept) == 0:
		out.Hint = "Nothing is kept under this id: it was no failure of this process, or was let go. The log has a line for each exchange."
	}
	return out, nil
}
