package normalize

import (
	"context"
	"io"
	"time"
)

// Limits bounds what one error body may cost. A field that is zero or less stands for its default.
type Limits struct {
	EncodedBytes int64         // read from the vendor; the rest is dropped
	DecodedBytes int64         // after undoing the content codings
	Depth        int           // of nested values
	Nodes        int           // values in the tree
	Time         time.Duration // to read the body, from the header's end
}

// DefaultLimits suits errors: the largest that vendors are known to send are a few dozen KiB.
func DefaultLimits() Limits {
	return Limits{EncodedBytes: 256 << 10, DecodedBytes: 512 << 10, Depth: 64, Nodes: 10_000, Time: 5 * time.Second}
}

// orDefault fills the fields that are not set.
func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	if l.EncodedBytes <= 0 {
		l.EncodedBytes = d.EncodedBytes
	}
	if l.DecodedBytes <= 0 {
		l.DecodedBytes = d.DecodedBytes
	}
	if l.Depth <= 0 {
		l.Depth = d.Depth
	}
	if l.Nodes <= 0 {
		l.Nodes = d.Nodes
	}
	if l.Time <= 0 {
		l.Time = d.Time
	}
	return l
}

// Body is what a vendor's answer carries: Close ends a Read that another goroutine waits in, as it does for the
// body of every http.Response of net/http.
type Body interface {
	io.Reader
	io.Closer
}

// ReadBody reads an error body and closes it. It never fails: what came before a limit, the end of ctx or a broken
// connection is returned, and cut is true. length is the Content-Length, -1 if unknown.
func (l Limits) ReadBody(ctx context.Context, body Body, length int64) (raw []byte, cut bool) {
	l = l.orDefault()
	ctx, cancel := context.WithTimeout(ctx, l.Time)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = body.Close() })
	defer func() { stop(); _ = body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(body, l.EncodedBytes+1))
	if int64(len(raw)) > l.EncodedBytes {
		return raw[:l.EncodedBytes], true
	}
	return raw, err != nil || int64(len(raw)) < length
}
