package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/net/http2"

	"gateway/proxy"
	"gateway/wire"
)

// idleTimeout is how long a caller's connection may be idle between requests.
const idleTimeout = 2 * time.Minute

// headerSlack is how much more of a header net/http reads than is allowed. Within it the handler can still answer with a
// problem. Beyond it headConn puts one in place of what net/http says, but not over TLS or HTTP/2 without it.
const headerSlack = 1 << 20

// server serves one listener and counts its connections.
type server struct {
	*http.Server
	listener net.Listener
	lane     *wire.Lane   // nil: net/http alone speaks HTTP/1.1
	open     atomic.Int64 // connections that are neither closed nor handed to an upgrade
	ending   atomic.Bool
	ended    chan struct{} // it accepts no more

	mu    sync.Mutex
	fresh map[net.Conn]struct{} // connections whose first request is not answered yet
}

// serving is what a listener's server is made of.
type serving struct {
	handler http.Handler
	tls     *tls.Config // nil: none
	h2c     bool
	fast    bool // a lane serves what is ordinary; TLS and HTTP/2 are left to net/http
	limits  proxy.LimitsConfig
	log     *zap.Logger
}

// newServer returns the server of a listener. Every limit on slow and greedy callers of a connection is set here. The
// contexts of requests end with base.
func newServer(base context.Context, l net.Listener, with serving) *server {
	handler, config, limits, log := with.handler, with.tls, with.limits, with.log
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(config != nil)
	protocols.SetUnencryptedHTTP2(config == nil && with.h2c)
	s := &server{ended: make(chan struct{}), fresh: map[net.Conn]struct{}{}}
	s.Server = &http.Server{
		Handler:           handler,
		TLSConfig:         config,
		Protocols:         protocols,
		ReadHeaderTimeout: limits.HeaderTime,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    limits.HeaderBytes + headerSlack,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: limits.Streams},
		ConnState:         s.count,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          serverLog(log),
		// OPTIONS * would be answered past routing, metrics and the log.
		DisableGeneralOptionsHandler: true,
	}
	limited := &limitedListener{Listener: l, open: &s.open, most: int64(limits.Connections)}
	if config == nil {
		limited.doors = newDoors(handler)
	}
	s.listener = limited
	if protocols.HTTP2() || protocols.UnencryptedHTTP2() {
		s.listener = steadyListener{s.listener, config != nil, log}
		s.Handler, s.ConnContext = steady(handler), withConn
	}
	if protocols.HTTP2() {
		s.countFrames()
	}
	if !protocols.HTTP2() && !protocols.UnencryptedHTTP2() {
		s.serveHTTP1(with.fast, handler)
	}
	return s
}

// serveHTTP1 sets up a listener that serves only HTTP/1.1 without TLS: it puts the fast lane before net/http, and answers
// slow callers whom net/http would cut without a word.
func (s *server) serveHTTP1(fast bool, handler http.Handler) {
	if fast {
		s.lane = wire.NewLane(s.Server, s.listener, s.count)
		s.listener, s.ConnState = s.lane, s.countHanded
	}
	if r, ok := handler.(refuser); ok {
		s.listener, s.ConnState = headListener{s.listener, r}, stateOf(s.ConnState)
	}
}

// countHanded is called for connections that the lane handed over. They are already counted.
func (s *server) countHanded(conn net.Conn, state http.ConnState) {
	if handed, ok := conn.(*wire.Handed); ok && state != http.StateNew {
		s.count(handed.Conn, state)
	}
}

// countFrames lets HTTP/2 run over what counts its frames. net/http's own speaks it with nothing but TLS itself; that of
// x/net, which it is a copy of, with any connection.
//
//nolint:staticcheck // what is to be used instead takes no connection but *tls.Conn
func (s *server) countFrames() {
	s.TLSConfig = s.TLSConfig.Clone() // which is written to
	protocol := new(http2.Server)
	if http2.ConfigureServer(s.Server, protocol) != nil {
		return // net/http does as much by itself when it serves, and tells why it cannot
	}
	s.TLSNextProto[http2.NextProtoTLS] = func(base *http.Server, conn *tls.Conn, handler http.Handler) {
		counted := secureFrames{&frameConn{Conn: conn, steady: steadyOf(conn)}, conn}
		protocol.ServeConn(counted, &http2.ServeConnOpts{
			Context: withConn(base.BaseContext(nil), conn), Handler: handler, BaseConfig: base,
		})
	}
}

// count is called for every change of a connection's state.
func (s *server) count(conn net.Conn, state http.ConnState) {
	if frames, ok := conn.(secureFrames); ok {
		conn = frames.secure // net/http knows it by this
	}
	switch state {
	case http.StateNew:
		s.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.open.Add(-1)
	case http.StateActive:
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateNew {
		s.fresh[conn] = struct{}{}
	} else {
		delete(s.fresh, conn)
	}
}

// hasNoFresh reports whether every connection has had an answer.
func (s *server) hasNoFresh() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.fresh) == 0
}

// run serves until the server is shut down.
func (s *server) run() error {
	defer close(s.ended)
	serve := s.Serve
	if s.TLSConfig != nil {
		serve = func(l net.Listener) error { return s.ServeTLS(l, "", "") }
	}
	if err := serve(s.listener); !errors.Is(err, http.ErrServerClosed) && !s.ending.Load() {
		return fmt.Errorf("serving %s: %w", s.listener.Addr(), err)
	}
	return nil
}

// limitedListener refuses connections above a limit. Making them wait would look like a network that hangs.
type limitedListener struct {
	net.Listener
	open  *atomic.Int64
	most  int64
	doors *doors // nil: connections are closed without a word, as those over TLS
}

// Accept implements net.Listener.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil || l.open.Load() < l.most {
			return conn, err
		}
		if l.doors == nil {
			conn.Close()
		} else {
			l.doors.turnAway(conn)
		}
	}
}
