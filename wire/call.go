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

// lingerFor is how long a caller that still sends a body may continue, so that it reads its response before the connection
// ends (RFC 9112, section 9.6).
const lingerFor = 500 * time.Millisecond

// finish ends a request whose handler has returned. It returns false if the connection must end.
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

// abandon discards what was not sent, because a response that is cut must not look complete. It reads the rest of the body,
// so that the caller sees the connection close and not an error.
func (c *call) abandon() {
	c.response.giveBack()
	c.response.err = errOver
	if c.body != nil {
		_ = c.body.Close()
	}
}

var errOver = errors.New("wire: write after the handler returned")

// finish sends the rest when the handler has returned. It returns false if the connection must end.
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

// isShort is true if less of the body was written than declared.
func (r *response) isShort() bool {
	return r.call.req.Method != http.MethodHead && mayHaveBody(r.code) && r.declared != toTheEnd && r.written != r.declared
}

// giveBack returns the buffer of the response.
func (r *response) giveBack() {
	if r.lent != nil {
		buffers.Put(r.lent)
	}
	r.lent, r.out = nil, nil
}
