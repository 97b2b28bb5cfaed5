package proxy_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"

	"gateway/problem"
	"gateway/proxy"
)

// darkConn is a connection whose other side may vanish without a word.
type darkConn struct {
	net.Conn
	dark *atomic.Bool
}

func (c darkConn) Write(p []byte) (int, error) {
	if c.dark.Load() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

// TestPingsFindDeadConnections is trap 81: requests over an HTTP/2 connection whose other side is gone do not hang for
// ever, but are sent over another one within 20 seconds.
func TestPingsFindDeadConnections(t *testing.T) {
	ca, config := http2Identity(t)
	synctest.Test(t, func(t *testing.T) {
		var dark atomic.Bool
		dials := 0
		serve := pipeTo(func(conn net.Conn) {
			secure := tls.Server(conn, config)
			if secure.HandshakeContext(context.Background()) == nil {
				tellProto := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })
				(&http2.Server{}).ServeConn(secure, &http2.ServeConnOpts{Handler: tellProto}) //nolint:staticcheck // a pipe has no listener
			}
		})
		dial := func(d *net.Dialer, ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := serve(d, ctx, network, address)
			if dials++; dials == 1 {
				conn = darkConn{conn, &dark}
			}
			return conn, err
		}
		s := to("https://127.0.0.1:443", func(u *proxy.Upstream) {
			u.TLS.CA = ca
			u.Timeouts.Header = time.Hour // so that nothing but pings can help
		})
		g := newFakeGateway(t, s, dial)
		if a, _ := g.get(t); a.body != "HTTP/2.0" {
			t.Fatalf("%s %s", a.Status, a.body)
		}
		dark.Store(true)
		a, after := g.get(t)
		if a.body != "HTTP/2.0" || after > 21*time.Second || dials != 2 {
			t.Errorf("%s %q after %v and %d dials", a.Status, a.body, after, dials)
		}
		if last := g.exchanges[1].Attempts; len(last) != 2 || last[0].Retry != string(problem.UpstreamTimeout) {
			t.Errorf("attempts %+v", last)
		}
	})
}

// TestRefusedStreamsAreSentAgain whatever the method: HTTP/2 promises that nothing was done (RFC 9113, section 8.7).
func TestRefusedStreamsAreSentAgain(t *testing.T) {
	t.Parallel()
	ca, config := http2Identity(t)
	var streams atomic.Int64
	v := startRawVendor(t, func(conn net.Conn) {
		secure := tls.Server(conn, config)
		if _, err := io.ReadFull(secure, make([]byte, len(http2.ClientPreface))); err != nil {
			return
		}
		framer := http2.NewFramer(secure, secure)
		_ = framer.WriteSettings()
		for frame, err := framer.ReadFrame(); err == nil; frame, err = framer.ReadFrame() {
			id := frame.Header().StreamID
			switch {
			case frame.Header().Type != http2.FrameHeaders:
			case streams.Add(1) <= 2:
				_ = framer.WriteRSTStream(id, http2.ErrCodeRefusedStream)
			default:
				const status200 = "\x88" // RFC 7541, appendix A
				_ = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: []byte(status200), EndHeaders: true, EndStream: true})
			}
		}
	})
	g := startGateway(t, to(strings.Replace(v.URL, "http:", "https:", 1), func(u *proxy.Upstream) { u.TLS.CA = ca }))
	a := g.send(t, "POST", "/up/x", strings.NewReader("a body"))
	if a.StatusCode != http.StatusOK || streams.Load() != 3 {
		t.Errorf("%s after %d streams: %s", a.Status, streams.Load(), a.body)
	}
}

// http2Identity returns the file of an authority and what a vendor of HTTP/2 needs that it vouches for.
func http2Identity(t *testing.T) (ca string, config *tls.Config) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	config = s.TLS.Clone()
	config.NextProtos = []string{"h2"}
	return certificateFile(t, s), config
}
