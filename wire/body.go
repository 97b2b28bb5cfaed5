package wire

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"
)

// body is the body of an answer. At its end the connection becomes idle. If it is closed earlier, the connection ends,
// unless the rest of the body has already arrived. Close may be called during a Read.
type body struct {
	c      *conn
	ctx    context.Context
	ending *Ending     // that ctx ends with; nil: see stop
	stop   func() bool // stops the end of ctx from breaking the connection off; false if it already has
	upload *upload     // nil: the request has been sent
	resp   *http.Response
	left   int64   // toTheEnd: of the connection
	chunks *chunks // nil: the length is known, or is toTheEnd
	spent  bool    // the connection cannot be used again

	mu      sync.Mutex
	reading bool
	closed  bool
	err     error // that Read ended with; the connection is no longer ours then
}

var errClosed = errors.New("wire: read on closed response body")

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if err := b.enter(); err != nil || len(p) == 0 {
		return 0, err
	}
	n, err := b.read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading = false
	if err == nil && b.closed {
		err = errClosed
	}
	if err != nil {
		b.end(err)
	}
	return n, b.err
}

// HasCome is true if a part of the body is there to be read without waiting.
func (b *body) HasCome() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.closed && b.err == nil && len(b.c.in.buffered()) > 0
}

func (b *body) enter() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return errClosed
	}
	b.reading = b.err == nil
	return b.err
}

func (b *body) read(p []byte) (n int, err error) {
	switch {
	case len(p) == 0:
		return 0, nil
	case b.chunks != nil:
		b.c.unbound()
		return b.readChunks(p)
	case b.left != toTheEnd && int64(len(p)) > b.left:
		p = p[:b.left]
	}
	if len(b.c.in.buffered()) == 0 {
		b.c.unbound()
	}
	n, err = b.c.in.Read(p)
	if b.left == toTheEnd {
		return n, err
	}
	b.left -= int64(n)
	if b.left == 0 {
		return n, io.EOF
	}
	return n, unexpected(err)
}

// readChunks reads a chunked body, and the trailer at its end.
func (b *body) readChunks(p []byte) (int, error) {
	n, err := b.chunks.Read(p)
	if !isEnd(err) {
		return n, err
	}
	trailer, err := b.chunks.trailer()
	if err != nil {
		return n, err
	}
	if b.resp.Trailer == nil {
		b.resp.Trailer = trailer
		return n, io.EOF
	}
	maps.Copy(b.resp.Trailer, trailer)
	return n, io.EOF
}

// end is called once, when nobody reads any more. b.mu must be held.
func (b *body) end(err error) {
	if why := causeOf(b.ctx); why != nil && !isEnd(err) && !b.closed {
		err = why
	}
	b.err = err
	b.finish(isEnd(err))
}

// Close implements io.Closer.
func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed || b.err != nil:
	case b.reading:
		b.c.abort() // Read does the rest
	default:
		b.err = errClosed
		b.finish(b.restIsHere())
	}
	b.closed = true
	return nil
}

// IsHere is true if the rest of the body has arrived, so that no Read waits for it.
func (b *body) IsHere() bool {
	return b.chunks == nil && b.left >= 0 && b.left <= int64(len(b.c.in.buffered()))
}

// restIsHere discards the rest of a body that has fully arrived.
func (b *body) restIsHere() bool {
	if !b.IsHere() {
		return false
	}
	b.c.in.skip(int(b.left))
	return true
}

// follow makes the end of ctx break the connection off.
func (b *body) follow(ctx context.Context) {
	b.ctx = ctx
	if b.ending = endingOf(ctx); b.ending != nil {
		b.ending.add(b.c)
		return
	}
	b.stop = context.AfterFunc(ctx, b.c.abortFunc)
}

// unfollow ends that; false if the connection is already broken off.
func (b *body) unfollow() bool {
	if b.ending != nil {
		return b.ending.remove(b.c)
	}
	return b.stop()
}

// finish gives the connection back. It is reused only if the answer was read completely, with nothing after it, and the
// request was sent completely.
func (b *body) finish(whole bool) {
	undisturbed := b.unfollow()
	keep := whole && undisturbed && !b.spent && len(b.c.in.buffered()) == 0 && b.upload.finished()
	b.c.in.release()
	if !keep || !b.c.transport.idle.put(b.c) {
		b.c.close()
	}
}

// lingering is how long a connection waits for the end of a request that already has its answer, as in http.Transport.
const lingering = 50 * time.Millisecond

func isEnd(err error) bool { return err == io.EOF } //nolint:errorlint // nobody wraps it where bodies are read
