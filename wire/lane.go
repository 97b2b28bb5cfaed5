package wire

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Lane is a listener in front of an http.Server. It serves callers' ordinary requests itself: those whose header arrives at
// once and has the plainest form (see ordinary). That is cheaper, because it has no goroutine that watches a caller while a
// request is answered at once, no deadlines that nothing waits for, and no buffers for idle connections. When anything else
// arrives on a connection, the http.Server serves that connection from then on and receives every byte of it.
//
// Serve the Lane with the http.Server. It respects that server's Handler, BaseContext, ErrorLog, ReadHeaderTimeout and
// IdleTimeout. It does not support ReadTimeout, WriteTimeout, ConnContext, HTTP/2 or TLS, and a handler cannot hijack its
// connections.
type Lane struct {
	net.Listener // what callers connect to
	std          *http.Server
	state        func(net.Conn, http.ConnState)
	begin        sync.Once
	base         context.Context // of all requests; set before a connection is served
	accepted     chan struct{}   // closed when nothing more is accepted
	out          chan acceptance
	closed       chan struct{}
	close        func()
	closing      atomic.Bool

	mu    sync.Mutex
	conns map[*callerConn]struct{} // that are served here
}

// acceptance is what the http.Server's Accept returns.
type acceptance struct {
	conn net.Conn
	err  error
}

var _ net.Listener = (*Lane)(nil)

// NewLane returns a Lane for the connections of l. It calls state as http.Server.ConnState is called, except when a
// connection is handed over: the http.Server then reports it as new, and it is a *Handed.
func NewLane(std *http.Server, l net.Listener, state func(net.Conn, http.ConnState)) *Lane {
	lane := &Lane{
		Listener: l, std: std, state: state, accepted: make(chan struct{}), out: make(chan acceptance),
		closed: make(chan struct{}), conns: map[*callerConn]struct{}{},
	}
	lane.close = sync.OnceFunc(func() { close(lane.closed) })
	return lane
}

// Accept implements net.Listener. It returns the connections that are handed over.
func (l *Lane) Accept() (net.Conn, error) {
	l.begin.Do(func() {
		l.base = context.Background()
		if l.std.BaseContext != nil {
			l.base = l.std.BaseContext(l)
		}
		l.base = context.WithValue(l.base, http.ServerContextKey, l.std)
		go l.accept()
	})
	select {
	case a := <-l.out:
		return a.conn, a.err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// accept serves connections until the listener is closed. It leaves other errors of the listener to the http.Server.
func (l *Lane) accept() {
	defer close(l.accepted)
	for {
		conn, err := l.Listener.Accept()
		if err == nil {
			l.serve(conn)
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if !l.hand(acceptance{err: err}) {
			return
		}
	}
}

// hand returns false if the http.Server accepts nothing more.
func (l *Lane) hand(a acceptance) bool {
	select {
	case l.out <- a:
		return true
	case <-l.closed:
		return false
	}
}

// serve starts a connection. A connection that is not a socket goes to the http.Server.
func (l *Lane) serve(conn net.Conn) {
	l.state(conn, http.StateNew)
	socket, ok := conn.(syscall.Conn)
	if !ok {
		l.handOver(&Handed{Conn: conn})
		return
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		l.handOver(&Handed{Conn: conn})
		return
	}
	c := newCallerConn(l, conn, raw)
	l.mu.Lock()
	l.conns[c] = struct{}{}
	l.mu.Unlock()
	go c.serve()
}

// handOver gives a connection to the http.Server.
func (l *Lane) handOver(h *Handed) {
	if !l.hand(acceptance{conn: h}) {
		h.Conn.Close()
		l.state(h.Conn, http.StateClosed)
	}
}

// StopAccepting closes the listener, and returns when no further connection can come from it. Existing connections are
// still served and handed over.
func (l *Lane) StopAccepting() {
	l.Listener.Close()
	l.begin.Do(func() { close(l.accepted) })
	<-l.accepted
}

// Close implements net.Listener. An http.Server calls it when it is shut down. From then on no connection is accepted or
// handed over; idle ones are closed, and the others when they have their answer.
func (l *Lane) Close() error {
	l.closing.Store(true)
	l.close()
	err := l.Listener.Close()
	l.closeIdle()
	return err
}

// Wait returns when no connection is left after Close. If ctx ends first, it closes the rest and returns the error of ctx.
func (l *Lane) Wait(ctx context.Context) error {
	const often = 5 * time.Millisecond
	ticker := time.NewTicker(often)
	defer ticker.Stop()
	for !l.closeIdle() {
		select {
		case <-ctx.Done():
			l.cut()
			return ctx.Err()
		case <-ticker.C:
		}
	}
	return nil
}

// closeIdle closes idle connections, and reports whether none is left.
func (l *Lane) closeIdle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		c.closeIfIdle()
	}
	return len(l.conns) == 0
}

func (l *Lane) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		c.conn.Close()
	}
}

func (l *Lane) forget(c *callerConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

func (l *Lane) logf(format string, args ...any) {
	if l.std.ErrorLog != nil {
		l.std.ErrorLog.Printf(format, args...)
		return
	}
	log.Printf(format, args...)
}
