package proxy

import (
	"net/http"
	"time"

	"gateway/normalize"
)

// maxFailedItems is how many failed items of a batch answer the record keeps.
const maxFailedItems = 20

// Batch is what the items of a batch answer told while they streamed by.
type Batch struct {
	OK     int64
	Failed map[normalize.Type]int64
	Unread int64        // too large or broken
	Items  []FailedItem // the first that failed
}

// FailedItem is one failed item of a batch answer.
type FailedItem struct {
	Index      int    // from 0
	Key        string // what names it; "" if nothing does
	Status     int    // its own; 0 where it names none
	Type       normalize.Type
	Detail     string
	InstanceID string // UUID of its problem; "" if it got none
}

// followBatch counts the items of a batch answer while it streams, and lets failed ones gain a problem where the
// upstream's configuration says so. Every other answer is left alone.
func (h *Handler) followBatch(x *exchange, resp *http.Response) {
	answer := &normalize.Answer{
		Method: resp.Request.Method, Path: resp.Request.URL.RequestURI(), RequestHeader: resp.Request.Header,
		Status: resp.StatusCode, Header: resp.Header, Received: time.Now(),
	}
	b := x.upstream.Reader.Batch(answer, h.shared.budget, x.notePanic)
	if b == nil {
		return
	}
	x.Batch = &Batch{Failed: map[normalize.Type]int64{}}
	amend := x.upstream.UpstreamConfig.Batch == "problems" && !x.passthrough
	var ok bool
	if amend {
		resp.Body, ok = b.Amend(resp.Body, func(item normalize.BatchItem) *normalize.Problem { return h.itemProblem(x, item) })
	} else {
		resp.Body, ok = b.Watch(resp.Body, func(item normalize.BatchItem) { x.Batch.add(item, "") })
	}
	switch {
	case !ok:
		x.Body = normalize.BodyUndecodable
	case amend:
		forgetLength(resp)
	}
}

// itemProblem notes an item and returns its problem, if it failed.
func (h *Handler) itemProblem(x *exchange, item normalize.BatchItem) *normalize.Problem {
	if !item.Failed {
		x.Batch.add(item, "")
		return nil
	}
	p, id := h.vendorProblem(x, item.Answer, item.Reading)
	x.Batch.add(item, id)
	return p
}

// add counts an item.
func (b *Batch) add(item normalize.BatchItem, instanceID string) {
	switch {
	case item.Unread:
		b.Unread++
	case !item.Failed:
		b.OK++
	default:
		b.Failed[item.Reading.Type]++
		if len(b.Items) < maxFailedItems {
			b.Items = append(b.Items, FailedItem{
				Index: item.Index, Key: item.Key, Status: item.Status, Type: item.Reading.Type,
				Detail: item.Reading.Detail, InstanceID: instanceID,
			})
		}
	}
}

// FailedItems returns how many items failed, of all types.
func (b *Batch) FailedItems() (n int64) {
	for _, of := range b.Failed {
		n += of
	}
	return n
}

// lengthHeaders hold only for the bytes as the vendor sent them.
var lengthHeaders = []string{
	"Content-Length", "Content-Encoding", "Content-Md5", "Content-Digest", "Repr-Digest", "Digest", "Etag", "Accept-Ranges",
	"Signature", "Signature-Input",
}

// forgetLength drops what does not hold for a body that may grow.
func forgetLength(resp *http.Response) {
	for _, name := range lengthHeaders {
		resp.Header.Del(name)
	}
	resp.Header.Add("Vary", "Accept-Language")
	resp.ContentLength = -1
}
