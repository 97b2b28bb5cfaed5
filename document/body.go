// Package document holds what a vendor answered, and opens its body. Within limits of bytes, depth, nodes and time it
// undoes codings and charsets, finds out the format, whatever the label says, and turns JSON, XML, YAML and forms into one
// kind of tree.
package document

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// Limits bounds what one error body may cost. A field that is zero or negative stands for its default.
type Limits struct {
	EncodedBytes int64         // read from the vendor; the rest is dropped
	DecodedBytes int64         // after undoing the content codings
	Depth        int           // of nested values
	Nodes        int           // values in the tree
	Time         time.Duration // to read the body, from the end of the header
}

// DefaultLimits suits errors: the largest known ones are a few dozen KiB.
func DefaultLimits() Limits {
	return Limits{EncodedBytes: 256 << 10, DecodedBytes: 512 << 10, Depth: 64, Nodes: 10_000, Time: 5 * time.Second}
}

// OrDefault fills the fields that are not set.
func (l Limits) OrDefault() Limits {
	d := DefaultLimits()
	return Limits{
		EncodedBytes: positive(l.EncodedBytes, d.EncodedBytes),
		DecodedBytes: positive(l.DecodedBytes, d.DecodedBytes),
		Depth:        positive(l.Depth, d.Depth),
		Nodes:        positive(l.Nodes, d.Nodes),
		Time:         positive(l.Time, d.Time),
	}
}

// positive returns n, or fallback if n is not above zero.
func positive[T int | int64 | time.Duration](n, fallback T) T {
	if n > 0 {
		return n
	}
	return fallback
}

const (
	// firstReadBytes is enough for most errors.
	firstReadBytes = 2 << 10
	// maxFirstReadBytes is how far a Content-Length is trusted before any byte has arrived.
	maxFirstReadBytes = 32 << 10
	// drainBytes and drainTime are what reading a body beyond its limit may cost. A connection is reused only if its body
	// was read to the end.
	drainBytes = 256 << 10
	drainTime  = 50 * time.Millisecond
	// maxIdleReads is how often a body may return neither bytes nor an error.
	maxIdleReads = 100
)

// ReadBody reads an error body and closes it. It never fails: what came before the limit, the deadline, the end of
// ctx or a broken connection is returned, with cut true. length is the Content-Length, -1 if unknown.
//
// The deadline works by closing body while a Read of it waits, which ends that Read for every body that net/http
// makes; no goroutine is left behind.
func (l Limits) ReadBody(ctx context.Context, body io.ReadCloser, length int64) (raw []byte, cut bool) {
	raw, cut, _ = (*Budget)(nil).ReadBody(ctx, l, body, length)
	return raw, cut
}

// ReadBody reads a body as Limits.ReadBody does and holds cap(raw) bytes of b for it, to be given back when raw is dropped.
// If b is exhausted, ok is false: nothing is held, body is still open, and raw is what was read, so that both can be passed
// on untouched.
func (b *Budget) ReadBody(ctx context.Context, l Limits, body io.ReadCloser, length int64) (raw []byte, cut, ok bool) {
	if body == http.NoBody { // whatever the length says: the answer to a HEAD has one
		return nil, false, true
	}
	l = l.OrDefault()
	r := bodyReader{body: body, budget: b, maxBytes: l.EncodedBytes}
	w := watch(ctx, l.Time, &r)
	err := r.fill(length)
	if errors.Is(err, errBudget) && w.stop() {
		b.Give(r.reserved)
		return r.buf, false, false
	}
	if errors.Is(err, errFull) {
		w.within(min(drainTime, l.Time))
		err = r.drain()
	}
	w.stop()
	r.close()
	b.Give(r.reserved - int64(cap(r.buf)))
	return r.buf, !errors.Is(err, io.EOF) || int64(len(r.buf)) < length, true
}

// watcher closes a body that takes too long. The zero value watches nothing.
type watcher struct {
	deadline *time.Timer
	unwatch  func() bool
}

// watch starts to watch a body, unless its IsHere says that all of it has arrived.
func watch(ctx context.Context, within time.Duration, r *bodyReader) watcher {
	if here, ok := r.body.(interface{ IsHere() bool }); ok && here.IsHere() {
		return watcher{}
	}
	return watcher{time.AfterFunc(within, r.close), context.AfterFunc(ctx, r.close)}
}

// within changes how much longer the body may take.
func (w watcher) within(d time.Duration) {
	if w.deadline != nil {
		w.deadline.Reset(d)
	}
}

// stop returns false if the body was closed, or is being closed.
func (w watcher) stop() bool {
	if w.deadline == nil {
		return true
	}
	inTime, wanted := w.deadline.Stop(), w.unwatch()
	return inTime && wanted
}

// Why reading stopped before the end of a body.
var (
	errFull   = errors.New("body over the limit")
	errBudget = errors.New("budget of bytes is exhausted")
)

// bodyReader reads one body.
type bodyReader struct {
	body     io.ReadCloser
	once     sync.Once
	maxBytes int64
	buf      []byte
	budget   *Budget
	reserved int64 // of the budget; at least the buffer's capacity
}

// close closes the body once, and waits for a close that is in progress.
func (r *bodyReader) close() { r.once.Do(func() { _ = r.body.Close() }) }

// fill reads to the end of the body, which gives io.EOF, or as far as it may.
func (r *bodyReader) fill(length int64) error {
	want := int64(firstReadBytes)
	if length >= 0 {
		want = min(length, maxFirstReadBytes) + 1 // one more, to see the end without another step
	}
	for idle := 0; idle < maxIdleReads; idle++ {
		if len(r.buf) == cap(r.buf) {
			if err := r.grow(want, length); err != nil {
				return err
			}
			want = 2 * int64(cap(r.buf))
		}
		n, err := r.body.Read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+n]
		if err != nil {
			return err
		}
		if n > 0 {
			idle = -1
		}
	}
	return io.ErrNoProgress
}

// grow makes room for want bytes in total, as far as limit and budget allow.
func (r *bodyReader) grow(want, length int64) error {
	want = min(want, r.maxBytes)
	if want <= int64(cap(r.buf)) {
		return errFull
	}
	if !r.reserve(want, length) {
		return errBudget
	}
	grown := make([]byte, len(r.buf), want)
	copy(grown, r.buf)
	r.buf = grown
	return nil
}

// reserve takes want bytes in total from the budget. It takes little at first, and then at once what a body of this length
// may need, so that an exhausted budget shows before much is read that nobody accounts for.
func (r *bodyReader) reserve(want, length int64) bool {
	if want <= r.reserved {
		return true
	}
	need := max(want, min(SmallBytes, r.maxBytes))
	if need > SmallBytes {
		need = r.maxBytes
		if length >= 0 {
			need = max(want, min(length+1, r.maxBytes))
		}
	}
	if !r.budget.Take(need - r.reserved) {
		return false
	}
	r.reserved = need
	return true
}

// drain reads on after the limit, so that the connection can be reused. It returns io.EOF if nothing was left.
func (r *bodyReader) drain() error {
	n, err := io.CopyN(io.Discard, r.body, drainBytes)
	if n > 0 || err == nil {
		return errFull
	}
	return err
}
