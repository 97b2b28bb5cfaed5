package normalize

import (
	"bytes"
	"io"
	"net/http"

	"gateway/document"
	"gateway/problem"
	"gateway/wording"
)

// maxItemBytes is the size of the largest item of a batch answer that is read.
const maxItemBytes = 256 << 10

// Batch is one batch answer: a success that reports on many items, some of which may have failed. It belongs to one
// exchange and must not be used concurrently.
type Batch struct {
	form    *batchForm
	head    *document.Answer
	header  http.Header // as an item's own answer would have it
	labels  []string    // the codings of the body, the one applied last first
	budget  *document.Budget
	onPanic func(cause any)
	items   int
}

// BatchItem is what one item of a batch answer says.
type BatchItem struct {
	Index  int    // from 0
	Key    string // what names it; "" if nothing does
	Status int    // its own; 0 where it names none
	Failed bool
	Unread bool // too large, or no JSON object: it passes as it is
	// Answer is a failed item as an answer of its own, and Reading is what that means.
	Answer  *document.Answer
	Reading problem.Reading
}

// Batch returns how to follow a's body while it streams, if the profile says that such an answer has many items; else nil.
// Only the header decides; a.Body is not used. What items need beyond a few KiB, and what decoders need, is taken from
// budget. onPanic, which may be nil, is called with panics while an item is read; the item then passes unchanged.
func (r *Reader) Batch(a *document.Answer, budget *document.Budget, onPanic func(cause any)) *Batch {
	form := r.batchForm(a)
	if form == nil {
		return nil
	}
	b := &Batch{form: form, head: a, header: a.Header.Clone(), labels: document.Codings(a.Header), budget: budget, onPanic: onPanic}
	b.header.Set("Content-Type", "application/json")
	b.header.Del("Content-Encoding")
	b.header.Del("Content-Length")
	return b
}

// Items reads a complete batch answer. batch is the name of the profile's entry; "" if a is not a batch answer.
func (r *Reader) Items(a *document.Answer) (batch string, items []BatchItem) {
	b := r.Batch(a, nil, nil)
	if b == nil {
		return "", nil
	}
	body, _ := b.Watch(io.NopCloser(bytes.NewReader(a.Body)), func(item BatchItem) { items = append(items, item) })
	_, _ = io.Copy(io.Discard, body) // bytes in memory
	_ = body.Close()
	return b.form.name, items
}

// Watch returns body, byte for byte as it comes, and calls seen with each item that passes. It undoes codings on the side.
// ok is false if they cannot be undone: seen is then never called. Close the result in any case.
func (b *Batch) Watch(body io.ReadCloser, seen func(BatchItem)) (watched io.ReadCloser, ok bool) {
	items := b.scanner(func(item BatchItem, raw []byte, _, _ int) []byte {
		seen(item)
		return raw
	})
	if len(b.labels) == 0 {
		return &watchedBody{ReadCloser: body, sink: items}, true
	}
	unpacker := document.NewUnpacker(b.labels, items, b.budget)
	if unpacker == nil {
		return body, false
	}
	return &watchedBody{ReadCloser: body, sink: codedItems{unpacker, items}}, true
}

// Amend returns body with its codings undone, and with a member "problem" in the object of each item for which problem
// returns one. Everything else is byte for byte as it came, and nothing is delayed longer than to the end of its item. ok
// is false if the codings cannot be undone: body is returned unchanged. Close the result in any case.
func (b *Batch) Amend(body io.ReadCloser, problem func(BatchItem) *problem.Problem) (amended io.ReadCloser, ok bool) {
	source, ok := document.Unpacked(b.labels, body, b.budget)
	if !ok {
		return body, false
	}
	items := b.scanner(func(item BatchItem, raw []byte, from, to int) []byte {
		if p := problem(item); p != nil {
			return withProblem(raw, from, to, p)
		}
		return raw
	})
	out := &amendedBody{source: source, items: items}
	items.pass = func(p []byte) { out.ready.Write(p) }
	return out, true
}

// scanner returns a scanner that passes every item, and the place of its object in raw, to each.
func (b *Batch) scanner(each func(item BatchItem, raw []byte, from, to int) []byte) *itemScanner {
	return &itemScanner{
		lines: b.form.lines, seeker: listSeeker{path: b.form.list}, budget: b.budget,
		item: func(raw []byte) []byte {
			item, from, to := b.read(raw)
			return each(item, raw, from, to)
		},
		tooLarge: func() { each(b.next(), nil, 0, 0) },
	}
}

// next returns the next item as one that could not be read.
func (b *Batch) next() BatchItem {
	b.items++
	return BatchItem{Index: b.items - 1, Unread: true}
}

// read reads one item. The object that says whether it failed is raw[from:to].
func (b *Batch) read(raw []byte) (item BatchItem, from, to int) {
	unread := b.next()
	defer func() {
		if cause := recover(); cause != nil {
			item = unread
			if b.onPanic != nil {
				b.onPanic(cause)
			}
		}
	}()
	from, to, ok := spanOf(b.form.item, raw)
	if !ok {
		return unread, 0, 0
	}
	object, err := document.ParseJSON(raw[from:to], document.Limits{})
	if err != nil {
		return unread, 0, 0
	}
	return b.told(unread.Index, raw[from:to], object), from, to
}

// told reads an item's object.
func (b *Batch) told(index int, raw []byte, object *document.Node) BatchItem {
	v := &view{answer: b.head, doc: document.Document{Format: document.FormatJSON, Root: object}}
	item := BatchItem{Index: index, Key: wording.CleanText(b.form.key.first(v, object), wording.MaxCodeBytes)}
	item.Status, item.Failed = b.form.hasFailed(v, object)
	if item.Failed {
		item.Answer, item.Reading = b.readFailed(item.Status, raw)
	}
	return item
}

// readFailed reads a failed item as if it were an answer of its own. If it names no error status, it is read as a fault of
// the request, and its type determines the status.
func (b *Batch) readFailed(status int, raw []byte) (*document.Answer, problem.Reading) {
	a := *b.head
	a.Status, a.Header, a.Body, a.Cut = max(status, http.StatusBadRequest), b.header, bytes.Clone(raw), false
	reading, _ := b.form.reader.Read(&a)
	if status < 400 {
		reading.Status = b.head.Status
	}
	if !b.form.lines { // a line is a document of its own; an item of a list is somewhere in the caller's body
		for i := range reading.Violations {
			reading.Violations[i].Pointer = ""
		}
	}
	return &a, reading
}
