package wire

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	// sniffBytes is how much of a body of unknown length is held back: if the handler ends before, the length is known.
	sniffBytes = 2 << 10
	// heldBytes is how much of a response is held back, to be sent in one piece.
	heldBytes = 4 << 10
)

// response is the ResponseWriter of a handler. It behaves like http.Server's, except that a handler cannot hijack the
// connection, set a Transfer-Encoding of its own, or change a header once it is written.
type response struct {
	conn     *callerConn
	call     *call
	header   http.Header // nil: empty
	code     int         // 0: not said yet
	declared int64       // Content-Length; toTheEnd: unknown
	written  int64       // of the body
	held     []byte
	out      []byte // waits to be sent
	lent     *[readBytes]byte
	head     head
	begun    bool // the head is whole, and the body follows
	chunked  bool
	duplex   bool  // the handler reads on while it writes
	ended    bool  // the handler has returned
	closes   bool  // the connection ends with this response
	err      error // nothing is written any more
}

var (
	_ http.ResponseWriter = (*response)(nil)
	_ http.Flusher        = (*response)(nil)
)

func (r *response) begin(conn *callerConn, c *call) {
	r.conn, r.call, r.declared, r.closes = conn, c, toTheEnd, c.req.Close
}

// Header implements http.ResponseWriter.
func (r *response) Header() http.Header {
	if r.header == nil {
		r.header = http.Header{}
	}
	return r.header
}

// TakeHeader makes Header return header from now on, without copying it; false if Header already holds something.
func (r *response) TakeHeader(header http.Header) bool {
	if len(r.header) > 0 {
		return false
	}
	r.header = header
	return true
}

// WriteHeader implements http.ResponseWriter.
func (r *response) WriteHeader(code int) {
	switch {
	case r.code != 0:
		r.conn.lane.logf("wire: superfluous WriteHeader(%d) after %d", code, r.code)
		return
	case code < 100 || code > 999:
		panic(fmt.Sprintf("invalid WriteHeader code %v", code))
	case isInterim(code):
		r.out = appendInterim(r.room(), code, r.header)
		r.send()
		return
	}
	r.code = code
	r.declare()
	r.out = r.head.append(r.room(), code, r.header)
}

// declare reads the length that the handler declares.
func (r *response) declare() {
	values := r.header["Content-Length"]
	if len(values) == 0 || values[0] == "" {
		return
	}
	n, err := strconv.ParseInt(values[0], 10, 64)
	if err != nil || n < 0 {
		r.conn.lane.logf("wire: invalid Content-Length of %q", values[0])
		delete(r.header, "Content-Length")
		return
	}
	r.declared = n
}

// Write implements http.ResponseWriter.
func (r *response) Write(p []byte) (int, error) {
	if r.code == 0 {
		r.WriteHeader(http.StatusOK)
	}
	if len(p) == 0 {
		return 0, nil
	}
	if !mayHaveBody(r.code) {
		return 0, http.ErrBodyNotAllowed
	}
	r.written += int64(len(p))
	if r.declared != toTheEnd && r.written > r.declared {
		return 0, http.ErrContentLength
	}
	if !r.begun && r.declared == toTheEnd && r.written <= sniffBytes {
		r.held = append(r.held, p...)
		return len(p), nil
	}
	r.release(p)
	r.body(p)
	if r.err != nil {
		return 0, r.err
	}
	return len(p), nil
}

// release sends the header, and what was held back before p.
func (r *response) release(p []byte) {
	if r.begun {
		return
	}
	if held := r.held; len(held) > 0 {
		r.held, p = nil, held
		r.complete(p)
		r.body(p)
		return
	}
	r.complete(p)
}

// body writes a piece of the body.
func (r *response) body(p []byte) {
	if len(p) == 0 || r.call.req.Method == http.MethodHead {
		return
	}
	r.room()
	if r.chunked {
		r.out = append(strconv.AppendInt(r.out, int64(len(p)), 16), lineEnd...)
	}
	after := ""
	if r.chunked {
		after = lineEnd
	}
	if len(r.out)+len(p)+len(after) > cap(r.out) {
		r.sendWith(p, after)
		return
	}
	r.out = append(append(r.out, p...), after...)
	if len(r.out) > heldBytes && r.written != r.declared {
		r.send()
	}
}

// sendWith writes the pending bytes, and p after them.
func (r *response) sendWith(p []byte, after string) {
	switch {
	case r.err != nil:
	case len(r.out) == 0:
		r.fail(r.conn.write(p))
	default:
		r.fail(r.conn.writeAll(r.out, p, []byte(after)))
	}
	r.out = r.out[:0]
}

// room returns the buffer for pending bytes.
func (r *response) room() []byte {
	if r.lent == nil {
		r.lent = buffers.Get().(*[readBytes]byte)
		r.out = r.lent[:0]
	}
	return r.out
}

// send writes the pending bytes.
func (r *response) send() {
	if len(r.out) > 0 && r.err == nil {
		r.fail(r.conn.write(r.out))
	}
	r.out = r.out[:0]
}

// fail records a write error. Nothing is written after it, and the caller counts as gone.
func (r *response) fail(err error) {
	if err != nil {
		r.err = err
		r.call.ctx.End(nil)
	}
}

// Flush implements http.Flusher.
func (r *response) Flush() { _ = r.FlushError() }

// FlushError sends what has been written.
func (r *response) FlushError() error {
	if r.code == 0 {
		r.WriteHeader(http.StatusOK)
	}
	r.release(nil)
	r.send()
	r.giveBack() // nobody knows when more comes
	return r.err
}

// SetReadDeadline bounds reading the request's body.
func (r *response) SetReadDeadline(t time.Time) error { return r.conn.watch.setReadDeadline(t) }

// SetWriteDeadline bounds writing the response.
func (r *response) SetWriteDeadline(t time.Time) error { return r.conn.watch.setWriteDeadline(t) }

// EnableFullDuplex lets the handler read the body of the request after it has begun to write.
func (r *response) EnableFullDuplex() error {
	r.duplex = true
	return nil
}
