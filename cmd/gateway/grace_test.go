package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gateway/servertest"
)

// TestStreamsFinishWithinGrace: SIGTERM lets a stream and an upgraded connection go on to their end, whatever signals follow.
func TestStreamsFinishWithinGrace(t *testing.T) {
	t.Parallel() // it waits
	finish := make(chan struct{})
	end := sync.OnceFunc(func() { close(finish) })
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if r.Header.Get("Upgrade") == "websocket" {
			conn, buffered, err := control.Hijack()
			if err != nil {
				return
			}
			defer conn.Close()
			_, _ = buffered.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst ")
			_ = buffered.Flush()
			<-finish
			_, _ = conn.Write([]byte("last"))
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "first ")
		_ = control.Flush()
		<-finish
		_, _ = io.WriteString(w, "last")
	}))
	t.Cleanup(vendor.Close)
	t.Cleanup(end)
	p := startProcess(t, "drain: {announce: 10ms, grace: 25s}\n"+upstreamAt(vendor.URL))
	var streams []stream
	for _, upgrade := range []string{"", "Connection: Upgrade\r\nUpgrade: websocket\r\n"} {
		streams = append(streams, openStream(t, p.callers, upgrade))
	}
	signalProcess(t, p.Process.Pid, syscall.SIGTERM)
	p.await(t, "draining", 1)
	for range 3 { // which change nothing any more
		signalProcess(t, p.Process.Pid, syscall.SIGHUP)
		signalProcess(t, p.Process.Pid, syscall.SIGUSR2)
		signalProcess(t, p.Process.Pid, syscall.SIGTERM)
		<-time.After(20 * time.Millisecond)
	}
	end()
	for _, s := range streams {
		if rest, err := io.ReadAll(s); err != nil || string(rest) != "last" {
			t.Errorf("the stream ended with %q, %v", rest, err)
		}
		s.Close()
	}
	if err := p.ended(t); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// TestTheLogTellsWhatTheEndOfGraceCut.
func TestTheLogTellsWhatTheEndOfGraceCut(t *testing.T) {
	finish := make(chan struct{})
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "first ")
		_ = http.NewResponseController(w).Flush()
		<-finish
	}))
	t.Cleanup(vendor.Close)
	t.Cleanup(func() { close(finish) })
	said := make(lines, 100)
	p := startProgram(t, "gateway", "drain: {announce: 10ms, grace: 100ms}\n"+upstreamAt(vendor.URL), said)
	openStream(t, p.callers, "")
	signalProcess(t, p.Process.Pid, syscall.SIGTERM)
	for {
		line := servertest.Receive(t, said, "the line of the exchange")
		if !strings.Contains(line, `"message":"exchange"`) {
			continue
		}
		if want := `"error":"the gateway stops, and drain.grace is over"`; !strings.Contains(line, want) {
			t.Errorf("%s is not in %s", want, line)
		}
		return
	}
}

// stream is an answer that goes on, and its connection.
type stream struct {
	io.Reader
	io.Closer
}

// openStream asks for a stream and reads its first word.
func openStream(t *testing.T, url, headers string) stream {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET /up/stream HTTP/1.1\r\nHost: gateway\r\n%s\r\n", headers)
	reader := bufio.NewReader(conn)
	resp, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := stream{resp.Body, conn}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		s.Reader = reader
	}
	first := make([]byte, len("first "))
	if _, err := io.ReadFull(s, first); err != nil || string(first) != "first " {
		t.Fatalf("the stream began with %q, %v", first, err)
	}
	return s
}

// TestHTTP2FinishesWithinGrace: over HTTP/2 a stream goes on to its end, and then its connection does not keep the
// process, as its caller is told to go away.
func TestHTTP2FinishesWithinGrace(t *testing.T) {
	t.Parallel() // it waits
	finish := make(chan struct{})
	end := sync.OnceFunc(func() { close(finish) })
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "first ")
		_ = http.NewResponseController(w).Flush()
		<-finish
		_, _ = io.WriteString(w, "last")
	}))
	t.Cleanup(vendor.Close)
	t.Cleanup(end)
	ca, dir := newAuthority(t), t.TempDir()
	cert, key := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	ca.issue(t, "gateway.test", 2, cert, key)
	// A connection that stayed would be cut after the grace period alone.
	p := startProcess(t, fmt.Sprintf("drain: {announce: 10ms, grace: 1h}\ntls: {files: {cert: %s, key: %s}}\n", cert, key)+upstreamAt(vendor.URL))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.pool(), ServerName: "gateway.test"}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	client := http.Client{Timeout: patience, Transport: transport}
	resp, err := client.Get("https" + strings.TrimPrefix(p.callers, "http") + "/up/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	signalProcess(t, p.Process.Pid, syscall.SIGTERM)
	p.await(t, "draining", 1)
	end()
	if body, err := io.ReadAll(resp.Body); err != nil || resp.ProtoMajor != 2 || string(body) != "first last" {
		t.Errorf("%s: %q, %v", resp.Proto, body, err)
	}
	if err := p.ended(t); err != nil {
		t.Errorf("it ended with %v", err)
	}
}
