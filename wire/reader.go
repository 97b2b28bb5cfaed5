package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
)

// readBytes is the size of the buffers into which messages are read: a header and a short body fit.
const readBytes = 8 << 10

// mostEmpty is how often in a row a connection may return neither bytes nor an error.
const mostEmpty = 100

// buffers are lent to connections while a message is read or written, so that idle connections hold none.
var buffers = sync.Pool{New: func() any { return new([readBytes]byte) }}

// reader buffers what is read from a connection.
type reader struct {
	source io.Reader
	lent   *[readBytes]byte // of the pool
	buf    []byte           // lent, or a larger one
	r, w   int              // what was read and not used is buf[r:w]
}

func (r *reader) buffered() []byte { return r.buf[r.r:r.w] }

func (r *reader) skip(n int) { r.r += n }

// room makes room after the buffered bytes.
func (r *reader) room() {
	if r.buf == nil {
		r.lent = buffers.Get().(*[readBytes]byte)
		r.buf = r.lent[:]
	}
	if r.r > 0 {
		r.w = copy(r.buf, r.buf[r.r:r.w])
		r.r = 0
	}
	if r.w == len(r.buf) {
		larger := make([]byte, 2*len(r.buf))
		copy(larger, r.buf)
		r.buf = larger
	}
}

// fill reads once and appends to the buffered bytes.
func (r *reader) fill() error {
	r.room()
	for range mostEmpty {
		n, err := r.source.Read(r.buf[r.w:])
		r.w += n
		if n > 0 {
			return nil // an error comes again
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// release returns the buffer. Its content is lost.
func (r *reader) release() {
	if r.lent != nil {
		buffers.Put(r.lent)
	}
	r.lent, r.buf, r.r, r.w = nil, nil, 0, 0
}

// Read implements io.Reader. A long read bypasses the buffer.
func (r *reader) Read(p []byte) (int, error) {
	if r.r == r.w {
		if len(p) >= readBytes {
			return r.source.Read(p)
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.buffered())
	r.skip(n)
	return n, nil
}

// errNotHTTP is for what cannot become an answer, so that nobody waits for the rest of it.
var errNotHTTP = errors.New("wire: malformed answer: it does not begin with a version of HTTP/1")

// block returns the text up to and including the first empty line, at most limit bytes, and its number of lines. It fails as
// soon as the text does not begin with start.
func (r *reader) block(start string, limit int64) (text string, lines int, err error) {
	for at, whole := 0, false; ; {
		if at, lines, whole = scanBlock(r.buffered(), at, lines); whole {
			text = string(r.buffered()[:at])
			r.skip(at)
			return text, lines, r.check(int64(at), limit)
		}
		if err := r.check(int64(len(r.buffered())), limit); err != nil {
			return "", 0, err
		}
		if begun := min(len(start), len(r.buffered())); string(r.buffered()[:begun]) != start[:begun] {
			return "", 0, errNotHTTP
		}
		if err := r.fill(); err != nil {
			return "", 0, err
		}
	}
}

// scanBlock searches b for the end of a block. at is where the complete lines end that are already known, and lines their
// number. If the block is incomplete, the next search continues from the returned position.
func scanBlock(b []byte, at, lines int) (end, count int, whole bool) {
	for {
		length := bytes.IndexByte(b[at:], '\n')
		if length < 0 {
			return at, lines, false
		}
		line := b[at : at+length]
		at += length + 1
		if len(line) == 0 || len(line) == 1 && line[0] == '\r' {
			return at, lines, true
		}
		lines++
	}
}

func (r *reader) check(n, limit int64) error {
	if n > limit {
		return fmt.Errorf("wire: server response headers exceeded %d bytes", limit)
	}
	return nil
}

// add appends a byte that was read in another way.
func (r *reader) add(b byte) {
	r.room()
	r.buf[r.w] = b
	r.w++
}
