package wire

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// readBytes is the size of the buffers that messages are read into: a head and a short body at once.
const readBytes = 8 << 10

// mostEmpty is how often a connection may give nothing, and no error, in a row.
const mostEmpty = 100

// buffers are lent to connections while a message is read or written, so that idle ones hold none.
var buffers = sync.Pool{New: func() any { return new([readBytes]byte) }}

// reader buffers what is read of a connection.
type reader struct {
	source io.Reader
	lent   *[readBytes]byte // of the pool
	buf    []byte           // lent, or a larger one
	r, w   int              // what was read and not used is buf[r:w]
}

func (r *reader) buffered() []byte { return r.buf[r.r:r.w] }

func (r *reader) skip(n int) { r.r += n }

// room makes room behind what is buffered.
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

// fill reads once, behind what is buffered.
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

// release gives the buffer back. What it holds is lost.
func (r *reader) release() {
	if r.lent != nil {
		buffers.Put(r.lent)
	}
	r.lent, r.buf, r.r, r.w = nil, nil, 0, 0
}

// Read implements io.Reader. A long read goes past the buffer.
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

// block returns what is up to and with the first empty line, of at most limit bytes, and its number of lines.
func (r *reader) block(limit int64) (text string, lines int, err error) {
	for at, whole := 0, false; ; {
		if at, lines, whole = scanBlock(r.buffered(), at, lines); whole {
			text = string(r.buffered()[:at])
			r.skip(at)
			return text, lines, r.check(int64(at), limit)
		}
		if err := r.check(int64(len(r.buffered())), limit); err != nil {
			return "", 0, err
		}
		if err := r.fill(); err != nil {
			return "", 0, err
		}
	}
}

// scanBlock looks for the end of a block in b, of which at bytes are known to be whole lines. Where it is not whole, the
// search goes on from what is returned.
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

// add appends a byte that came another way.
func (r *reader) add(b byte) {
	r.room()
	r.buf[r.w] = b
	r.w++
}
