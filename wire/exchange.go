package wire

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"time"
)

// exchange sends a request and returns its answer, whose body gives the connection back. After an error the connection has
// ended.
func (c *conn) exchange(s *sending) (*http.Response, error) {
	b := &body{c: c, spent: s.closes()}
	b.follow(s.ctx)
	c.begin(s.streams)
	resp, err := b.ask(s)
	if err == nil {
		err = b.begin(resp, s.req.Method)
	}
	if err == nil {
		resp.Request, resp.TLS = s.req, c.tls
		return resp, nil
	}
	b.unfollow()
	c.abort()
	if b.upload != nil {
		<-b.upload.done
		if b.upload.err != nil {
			err = b.upload.err
		}
	}
	c.in.release()
	return nil, s.cause(err)
}

// ask returns the header of the answer. An answer counts even if the request could not be sent completely.
func (b *body) ask(s *sending) (*http.Response, error) {
	n, writeErr := b.c.Write(s.text)
	s.written = n > 0
	switch {
	case writeErr != nil && !s.written:
		return nil, writeErr
	case writeErr != nil:
		b.spent = true
		b.c.boundHeader()
	case s.expects:
		resp, err := b.awaitContinue(s)
		if resp != nil || err != nil {
			return resp, err
		}
		b.startUpload(s)
	case s.streams:
		b.startUpload(s)
	default:
		b.c.boundHeader()
	}
	resp, err := b.c.header(s, false)
	if err != nil && writeErr != nil {
		return nil, writeErr
	}
	return resp, err
}

// awaitContinue waits until the server asks for the body, or for long enough (RFC 9110, section 10.1.1). A final answer
// means that it does not want the body.
func (b *body) awaitContinue(s *sending) (*http.Response, error) {
	b.c.setReadDeadline(time.Now().Add(b.c.transport.std.ExpectContinueTimeout))
	resp, err := b.c.header(s, true)
	b.c.setReadDeadline(time.Time{})
	switch {
	case resp != nil:
		b.spent = true
		return resp, s.req.Body.Close()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, nil
	}
	return nil, err
}

func (b *body) startUpload(s *sending) {
	b.upload = &upload{conn: b.c, body: s.body, closer: s.req.Body, length: s.length, trailer: s.req.Trailer, done: make(chan struct{})}
	go b.upload.run()
}

// defaultHeaderBytes is http.Transport's default.
const defaultHeaderBytes = 10 << 20

// header reads up to the end of the final answer's header, or of a 100 if one is awaited: the response is nil then. As in
// http.Transport, interim answers that a trace sees do not count towards the size limit.
func (c *conn) header(s *sending, orContinue bool) (*http.Response, error) {
	limit := c.transport.std.MaxResponseHeaderBytes
	if limit == 0 {
		limit = defaultHeaderBytes
	}
	for left := limit; ; {
		text, lines, err := c.in.block(versionOne, left)
		s.heard = s.heard || text != "" || len(c.in.buffered()) > 0
		if err != nil {
			return nil, c.headerError(s, err)
		}
		resp, err := parseHead(text, lines)
		if err != nil || !isInterim(resp.StatusCode) {
			return resp, err
		}
		if left -= int64(len(text)); s.trace != nil && s.trace.Got1xxResponse != nil {
			left = limit
			if err := s.trace.Got1xxResponse(resp.StatusCode, textproto.MIMEHeader(resp.Header)); err != nil {
				return nil, err
			}
		}
		if orContinue && resp.StatusCode == http.StatusContinue {
			return nil, nil
		}
	}
}

func (c *conn) headerError(s *sending, err error) error {
	if s.heard {
		return unexpected(err)
	}
	return err
}

// isInterim is true for the status of an answer that another answer follows (RFC 9110, section 15.2).
func isInterim(code int) bool { return code/100 == 1 && code != http.StatusSwitchingProtocols }

// begin makes the body of the response.
func (b *body) begin(resp *http.Response, method string) (err error) {
	b.c.answer()
	if switches(resp) {
		return b.handOver(resp)
	}
	b.resp = resp
	if b.left, err = frame(resp, method); err != nil {
		return err
	}
	b.spent = b.spent || resp.Close || resp.StatusCode < 200
	switch b.left {
	case 0:
		resp.Body = http.NoBody
		b.finish(true)
		return nil
	case inChunks:
		b.chunks = &chunks{in: &b.c.in}
	}
	resp.Body = b
	return nil
}

// mayRepeat is true if the request may be sent over another connection: either nothing of it went out, over one that had
// been idle too long; or it has no body, its method is safe, and no byte of an answer came (RFC 9112, section 9.3.1). As in
// http.Transport, a body other than nil and http.NoBody counts as a body even if it is empty.
func (c *conn) mayRepeat(s *sending) bool {
	if !c.reused || s.heard || s.ctx.Err() != nil {
		return false
	}
	return !s.written || !hasBody(s.req) && isSafe(s.req.Method)
}

// isSafe is true for methods that change nothing (RFC 9110, section 9.2.1).
func isSafe(method string) bool {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

// gotConn tells a trace of the connection.
func (s *sending) gotConn(c *conn) {
	if s.trace != nil && s.trace.GotConn != nil {
		s.trace.GotConn(httptrace.GotConnInfo{Conn: c.Conn, Reused: c.reused, WasIdle: c.reused})
	}
}

var _ io.ReadCloser = (*body)(nil)
