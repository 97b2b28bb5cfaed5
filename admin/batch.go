package admin

import (
	"cmp"
	"maps"
	"slices"

	"gateway/problem"
	"gateway/proxy"
)

// batch is what the failed items of one batch answer have in common. It is never changed.
type batch struct {
	ok, failed, unread int64
	statuses           map[int]int64
	items              []item // the first that failed
	share              int64  // of its weight that each of them has
}

// item is one failed item.
type item struct {
	index      int
	key        string
	status     int
	typ        problem.Type
	detail     string
	instanceID string
}

// failedItems are the failed items of a batch answer, each as a failure of its own.
func failedItems(x proxy.Exchange, bodies bool) []*occurrence {
	of := newBatch(x.Batch)
	out := make([]*occurrence, len(x.Batch.Items))
	for i, it := range x.Batch.Items {
		failed := x
		failed.Problem, failed.InstanceID, failed.Rule, failed.Answer, failed.Shadow = it.Problem, it.InstanceID, it.Rule, it.Answer, nil
		out[i] = newOccurrence(failed, bodies)
		out[i].batch, out[i].item = of, it.Index
		out[i].bytes += of.share
	}
	return out
}

func newBatch(b *proxy.Batch) *batch {
	out := &batch{ok: b.OK, failed: b.FailedItems(), unread: b.Unread, statuses: b.Statuses}
	for _, it := range b.Items {
		out.items = append(out.items, item{it.Index, it.Key, it.Status, it.Problem.Code, it.Problem.Detail, it.InstanceID})
	}
	out.share = out.weight() / int64(max(1, len(out.items)))
	return out
}

// weight is how many bytes it takes, roughly.
func (b *batch) weight() int64 {
	n := overheadBytes
	for _, it := range b.items {
		n += len(it.key) + len(it.detail) + overheadBytes/8
	}
	return int64(n)
}

// BatchView is the batch answer that a failed item was part of.
type BatchView struct {
	Item     int             `json:"item"` // this one, from 0
	OK       int64           `json:"ok"`
	Failed   int64           `json:"failed"`
	Unread   int64           `json:"unread,omitempty"` // too large or broken
	Statuses []StatusOfItems `json:"statuses"`
	Items    []ItemView      `json:"items"` // the first that failed
}

// StatusOfItems is how many items had a status.
type StatusOfItems struct {
	Status int   `json:"status"` // 0 where they name none
	Items  int64 `json:"items"`
}

// ItemView is one failed item in a list.
type ItemView struct {
	Index    int          `json:"index"`
	Key      string       `json:"key,omitempty"` // what the vendor names it by
	Status   int          `json:"status"`
	Type     problem.Type `json:"type"`
	Detail   string       `json:"detail"`
	Instance string       `json:"instance"`
}

// batchOf shows the batch answer of o; nil if there is none.
func (r redaction) batchOf(o *occurrence) *BatchView {
	b := o.batch
	if b == nil {
		return nil
	}
	out := &BatchView{Item: o.item, OK: b.ok, Failed: b.failed, Unread: b.unread, Statuses: []StatusOfItems{}}
	for _, status := range slices.Sorted(maps.Keys(b.statuses)) {
		out.Statuses = append(out.Statuses, StatusOfItems{status, b.statuses[status]})
	}
	slices.SortStableFunc(out.Statuses, func(a, b StatusOfItems) int { return cmp.Compare(b.Items, a.Items) })
	for _, it := range b.items {
		out.Items = append(out.Items, ItemView{it.index, r.text(it.key), it.status, it.typ, r.text(it.detail), it.instanceID})
	}
	return out
}
