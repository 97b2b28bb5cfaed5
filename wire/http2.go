package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
)

var errHTTP2 = errors.New("wire: HTTP/2 was negotiated")

func negotiatedHTTP2(conn net.Conn) bool {
	secure, ok := conn.(*tls.Conn)
	return ok && secure.ConnectionState().NegotiatedProtocol == "h2"
}

// handOver keeps a connection for std, which takes it with its next dial. One is enough, because requests share it.
func (t *Transport) handOver(conn net.Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.speaksHTTP2.Store(true)
	if t.handed != nil {
		conn.Close()
		return
	}
	t.handed = conn
}

func (t *Transport) takeHanded() net.Conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	conn := t.handed
	t.handed = nil
	return conn
}

// dialForStd is std's DialTLSContext. If an origin no longer negotiates HTTP/2, this transport serves it again.
func (t *Transport) dialForStd(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if conn := t.takeHanded(); conn != nil {
			return conn, nil
		}
		conn, err := dial(ctx, network, address)
		if err == nil {
			t.speaksHTTP2.Store(negotiatedHTTP2(conn))
		}
		return conn, err
	}
}

// ForStd returns the request with a context of package context in place of an Ending. An Ending would cost http.Transport a
// goroutine for each request, and lose the cause.
func ForStd(req *http.Request) *http.Request {
	e := endingOf(req.Context())
	if e == nil {
		return req
	}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(req.Context()))
	e.add(&stdFollower{cancel})
	return req.WithContext(ctx)
}

// stdFollower is a context of package context that ends with an Ending.
type stdFollower struct{ cancel context.CancelCauseFunc }

func (f *stdFollower) follow(e *Ending) { f.cancel(e.cause) }
