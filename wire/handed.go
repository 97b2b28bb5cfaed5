package wire

import (
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// Handed is a connection that a Lane gave to the http.Server. Reading it first returns the bytes that the Lane had read.
type Handed struct {
	net.Conn        // as the lane's listener accepted it
	rest     []byte // what was read of it
	headBy   atomic.Pointer[time.Time]
}

// Read implements net.Conn.
func (h *Handed) Read(p []byte) (int, error) {
	if len(h.rest) == 0 {
		return h.Conn.Read(p)
	}
	n := copy(p, h.rest)
	if h.rest = h.rest[n:]; len(h.rest) == 0 {
		h.rest = nil
	}
	return n, nil
}

// SetReadDeadline implements net.Conn. The first deadline is that of the request header, part of whose time has already
// passed.
func (h *Handed) SetReadDeadline(t time.Time) error {
	if by := h.headBy.Swap(nil); by != nil && !t.IsZero() && by.Before(t) {
		t = *by
	}
	return h.Conn.SetReadDeadline(t)
}

// CloseWrite says that nothing more will be written.
func (h *Handed) CloseWrite() error { return closeWrite(h.Conn) }

func closeWrite(conn net.Conn) error {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
