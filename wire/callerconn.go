package wire

import (
	"context"
	"net"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"
)

// callerConn is a caller's connection that a lane serves. One goroutine serves it. A second one watches whether the caller
// leaves, but only while a request takes long.
type callerConn struct {
	lane   *Lane
	conn   net.Conn
	socket syscall.RawConn
	remote string
	ctx    context.Context // what the requests know of their connection; it has no end
	stop   func() bool     // stops the end of the lane's context from ending a request
	in     reader
	began  time.Time // when it was accepted
	phase  atomic.Int32
	last   string    // method of the last request
	idleBy time.Time // the deadline of reading, as it was set for a rest; zero: there may be another
	watch  watch

	// Of a read or write beneath net.Conn; the method values are made once.
	readFunc, writeFunc func(fd uintptr) bool
	ioErr               error
	writing             []byte
}

// Phases of a connection.
const (
	fresh   int32 = iota // waits for its first request
	resting              // waits for its next one
	active
	over
)

func newCallerConn(l *Lane, conn net.Conn, socket syscall.RawConn) *callerConn {
	c := &callerConn{lane: l, conn: conn, socket: socket, remote: conn.RemoteAddr().String(), began: time.Now()}
	c.in.source = bodySource{c}
	c.ctx = context.WithoutCancel(context.WithValue(l.base, http.LocalAddrContextKey, conn.LocalAddr()))
	c.readFunc, c.writeFunc = c.readSocket, c.writeSocket
	c.watch.conn = c
	c.stop = context.AfterFunc(l.base, c.watch.endAll)
	return c
}

// serve answers requests until the connection ends or is handed over.
func (c *callerConn) serve() {
	end := c.close // also where a handler ends the goroutine
	defer func() {
		end()
		c.watch.stop()
		c.stop()
		c.lane.forget(c)
	}()
	for c.await() {
		call := c.ordinary()
		if call == nil {
			end = c.handOver
			return
		}
		if !c.activate() || !c.answer(call) {
			return
		}
		c.phase.Store(resting)
		c.lane.state(c.conn, http.StateIdle)
		if c.lane.closing.Load() {
			return
		}
	}
}

func (c *callerConn) close() {
	c.phase.Store(over)
	c.in.release()
	c.conn.Close()
	c.lane.state(c.conn, http.StateClosed)
}

// activate returns false if the lane was closed and has closed the connection.
func (c *callerConn) activate() bool {
	if before := c.phase.Load(); before == over || !c.phase.CompareAndSwap(before, active) {
		return false
	}
	c.lane.state(c.conn, http.StateActive)
	return true
}

// freshPatience is how long a connection without a request is not yet considered idle, as in http.Server.
const freshPatience = 5 * time.Second

// closeIfIdle closes the connection if it is idle.
func (c *callerConn) closeIfIdle() {
	if c.phase.CompareAndSwap(resting, over) || time.Since(c.began) > freshPatience && c.phase.CompareAndSwap(fresh, over) {
		c.conn.Close()
	}
}

// handOver gives the connection to the http.Server, together with what has arrived of its next request.
func (c *callerConn) handOver() {
	h := &Handed{Conn: c.conn, rest: append([]byte(nil), c.in.buffered()...)}
	if within := c.lane.std.ReadHeaderTimeout; c.phase.Load() == fresh && within > 0 {
		by := c.began.Add(within)
		h.headBy.Store(&by)
	}
	c.in.release()
	_ = c.conn.SetReadDeadline(time.Time{}) // where it fails, so does the next read
	c.lane.handOver(h)
}

// answer runs the handler. It returns false if the connection must end; as in http.Server, a panic ends it.
func (c *callerConn) answer(call *call) (keep bool) {
	defer c.watch.end()
	defer call.ctx.End(nil)
	returned := false
	defer func() {
		if returned {
			return
		}
		cause := recover()
		call.abandon()
		if cause != nil && cause != http.ErrAbortHandler { //nolint:errorlint // as http.Server compares it
			c.lane.logf("wire: panic serving %s: %v\n%s", c.remote, cause, debug.Stack())
		}
	}()
	c.last = call.req.Method
	c.watch.begin(call)
	c.lane.std.Handler.ServeHTTP(&call.response, call.req)
	returned = true
	call.ctx.End(nil)
	return call.finish()
}
