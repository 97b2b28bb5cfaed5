package wire

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// begins is how many bytes of a further request must have arrived before it counts as one, as in http.Server.
const begins = 4

// await waits until some of the next request is buffered; false if the connection ends first. While it waits, the
// connection holds no buffer.
func (c *callerConn) await() bool {
	least := begins
	if c.phase.Load() == fresh {
		least = 1
	}
	for len(c.in.buffered()) < least {
		c.boundRest()
		if err := c.socket.Read(c.readFunc); err != nil || c.ioErr != nil {
			return false
		}
	}
	c.skipLineEnds()
	return true
}

// restOfHead is how long a header that has begun may take to be complete. Packets that were sent together arrive within
// that.
const restOfHead = 50 * time.Millisecond

// wholeHead finds the end of a header that has begun, and waits a little for it. whole is false if the end does not come,
// or the header is too long.
func (c *callerConn) wholeHead() (end, lines int, whole bool) {
	for waits := false; ; waits = true {
		end, lines, whole = scanBlock(c.in.buffered(), end, lines)
		if whole || len(c.in.buffered()) >= readBytes {
			return end, lines, whole
		}
		if !waits {
			c.idleBy = time.Time{}
			_ = c.conn.SetReadDeadline(time.Now().Add(restOfHead)) // where it fails, so does the read
		}
		if err := c.socket.Read(c.readFunc); err != nil || c.ioErr != nil {
			return end, lines, false
		}
	}
}

// skipLineEnds skips the empty line that old clients send after the body of a POST, as http.Server does.
func (c *callerConn) skipLineEnds() {
	if c.last != http.MethodPost {
		return
	}
	have := c.in.buffered()
	have = have[:min(len(have), begins)]
	c.in.skip(len(have) - len(bytes.TrimLeft(have, lineEnd)))
}

// boundRest sets the deadline for the next request. A deadline that was set less than a second ago is left alone.
func (c *callerConn) boundRest() {
	const often = time.Second
	within := c.lane.std.IdleTimeout
	if c.phase.Load() == fresh || within == 0 {
		within = c.lane.std.ReadHeaderTimeout
	}
	if within == 0 {
		return
	}
	if until := time.Now().Add(within); until.Sub(c.idleBy) > often {
		c.idleBy = until
		_ = c.conn.SetReadDeadline(until) // where it fails, so does the read
	}
}

// readSocket reads once. The connection has a buffer only while there is something in it.
func (c *callerConn) readSocket(fd uintptr) bool {
	c.in.room()
	n, err := syscall.Read(int(fd), c.in.buf[c.in.w:])
	switch {
	case errors.Is(err, syscall.EAGAIN):
		if len(c.in.buffered()) == 0 {
			c.in.release()
		}
		return false
	case errors.Is(err, syscall.EINTR):
		return c.readSocket(fd)
	case err == nil && n == 0:
		err = io.EOF
	}
	c.ioErr = err
	c.in.w += max(0, n)
	return true
}

// write sends b directly if the socket takes it at once, which needs no deadline. The rest goes through the connection,
// with the deadline that the handler set.
func (c *callerConn) write(b []byte) error {
	c.writing, c.ioErr = b, nil
	if err := c.socket.Write(c.writeFunc); err != nil {
		return err
	}
	rest := c.writing
	c.writing = nil
	if c.ioErr != nil || len(rest) == 0 {
		return c.ioErr
	}
	c.watch.boundWrites()
	_, err := c.conn.Write(rest)
	return err
}

// writeAll sends several pieces in one call.
func (c *callerConn) writeAll(pieces ...[]byte) error {
	c.watch.boundWrites()
	_, err := (*net.Buffers)(&pieces).WriteTo(c.conn)
	return err
}

// writeSocket writes once.
func (c *callerConn) writeSocket(fd uintptr) bool {
	n, err := syscall.Write(int(fd), c.writing)
	switch {
	case errors.Is(err, syscall.EINTR):
		return c.writeSocket(fd)
	case errors.Is(err, syscall.EAGAIN):
		return true
	case err != nil:
		c.ioErr = err
		return true
	}
	c.writing = c.writing[n:]
	return true
}

// bodySource is the reader from which a connection's buffer is filled while it reads a request's body. As in http.Server,
// its errors end the context of the request.
type bodySource struct{ c *callerConn }

// Read implements io.Reader.
func (s bodySource) Read(p []byte) (int, error) {
	n, err := s.c.conn.Read(p)
	if err != nil {
		s.c.watch.gone()
	}
	return n, err
}
