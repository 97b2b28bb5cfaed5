package main

import (
	"errors"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// headListener accepts connections whose callers get an answer when their request's header does not arrive within
// limits.header_time. net/http closes such connections without a word.
type headListener struct {
	net.Listener
	refuser refuser
}

// Accept implements net.Listener.
func (l headListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &headConn{Conn: conn, refuser: l.refuser}, nil
}

// headConn is a connection of HTTP/1.1 without TLS. Its server reports through note whether it waits for a request.
type headConn struct {
	net.Conn
	refuser refuser
	serving atomic.Bool // the headers have come, and the answer has not ended
	begun   atomic.Bool // something of the next request's headers has come
	tunnel  atomic.Bool // what is written is no answer any more, as with WebSocket
}

// stateOf calls next for the connections below, each of which is a *headConn.
func stateOf(next func(net.Conn, http.ConnState)) func(net.Conn, http.ConnState) {
	return func(conn net.Conn, state http.ConnState) {
		c := conn.(*headConn)
		c.note(state)
		next(c.Conn, state)
	}
}

func (c *headConn) note(state http.ConnState) {
	c.serving.Store(state == http.StateActive)
	c.tunnel.Store(state == http.StateHijacked)
	if state == http.StateIdle {
		c.begun.Store(false)
	}
}

// Read implements net.Conn.
func (c *headConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	switch {
	case c.serving.Load():
	case n > 0:
		c.begun.Store(true)
	case errors.Is(err, os.ErrDeadlineExceeded) && c.begun.Swap(false): // net/http reads more than once
		c.refuse()
	}
	return n, err
}

// refuse answers in place of the server, which then closes the connection.
func (c *headConn) refuse() {
	answer := &refusal{header: http.Header{}}
	c.refuser.RefuseSlowHead(answer, c.RemoteAddr().String())
	_ = c.SetWriteDeadline(time.Now().Add(turnAwayPatience))
	_, _ = answer.text.WriteTo(c.Conn) // the caller may be gone; there is nobody else to tell
}

// CloseWrite lets net/http end an answer to a request that it did not read completely.
func (c *headConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
