package wire

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// readBytes is the size of the buffers that answers are read into: a head and a short body at once.
const readBytes = 8 << 10

// mostEmpty is how often a connection may give nothing, and no error, in a row.
const mostEmpty = 100

// buffers are lent to connections while an answer is read, so that idle ones hold none.
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

// fill reads once, behind what is buffered, and makes room for that.
func (r *reader) fill() error {
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
	for at := 0; ; {
		for {
			end := bytes.IndexByte(r.buffered()[at:], '\n')
			if end < 0 {
				break
			}
			line := r.buffered()[at : at+end]
			at += end + 1
			if len(line) == 0 || len(line) == 1 && line[0] == '\r' {
				text = string(r.buffered()[:at])
				r.skip(at)
				return text, lines, r.check(int64(at), limit)
			}
			lines++
		}
		if err := r.check(int64(len(r.buffered())), limit); err != nil {
			return "", 0, err
		}
		if err := r.fill(); err != nil {
			return "", 0, err
		}
	}
}

func (r *reader) check(n, limit int64) error {
	if n > limit {
		return fmt.Errorf("wire: server response headers exceeded %d bytes", limit)
	}
	return nil
}
