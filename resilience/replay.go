package resilience

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// maxReplayBytes is how much of a request's body is kept to send it again.
const maxReplayBytes = 64 << 10

var errBodyClosed = errors.New("the request's body was closed")

// replay records a caller's body while the first attempt reads it, so that nothing waits for the body to be whole.
// Later attempts read the record first and the rest from the caller.
type replay struct {
	mu        sync.Mutex // held while reading from the caller
	source    io.ReadCloser
	record    []byte
	overflown bool  // more was read than is kept
	err       error // of the source, io.EOF included

	ends      sync.Mutex
	open      int  // attempts whose body is not closed
	committed bool // no attempt follows
}

// hasBody is false where nothing can come.
func hasBody(req *http.Request) bool { return req.Body != nil && req.Body != http.NoBody }

// newReplay returns nil for a request without a body.
func newReplay(req *http.Request) *replay {
	if !hasBody(req) {
		return nil
	}
	return &replay{source: req.Body}
}

// kept returns what was read of the body, and whether it can be read from its beginning again. While the caller is
// being waited for it cannot, as nobody knows how long that takes.
func (r *replay) kept() (record []byte, whole bool) {
	if r == nil {
		return nil, true
	}
	if !r.mu.TryLock() {
		return nil, false
	}
	defer r.mu.Unlock()
	return r.record, !r.overflown && (r.err == nil || errors.Is(r.err, io.EOF))
}

// commit says that no attempt follows. The source is closed when the last one has ended, as http.RoundTripper demands.
func (r *replay) commit() {
	if r != nil {
		r.change(func() { r.committed = true })
	}
}

func (r *replay) change(f func()) {
	r.ends.Lock()
	f()
	done := r.committed && r.open == 0
	r.ends.Unlock()
	if done {
		r.source.Close()
	}
}

// reader returns the body from its beginning.
func (r *replay) reader() io.ReadCloser {
	r.change(func() { r.open++ })
	return &attemptBody{replay: r}
}

// attemptBody is the body of one attempt. Transports may still read it when their answer is there.
type attemptBody struct {
	replay *replay
	offset int
	closed atomic.Bool
}

// Read implements io.Reader.
func (b *attemptBody) Read(p []byte) (int, error) {
	r := b.replay
	r.mu.Lock()
	defer r.mu.Unlock()
	n, err := 0, r.err
	switch {
	case b.closed.Load():
		err = errBodyClosed
	case b.offset < len(r.record):
		n, err = copy(p, r.record[b.offset:]), nil
	case r.err == nil:
		n, err = r.readSource(p)
	}
	b.offset += n
	return n, err
}

func (r *replay) readSource(p []byte) (int, error) {
	n, err := r.source.Read(p)
	r.err = err
	if r.overflown = r.overflown || len(r.record)+n > maxReplayBytes; r.overflown {
		r.record = nil
	} else {
		r.record = append(r.record, p[:n]...)
	}
	return n, err
}

// Close implements io.Closer. It does not wait for a Read.
func (b *attemptBody) Close() error {
	if !b.closed.Swap(true) {
		b.replay.change(func() { b.replay.open-- })
	}
	return nil
}
