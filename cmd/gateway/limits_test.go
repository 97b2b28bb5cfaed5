package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"gateway/problemtest"
)

// dialCallers opens a connection on which nothing waits without end.
func dialCallers(t *testing.T, g testGateway) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(g.callers, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestConnectionsAboveTheLimitAreRefused with a problem of the schema, and let in again when there is a place; over TLS,
// where nothing can be told yet, they are closed.
func TestConnectionsAboveTheLimitAreRefused(t *testing.T) {
	ca, dir := newAuthority(t), t.TempDir()
	cert, key := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	ca.issue(t, "gateway.test", 2, cert, key)
	limit := "limits: {connections: 2}\nproblems: {base: https://errors.example/}\n" + upstreamAt(echo(t).URL)
	plain, secure := startGateway(t, limit), startGateway(t, fmt.Sprintf("tls: {files: {cert: %s, key: %s}}\n", cert, key)+limit)
	// ask sends one request that leaves its connection open.
	ask := func(conn net.Conn) (*http.Response, string, error) {
		if _, err := io.WriteString(conn, "GET /up/x HTTP/1.1\r\nHost: gateway\r\n\r\n"); err != nil {
			return nil, "", err
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			return nil, "", err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return resp, string(body), err
	}
	over := func(g testGateway) net.Conn {
		conn := dialCallers(t, g)
		if g == secure {
			conn = tls.Client(conn, &tls.Config{RootCAs: ca.pool(), ServerName: "gateway.test"})
		}
		return conn
	}
	for _, g := range []testGateway{plain, secure} {
		first, second := over(g), over(g)
		for _, conn := range []net.Conn{first, second} {
			if _, body, err := ask(conn); err != nil || body != "/x" {
				t.Fatalf("%q, %v", body, err)
			}
		}
		third := over(g)
		if g == secure {
			if _, _, err := ask(third); err == nil {
				t.Error("a third connection was let in")
			}
		} else {
			resp, text, err := ask(third)
			if err != nil {
				t.Fatal(err)
			}
			body := []byte(text)
			if resp.StatusCode != http.StatusServiceUnavailable || problemtest.Validate(body) != nil ||
				!strings.Contains(string(body), `"type":"https://errors.example/gateway-overloaded"`) || !strings.Contains(string(body), "limits.connections") ||
				resp.Header.Get("X-Request-Id") == "" || !resp.Close || resp.Header.Get("Retry-After") != "1" {
				t.Errorf("%s %v %s, %v", resp.Status, resp.Header, body, problemtest.Validate(body))
			}
			silent := over(g) // which is told, too
			if resp, err := http.ReadResponse(bufio.NewReader(silent), nil); err != nil || resp.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("who says nothing is told %v, %v", resp, err)
			}
			if _, text := get(t, g.admin+"/metrics"); !strings.Contains(text, `type="gateway-overloaded"`) {
				t.Error("the refusal is not counted")
			}
		}
		first.Close()
		if !eventually(t, func() bool {
			_, body, err := ask(over(g))
			return err == nil && body == "/x"
		}) {
			t.Error("nobody is let in any more")
		}
	}
}

// TestSlowHeadersAreCut is trap 79.
func TestSlowHeadersAreCut(t *testing.T) {
	g := startGateway(t, "limits: {header_time: 500ms}\n"+upstreamAt(echo(t).URL))
	conn := dialCallers(t, g)
	fmt.Fprint(conn, "GET /up/x HTTP/1.1\r\nHost: gateway\r\nX-Slow: ")
	if answer, err := io.ReadAll(conn); err != nil {
		t.Errorf("it was not closed: %q, %v", answer, err)
	}
}

// TestStreamsAreLimited: a caller is told how many streams it may have.
func TestStreamsAreLimited(t *testing.T) {
	g := startGateway(t, "h2c: true\nlimits: {streams: 7}\n"+upstreamAt(echo(t).URL))
	conn := dialCallers(t, g)
	framer := http2.NewFramer(conn, conn)
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	frame, err := framer.ReadFrame()
	if err != nil {
		t.Fatal(err)
	}
	settings, ok := frame.(*http2.SettingsFrame)
	if !ok {
		t.Fatalf("the first frame is %v", frame)
	}
	if n, ok := settings.Value(http2.SettingMaxConcurrentStreams); !ok || n != 7 {
		t.Errorf("%d streams are allowed", n)
	}
}
