package main

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Requests that the caller cancels at once cost the gateway much more than they cost the caller (CVE-2023-39325, and
// CVE-2025-8671 where the caller makes the server cancel them). When more than half of a connection's requests are of this
// kind, the connection is read slowly and its requests are delayed a little. An honest caller loses nothing, as it would if
// the connection were closed, and an attacker gains nothing by opening another one.
const (
	atOnce       = 100 * time.Millisecond // from a request's begin; timeouts take longer
	givenUpMost  = 50                     // of the last requests, before their share counts
	lastRequests = 1000
	floodPause   = time.Second // before each time that the connection is read
	floodHold    = 20 * time.Millisecond
)

// steadyConn is a caller's connection that may speak HTTP/2.
type steadyConn struct {
	net.Conn
	closed func()
	gone   <-chan struct{}
	log    *zap.Logger
	frames frameBudget
	told   bool // that its frames are too many

	mu             sync.Mutex
	begun, givenUp int // of about the last requests
	floods         bool
}

func newSteadyConn(conn net.Conn, log *zap.Logger) *steadyConn {
	gone := make(chan struct{})
	return &steadyConn{Conn: conn, gone: gone, closed: sync.OnceFunc(func() { close(gone) }), log: log}
}

// steadyListener accepts connections that may speak HTTP/2.
type steadyListener struct {
	net.Listener
	isSecure bool // TLS comes upon it, and frames are counted there
	log      *zap.Logger
}

// Accept implements net.Listener.
func (l steadyListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	steady := newSteadyConn(conn, l.log)
	if l.isSecure {
		return steady, nil
	}
	return &frameConn{Conn: steady, steady: steady}, nil
}

// Read implements net.Conn.
func (c *steadyConn) Read(p []byte) (int, error) {
	if pause := c.pause(); pause > 0 {
		select {
		case <-time.After(pause):
		case <-c.gone:
			return 0, net.ErrClosed
		}
	}
	return c.Conn.Read(p)
}

// pause is how long the connection must not be read.
func (c *steadyConn) pause() time.Duration {
	if c.isFlooding() {
		return floodPause
	}
	wait := c.frames.wait()
	if wait > 0 && !c.told {
		c.told = true
		c.log.Warn("a caller sends frames that carry next to nothing; its connection is read slowly", zap.Stringer("remote", c.RemoteAddr()))
	}
	return wait
}

// Close implements net.Conn.
func (c *steadyConn) Close() error {
	c.closed()
	return c.Conn.Close()
}

// CloseWrite lets net/http end an HTTP/1 answer to a request that it did not read completely.
func (c *steadyConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

func (c *steadyConn) isFlooding() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.floods
}

// begin counts a request. Older requests count for less and less.
func (c *steadyConn) begin() {
	c.frames.spend(-framesARequest)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.begun++; c.begun >= lastRequests {
		c.begun, c.givenUp = c.begun/2, c.givenUp/2
	}
	c.judge()
}

// giveUp counts a request that the caller cancelled at once.
func (c *steadyConn) giveUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.givenUp++
	c.judge()
}

func (c *steadyConn) judge() {
	floods := c.givenUp > givenUpMost && 2*c.givenUp > c.begun
	if floods && !c.floods {
		c.log.Warn("a caller gives up most of its requests at once; its connection is read slowly", zap.Stringer("remote", c.RemoteAddr()))
	}
	c.floods = floods
}

// steadyKey is the context key of a request's connection.
type steadyKey struct{}

// withConn implements http.Server.ConnContext.
func withConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, steadyKey{}, steadyOf(conn))
}

// steadyOf returns the steadyConn below conn; nil if there is none.
func steadyOf(conn net.Conn) *steadyConn {
	switch c := conn.(type) {
	case *tls.Conn:
		return steadyOf(c.NetConn())
	case *frameConn:
		return c.steady
	case *steadyConn:
		return c
	}
	return nil
}

// steady counts the HTTP/2 requests that callers cancel.
func steady(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _ := r.Context().Value(steadyKey{}).(*steadyConn)
		if conn == nil || r.ProtoMajor < 2 {
			next.ServeHTTP(w, r)
			return
		}
		start := time.Now()
		conn.begin()
		defer func() {
			if r.Context().Err() != nil && time.Since(start) < atOnce {
				conn.giveUp()
			}
		}()
		if conn.isFlooding() && isGivenUp(r.Context(), floodHold) {
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isGivenUp reports whether a request is cancelled within a short time.
func isGivenUp(ctx context.Context, within time.Duration) bool {
	select {
	case <-ctx.Done():
		return true
	case <-time.After(within):
		return false
	}
}
