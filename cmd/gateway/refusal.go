package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// refuser answers callers whose request was not read, because there is no place for the connection or the caller is too
// slow.
type refuser interface {
	RefuseConnection(w http.ResponseWriter, remote string)
	RefuseSlowHead(w http.ResponseWriter, remote string)
	RefuseUnreadable(w http.ResponseWriter, remote string, code int, why string)
}

const (
	// turnedAwayMost is how many refused connections are answered at once; further ones are closed without an answer.
	turnedAwayMost = 1000
	// turnAwayPatience is how long a caller may take to send its request, and then to receive the refusal.
	turnAwayPatience = time.Second
	// turnAwayBytes is how much is read at most: closing a connection with unread bytes discards what was written.
	turnAwayBytes = 64 << 10
)

// doors answer callers that are refused.
type doors struct {
	refuser refuser
	places  chan struct{}
}

// newDoors returns nil if the handler cannot answer refused callers.
func newDoors(handler http.Handler) *doors {
	r, ok := handler.(refuser)
	if !ok {
		return nil
	}
	return &doors{r, make(chan struct{}, turnedAwayMost)}
}

// turnAway answers a connection's first request, whatever it is, and closes the connection. It waits for a request, because
// clients take an answer that comes before their request for a protocol error. It does not block its caller.
func (d *doors) turnAway(conn net.Conn) {
	select {
	case d.places <- struct{}{}:
	default:
		conn.Close()
		return
	}
	go func() { // which ends by its deadlines
		defer func() { <-d.places }()
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(turnAwayPatience))
		_, _ = conn.Read(make([]byte, 4<<10)) // the refusal is sent even without a request
		_ = conn.SetDeadline(time.Now().Add(turnAwayPatience))
		answer := &refusal{header: http.Header{}}
		d.refuser.RefuseConnection(answer, conn.RemoteAddr().String())
		_, _ = answer.text.WriteTo(conn) // the caller may be gone; there is nobody else to tell
		if half, ok := conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
			_, _ = io.CopyN(io.Discard, conn, turnAwayBytes)
		}
	}()
}

// refusal collects an answer until it is complete.
type refusal struct {
	header http.Header
	text   bytes.Buffer
}

var _ http.ResponseWriter = (*refusal)(nil)

// Header implements http.ResponseWriter.
func (r *refusal) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *refusal) WriteHeader(code int) {
	fmt.Fprintf(&r.text, "HTTP/1.1 %d %s\r\n", code, http.StatusText(code))
	r.header.Set("Date", time.Now().UTC().Format(http.TimeFormat)) // RFC 9110, section 6.6.1
	_ = r.header.Write(&r.text)                                    // a buffer takes all
	r.text.WriteString("\r\n")
}

// Write implements http.ResponseWriter.
func (r *refusal) Write(p []byte) (int, error) { return r.text.Write(p) }
