package proxy

import (
	"encoding/binary"
	"net/http"
	"time"

	"github.com/google/uuid"

	"gateway/document"
	"gateway/normalize"
	"gateway/problem"
)

// Bounds on what the record keeps of a batch answer's failed items.
const (
	maxFailedItems = 20
	maxItemsBytes  = 64 << 10 // of what the vendor said, all of them together
)

// Batch is what was learnt from the items of a batch answer while they streamed by.
type Batch struct {
	OK       int64
	Failed   map[problem.Type]int64
	Unread   int64         // too large or broken
	Statuses map[int]int64 // of the items that were read, by their own status; 0 where they name none
	Items    []FailedItem  // the first that failed

	instances string // UUID of which those of the items' problems are made
	bytes     int    // of the answers in Items
}

// FailedItem is one failed item of a batch answer.
type FailedItem struct {
	Index      int    // from 0
	Key        string // what names it; "" if nothing does
	Status     int    // its own; 0 where it names none
	Rule       string // that mapped it; "" if none
	InstanceID string // UUID of Problem
	Problem    *problem.Problem
	Answer     *document.Answer // as if the item had been an answer of its own; cut where all together are too long
}

// followBatch counts the items of a batch answer while it streams, and adds a problem to each failed one if the upstream's
// configuration asks for that. It leaves every other answer alone.
func (h *Handler) followBatch(x *exchange, head *document.Answer, resp *http.Response) {
	b := x.upstream.Reader.Batch(head, h.shared.budget, x.notePanic)
	if b == nil {
		return
	}
	x.Batch = &Batch{Failed: map[problem.Type]int64{}, Statuses: map[int]int64{}, instances: newID(time.Now())}
	amend := x.upstream.UpstreamConfig.Batch == "problems" && !x.passthrough
	var ok bool
	if amend {
		resp.Body, ok = b.Amend(resp.Body, func(item normalize.BatchItem) *problem.Problem {
			x.Batch.count(item)
			return h.itemProblem(x, item)
		})
	} else {
		resp.Body, ok = b.Watch(resp.Body, func(item normalize.BatchItem) {
			if x.Batch.count(item); len(x.Batch.Items) < maxFailedItems {
				h.itemProblem(x, item)
			}
		})
	}
	switch {
	case !ok:
		x.Body = document.Undecodable
	case amend:
		forgetLength(resp)
	}
}

// headOf returns resp in the form that readers take, without its body.
func headOf(resp *http.Response) *document.Answer {
	return &document.Answer{
		Method: resp.Request.Method, Path: resp.Request.URL.RequestURI(), RequestHeader: resp.Request.Header,
		Status: resp.StatusCode, Header: resp.Header, Received: time.Now(),
	}
}

// itemProblem returns the problem of an item, if it failed. The record keeps the first ones.
func (h *Handler) itemProblem(x *exchange, item normalize.BatchItem) *problem.Problem {
	if !item.Failed {
		return nil
	}
	id := itemInstance(x.Batch.instances, item.Index)
	p := h.vendorProblem(x, item.Answer, item.Reading, id)
	x.Batch.keep(FailedItem{
		Index: item.Index, Key: item.Key, Status: item.Status, Rule: item.Reading.Rule, InstanceID: id, Problem: p, Answer: item.Answer,
	})
	return p
}

// itemInstance returns the UUID of an item's problem. The UUIDs of one answer differ only in their last 32 bits, which hold
// the item's index. So each of them leads to the answer, even if its item is not among those that are kept (RFC 9562,
// section 6.2).
func itemInstance(first string, index int) string {
	id, err := uuid.Parse(first)
	if err != nil {
		return first
	}
	last := id[len(id)-4:]
	binary.BigEndian.PutUint32(last, binary.BigEndian.Uint32(last)+uint32(index)) //nolint:gosec // it wraps around
	return id.String()
}

// BatchOf returns the part of an item's UUID that all items of one batch answer share.
func BatchOf(instanceID string) string { return instanceID[:max(0, len(instanceID)-8)] }

// count counts an item.
func (b *Batch) count(item normalize.BatchItem) {
	switch {
	case item.Unread:
		b.Unread++
		return
	case item.Failed:
		b.Failed[item.Reading.Type]++
	default:
		b.OK++
	}
	b.Statuses[item.Status]++
}

// keep keeps an item while there is room for it.
func (b *Batch) keep(item FailedItem) {
	if len(b.Items) == maxFailedItems {
		return
	}
	if b.bytes += len(item.Answer.Body); b.bytes > maxItemsBytes {
		short := *item.Answer
		short.Body, short.Cut = nil, true
		item.Answer = &short
	}
	b.Items = append(b.Items, item)
}

// FailedItems returns how many items failed, of all types.
func (b *Batch) FailedItems() (n int64) {
	for _, of := range b.Failed {
		n += of
	}
	return n
}

// lengthHeaders describe only the bytes that the vendor sent.
var lengthHeaders = []string{
	"Content-Length", "Content-Encoding", "Content-Md5", "Content-Digest", "Repr-Digest", "Digest", "Etag", "Accept-Ranges",
	"Signature", "Signature-Input",
}

// forgetLength drops the headers that are wrong for a body that may grow.
func forgetLength(resp *http.Response) {
	for _, name := range lengthHeaders {
		resp.Header.Del(name)
	}
	varyBy(resp.Header, "Accept-Language")
	resp.ContentLength = -1
}
