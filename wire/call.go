package wire

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// call is one request with its response.
type call struct {
	req      *http.Request
	ctx      Ending // of req
	body     *sent  // nil: none
	response response
}

// lingerFor is how long a caller that still sends a body may go on, to read its response before the connection ends
// (RFC 9112, section 9.6).
const lingerFor = 500 * time.Millisecond

// finish ends a request whose handler has returned. It is false when the connection ends.
func (c *call) finish() bool {
	keep := c.response.finish()
	if c.body == nil {
		return keep
	}
	_ = c.body.Close() // something is left then
	if conn := c.response.conn.conn; c.body.isLong && closeWrite(conn) == nil {
		_ = conn.SetReadDeadline(time.Now().Add(lingerFor))
		_, _ = io.Copy(io.Discard, conn)
	}
	return keep && c.body.left == 0
}

// abandon drops what was not sent, as a response that is cut must not look whole. The rest of the body is read, so that the
// caller sees an end of the connection and no error.
func (c *call) abandon() {
	c.response.giveBack()
	c.response.err = errOver
	if c.body != nil {
		_ = c.body.Close()
	}
}

var errOver = errors.New("wire: write after the handler returned")

// finish sends what is left when the handler has returned. It is false when the connection ends.
func (r *response) finish() bool {
	r.ended = true
	if r.code == 0 {
		r.WriteHeader(http.StatusOK)
	}
	r.release(nil)
	if r.chunked {
		r.out = appendLastChunk(r.room(), r.head.trailer(r.header))
	}
	r.send()
	r.giveBack()
	keep := r.err == nil && !r.closes && !r.isShort()
	r.err = errOver
	return keep
}

// isShort is true where less of the body was written than was declared.
func (r *response) isShort() bool {
	return r.call.req.Method != http.MethodHead && mayHaveBody(r.code) && r.declared != toTheEnd && r.written != r.declared
}

// giveBack returns the room of what is to be sent.
func (r *response) giveBack() {
	if r.lent != nil {
		buffers.Put(r.lent)
	}
	r.lent, r.out = nil, nil
}
