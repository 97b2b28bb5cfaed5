package wire

import (
	"context"
	"net"
	"sync"
	"time"
)

// watchAfter is how long a request takes before its caller is watched, or up to twice that. Faster requests cost nothing.
const watchAfter = 20 * time.Millisecond

// watch ends the context of a request when its caller leaves, as http.Server does. It also holds back the deadlines that
// the handler sets until something waits that they could end.
type watch struct {
	conn *callerConn

	mu      sync.Mutex
	wakeup  wakeup        // it is not stopped with a request, but finds the next one, or none
	call    *call         // under way; nil: none
	seen    *call         // was under way when the timer fired last
	over    error         // why no request may go on; nil: it may
	done    chan struct{} // closed when the caller is not watched any more; nil: nobody was
	aborted bool
	got     bool // the first byte of the next request
	one     [1]byte

	readBy, writeBy time.Time
	reads           bool // something reads, or will: the deadline of reading is the connection's
	writes          bool // something has waited to write: the deadline of writing is the connection's
}

// begin is called before a handler runs.
func (w *watch) begin(c *call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.call, w.seen = c, nil
	if w.over != nil {
		c.ctx.End(w.over)
	}
	w.readBy, w.writeBy, w.reads = time.Time{}, time.Time{}, false
	if c.body != nil && !c.body.isHere() {
		w.readDirectly()
	}
	if !w.wakeup.armed {
		w.wakeup.in(watchAfter, w.fire)
	}
}

// readDirectly applies read deadlines to the connection from now on. w.mu must be held.
func (w *watch) readDirectly() {
	w.reads, w.conn.idleBy = true, time.Time{}
	_ = w.conn.conn.SetReadDeadline(w.readBy) // where it fails, so does the read
}

// fire checks whether a request has been running for long enough, and has been read completely.
func (w *watch) fire() {
	c := w.take()
	if c == nil {
		return
	}
	n, err := w.conn.conn.Read(w.one[:])
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got = n == 1
	if err != nil && !(w.aborted && isTimeout(err)) {
		c.ctx.End(nil)
	}
	close(w.done)
}

// take returns the request whose caller must be watched now; nil if there is none.
func (w *watch) take() *call {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wakeup.armed = false
	c := w.call
	if c == nil {
		return nil
	}
	if w.seen != c || c.body != nil && !c.body.ended.Load() {
		w.seen = c
		w.wakeup.in(watchAfter, w.fire)
		return nil
	}
	w.done, w.aborted = make(chan struct{}), false
	w.readDirectly()
	return c
}

// end is called when a request is over. It returns when nobody watches its caller any more.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.call, w.seen = nil, nil
	if done := w.done; done != nil {
		w.aborted = true
		_ = w.conn.conn.SetReadDeadline(time.Unix(1, 0))
		w.mu.Unlock()
		<-done
		w.mu.Lock()
		w.done = nil
		if w.got {
			w.conn.in.add(w.one[0])
		}
		w.got = false
	}
	if w.reads {
		_ = w.conn.conn.SetReadDeadline(time.Time{})
	}
	if w.writes {
		w.writes = false
		_ = w.conn.conn.SetWriteDeadline(time.Time{})
	}
}

// stop is called when the connection ends.
func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wakeup.stop()
}

// gone ends the running request.
func (w *watch) gone() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.call != nil {
		w.call.ctx.End(nil)
	}
}

// endAll ends the running request and those that follow, for the reason for which the context of all of them ended.
func (w *watch) endAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = context.Cause(w.conn.lane.base)
	if w.call != nil {
		w.call.ctx.End(w.over)
	}
}

// setReadDeadline sets a deadline for the handler; it has no effect after the request is over.
func (w *watch) setReadDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.readBy = t
	if !w.reads || w.call == nil {
		return nil
	}
	return w.conn.conn.SetReadDeadline(t)
}

// setWriteDeadline sets a deadline for the handler; it has no effect after the request is over.
func (w *watch) setWriteDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeBy = t
	if w.call == nil || !w.writes && (t.IsZero() || time.Until(t) > soon) {
		return nil
	}
	w.writes = true
	return w.conn.conn.SetWriteDeadline(t)
}

// soon bounds the write deadlines that are applied to the connection at once. A later deadline does not affect a write that
// need not wait.
const soon = time.Second

// boundWrites applies the deadline before a write that may wait.
func (w *watch) boundWrites() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.writes {
		return
	}
	if w.writes = true; w.writeBy.IsZero() {
		return
	}
	_ = w.conn.conn.SetWriteDeadline(w.writeBy) // where it fails, so does the write
}

func isTimeout(err error) bool {
	timeout, ok := err.(net.Error) //nolint:errorlint // a connection's own
	return ok && timeout.Timeout()
}
