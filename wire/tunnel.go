package wire

import (
	"net/http"
	"time"

	"golang.org/x/net/http/httpguts"
)

// tunnel is the body of a 101: the connection, in both directions (RFC 9110, section 7.8).
type tunnel struct{ c *conn }

// switches is true for a 101 that names a protocol.
func switches(resp *http.Response) bool {
	return resp.StatusCode == http.StatusSwitchingProtocols && resp.Header.Get("Upgrade") != "" &&
		httpguts.HeaderValuesContainsToken(resp.Header["Connection"], "upgrade")
}

// handOver gives the connection to the caller.
func (b *body) handOver(resp *http.Response) error {
	b.c.setReadDeadline(time.Time{})
	if !b.unfollow() {
		return errClosed
	}
	resp.Body = tunnel{b.c}
	return nil
}

// Read implements io.Reader.
func (t tunnel) Read(p []byte) (int, error) { return t.c.in.Read(p) }

// Write implements io.Writer.
func (t tunnel) Write(p []byte) (int, error) { return t.c.Write(p) }

// Close implements io.Closer.
func (t tunnel) Close() error { return t.c.Conn.Close() }

// CloseWrite says that nothing more will be written.
func (t tunnel) CloseWrite() error { return closeWrite(t.c.Conn) }
