package wire

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// conn is a connection. It belongs to one exchange at a time, or to the idle ones.
type conn struct {
	net.Conn
	transport *Transport
	raw       net.Conn        // beneath TLS
	socket    syscall.RawConn // nil: none, as with a pipe in memory
	tls       *tls.ConnectionState
	in        reader
	reused    bool
	idleSince time.Time

	// Method values, made once.
	abortFunc func()
	lookFunc  func(fd uintptr)
	silent    bool // of the last look

	mu       sync.Mutex // guards what both sides of an exchange want to do with the read deadline
	answered bool       // no deadline for the header any more
	bounded  bool       // a deadline is set
}

func newConn(t *Transport, made net.Conn) *conn {
	c := &conn{Conn: made, transport: t, raw: made}
	c.in.source = made
	for secure, ok := c.raw.(*tls.Conn); ok; secure, ok = c.raw.(*tls.Conn) {
		if c.tls == nil {
			state := secure.ConnectionState()
			c.tls = &state
		}
		c.raw = secure.NetConn()
	}
	if s, ok := c.raw.(syscall.Conn); ok {
		c.socket, _ = s.SyscallConn() // without, a closed connection is noticed later
	}
	c.abortFunc, c.lookFunc = c.abort, c.look
	return c
}

// close ends the connection in the way its protocol asks for.
func (c *conn) close() { c.Conn.Close() }

// abort ends the connection at once, even during a Read or Write.
func (c *conn) abort() { c.raw.Close() }

// follow implements follower.
func (c *conn) follow(*Ending) { go c.abort() }

// isQuiet is false for an idle connection that the other side has closed, or on which it has sent something unasked: that
// must never become the answer to the next request.
func (c *conn) isQuiet() bool {
	if c.socket == nil {
		return true
	}
	c.silent = false
	if err := c.socket.Control(c.lookFunc); err != nil || !c.silent {
		return false
	}
	return c.tls == nil || c.holdsNothing()
}

// look reads what has arrived, without waiting. Any byte here ends the connection, so the byte may be lost.
func (c *conn) look(fd uintptr) {
	var one [1]byte
	_, err := syscall.Read(int(fd), one[:])
	c.silent = errors.Is(err, syscall.EAGAIN)
}

// holdsNothing is true if TLS has no record left that it read together with the last answer. With a deadline in the past it
// reads nothing more from the network.
func (c *conn) holdsNothing() bool {
	var one [1]byte
	if err := c.SetReadDeadline(time.Unix(1, 0)); err != nil {
		return false
	}
	n, err := c.Read(one[:])
	c.bounded = true
	return n == 0 && errors.Is(err, os.ErrDeadlineExceeded)
}

// boundHeader starts the transport's time limit for the header of the answer, if that has not arrived yet.
func (c *conn) boundHeader() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answered {
		return
	}
	if within := c.transport.std.ResponseHeaderTimeout; within > 0 {
		c.setReadDeadline(time.Now().Add(within))
	} else if c.bounded {
		c.setReadDeadline(time.Time{})
	}
}

// begin is called before a request is sent. While a body streams out, the answer has no deadline.
func (c *conn) begin(streams bool) {
	c.answered = false
	if streams && c.bounded {
		c.setReadDeadline(time.Time{})
	}
}

// answer is called when the header has arrived. It leaves the deadline in place, because a short answer is already read.
func (c *conn) answer() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answered = true
}

// unbound removes the deadline before a body is read from the connection, which may take any time.
func (c *conn) unbound() {
	if c.bounded {
		c.setReadDeadline(time.Time{})
	}
}

func (c *conn) setReadDeadline(t time.Time) {
	c.bounded = !t.IsZero()
	_ = c.SetReadDeadline(t) // where it fails, so does the Read
}
