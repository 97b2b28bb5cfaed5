package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gateway/servertest"
)

// echo is a vendor that answers with the path.
func echo(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Path) }))
	t.Cleanup(s.Close)
	return s
}

// keepAlive is a caller on one connection, which it leaves when it is told to. Unlike http.Client it repeats nothing,
// so that a request that is lost shows.
type keepAlive struct {
	address string
	conn    net.Conn
	reader  *bufio.Reader
}

func (c *keepAlive) ask(path string) error {
	if c.conn == nil {
		conn, err := net.Dial("tcp", c.address)
		if err == nil {
			err = conn.SetDeadline(time.Now().Add(10 * patience))
		}
		if err != nil {
			return err
		}
		c.conn, c.reader = conn, bufio.NewReader(conn)
	}
	if _, err := fmt.Fprintf(c.conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 2\r\n\r\nhi", path, c.address); err != nil {
		return err
	}
	resp, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(resp.Body)
	if err == nil && (resp.StatusCode != http.StatusOK || !strings.HasSuffix(path, string(body))) {
		err = fmt.Errorf("%s answered %s", resp.Status, body)
	}
	if resp.Close {
		err = errors.Join(err, c.close())
	}
	return err
}

func (c *keepAlive) close() error {
	if c.conn == nil {
		return nil
	}
	conn := c.conn
	c.conn = nil
	return conn.Close()
}

// TestHandOversLoseNoRequest hands the sockets over and over while callers with and without keep-alive ask on. A caller
// that keeps its connection must be told before it is closed, however slow the machine: the announcement ends when all
// are gone, and not before.
func TestHandOversLoseNoRequest(t *testing.T) {
	const handOvers = 5
	p := startProcess(t, "drain: {announce: 5m, grace: 6m}\n"+upstreamAt(echo(t).URL))
	address := strings.TrimPrefix(p.callers, "http://")
	var (
		callers sync.WaitGroup
		stop    = make(chan struct{})
		asked   atomic.Int64
	)
	for n := range 6 {
		callers.Go(func() {
			c := &keepAlive{address: address}
			defer c.close()
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := c.ask("/up/x"); err != nil {
					t.Errorf("a request was lost: %v", err)
					return
				}
				if asked.Add(1); n%2 == 0 {
					_ = c.close()
				}
			}
		})
	}
	pid := p.Process.Pid
	for n := range handOvers {
		seen := asked.Load()
		signalProcess(t, pid, syscall.SIGUSR2)
		pid = p.await(t, "handed over", n+1).PID
		if !eventually(t, func() bool { return asked.Load() > seen+100 }) {
			t.Fatal("nothing is answered any more")
		}
	}
	close(stop)
	callers.Wait()
	if code, text := get(t, p.admin+"/readyz"); code != http.StatusOK {
		t.Errorf("the successor is not ready: %d %s", code, text)
	}
	endSuccessor(t, p, pid)
}

// endSuccessor ends the last process and waits until the sockets are closed.
func endSuccessor(t *testing.T, p *process, pid int) {
	t.Helper()
	signalProcess(t, pid, syscall.SIGTERM)
	if !eventually(t, func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.admin, "http://"))
		if err == nil {
			conn.Close()
		}
		return err != nil
	}) {
		t.Error("the successor has not ended")
	}
}

func signalProcess(t *testing.T, pid int, signal syscall.Signal) {
	t.Helper()
	if pid <= 1 { // the others mean groups of processes
		t.Fatalf("%d is no process of ours", pid)
	}
	if err := syscall.Kill(pid, signal); err != nil {
		t.Fatal(err)
	}
}

// TestFailedHandOverChangesNothing: a successor that cannot start leaves the old process serving.
func TestFailedHandOverChangesNothing(t *testing.T) {
	t.Parallel() // it waits
	p := startProcess(t, upstreamAt(echo(t).URL))
	p.configure(t, "upstreams: {up: {url: nowhere}}\n")
	signalProcess(t, p.Process.Pid, syscall.SIGUSR2)
	p.await(t, "handing over", 1)
	if l := p.await(t, "hand-over failed; this process goes on", 1); !strings.Contains(l.Error, "ended before it served") {
		t.Errorf("the log says %q", l.Error)
	}
	if code, body := get(t, p.callers+"/up/still"); code != http.StatusOK || body != "/still" {
		t.Errorf("%d %s", code, body)
	}
	signalProcess(t, p.Process.Pid, syscall.SIGTERM)
	p.await(t, "drained", 1)
	if err := p.ended(t); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

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

// TestAGatewayOutlivesWhoReadsItsLog: a broken pipe on standard error would end it by SIGPIPE.
func TestAGatewayOutlivesWhoReadsItsLog(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gateway.yaml")
	yaml := "listen: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0}\n" + upstreamAt(echo(t).URL)
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "gateway", "run", "--config", file)
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var serving line
	if err := json.NewDecoder(log).Decode(&serving); err != nil {
		t.Fatal(err)
	}
	log.Close()
	for range 3 {
		if code, body := get(t, "http://"+serving.Listen[0]+"/up/x"); body != "/x" {
			t.Errorf("%d %s", code, body)
		}
		<-time.After(2 * maxLineDelay) // so that its line is written
	}
	signalProcess(t, cmd.Process.Pid, syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// lines are what a process says.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
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

// TestSystemdGivesSockets starts the program as systemd.socket(5) does, with what NOTIFY_SOCKET is told.
func TestSystemdGivesSockets(t *testing.T) {
	t.Parallel() // it waits
	notices, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: filepath.Join(t.TempDir(), "notify")})
	if err != nil {
		t.Fatal(err)
	}
	defer notices.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	defer file.Close()
	config := filepath.Join(t.TempDir(), "gateway.yaml")
	yaml := "listen: " + l.Addr().String() + "\nadmin: {listen: 127.0.0.1:0}\n" + upstreamAt(echo(t).URL)
	if err := os.WriteFile(config, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	// The shell sets LISTEN_PID to the process that it becomes.
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", `LISTEN_PID=$$ exec gateway run --config "$0"`, config)
	cmd.Env = append(os.Environ(), "LISTEN_FDS=1", "NOTIFY_SOCKET="+notices.LocalAddr().String())
	cmd.ExtraFiles = []*os.File{file}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := notices.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	notice := make([]byte, 100)
	n, err := notices.Read(notice)
	if want := fmt.Sprintf("READY=1\nMAINPID=%d", cmd.Process.Pid); err != nil || string(notice[:n]) != want {
		t.Errorf("systemd was told %q, %v", notice[:n], err)
	}
	if code, body := get(t, "http://"+l.Addr().String()+"/up/x"); code != http.StatusOK || body != "/x" {
		t.Errorf("%d %s", code, body)
	}
	signalProcess(t, cmd.Process.Pid, syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
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
