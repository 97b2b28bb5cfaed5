package wire

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"
)

// upload sends a body while the answer may already arrive. It has a goroutine of its own, which ends with the body or with
// the connection.
type upload struct {
	conn    *conn
	body    io.Reader
	closer  io.Closer
	length  int64 // toTheEnd: in chunks
	trailer http.Header
	done    chan struct{}
	err     error // after done
}

var uploadBuffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// run sends the body. If the body cannot be read, the connection ends, because the request cannot be completed.
func (u *upload) run() {
	defer close(u.done)
	readErr, writeErr := u.send()
	u.err = errors.Join(readErr, writeErr, u.closer.Close())
	if u.err != nil && writeErr == nil {
		u.conn.abort()
	}
	u.conn.boundHeader()
}

func (u *upload) send() (readErr, writeErr error) {
	lent := uploadBuffers.Get().(*[32 << 10]byte)
	defer uploadBuffers.Put(lent)
	for !isEnd(readErr) {
		var n int
		n, readErr = u.body.Read(lent[maxFrame : len(lent)-len(lineEnd)])
		if readErr != nil && !isEnd(readErr) {
			return readErr, nil
		}
		if n > 0 {
			_, writeErr = u.conn.Write(u.frame(lent[:], n))
		}
		if writeErr != nil {
			return nil, writeErr
		}
	}
	if u.length == toTheEnd {
		_, writeErr = u.conn.Write(appendLastChunk(lent[:0], u.trailer))
	}
	return nil, writeErr
}

const (
	lineEnd  = "\r\n"
	maxFrame = 16 // bytes of a chunk's size with its line end
)

// frame returns the bytes to write for the n bytes that follow the first maxFrame ones.
func (u *upload) frame(b []byte, n int) []byte {
	if u.length != toTheEnd {
		return b[maxFrame:][:n]
	}
	var digits [maxFrame]byte
	size := append(strconv.AppendInt(digits[:0], int64(n), 16), lineEnd...)
	start := maxFrame - len(size)
	copy(b[start:], size)
	copy(b[maxFrame+n:], lineEnd)
	return b[start : maxFrame+n+len(lineEnd)]
}

// appendLastChunk writes the last chunk and the trailer, whose values are now known. Invalid fields are left out.
func appendLastChunk(b []byte, trailer http.Header) []byte {
	b = append(b, "0\r\n"...)
	for name, values := range trailer {
		for _, value := range values {
			if !isFraming(name) && httpguts.ValidHeaderFieldName(name) && httpguts.ValidHeaderFieldValue(value) {
				b = appendField(b, name, value)
			}
		}
	}
	return append(b, lineEnd...)
}

// finished is true if the request was sent completely. A nil upload counts as sent.
func (u *upload) finished() bool {
	if u == nil {
		return true
	}
	select {
	case <-u.done:
		return u.err == nil
	case <-time.After(lingering):
		return false
	}
}

// exactly reads a body that must have a given length.
type exactly struct {
	io.Reader
	left int64
}

var errLength = errors.New("wire: the request's body is not as long as its Content-Length")

// Read implements io.Reader.
func (e *exactly) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	e.left -= int64(n)
	if e.left < 0 || isEnd(err) && e.left > 0 {
		return 0, errLength
	}
	return n, err
}
