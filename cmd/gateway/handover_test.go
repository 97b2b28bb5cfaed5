package main

import (
	"bufio"
	"context"
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
