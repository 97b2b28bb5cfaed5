package wire_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"gateway/wire"
)

// onServers runs a test with net/http's server, which says what is right, and with a lane before it.
func onServers(t *testing.T, handler http.HandlerFunc, test func(t *testing.T, s *served), options ...func(*http.Server)) {
	t.Helper()
	for name, withLane := range map[string]bool{"std": false, "fast": true} {
		t.Run(name, func(t *testing.T) { test(t, startServer(t, withLane, handler, options...)) })
	}
}

// caller is a connection by hand.
type caller struct {
	net.Conn
	in *bufio.Reader
}

func (s *served) dial(t *testing.T) *caller {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &caller{conn, bufio.NewReader(conn)}
}

func (c *caller) send(t *testing.T, raw string) {
	t.Helper()
	if _, err := io.WriteString(c, raw); err != nil {
		t.Fatal(err)
	}
}

// answer reads the next one.
func (c *caller) answer(t *testing.T) (code int, body string, closes bool) {
	t.Helper()
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text), resp.Close
}

// ends waits until the server ends the connection, whatever it says before.
func (c *caller) ends(t *testing.T) {
	t.Helper()
	if _, err := io.Copy(io.Discard, c.in); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the connection goes on")
	}
}

const plain = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"

func next[T any](t *testing.T, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
	return v
}

// TestCallersWhoLeaveEndTheContext of their request, after a body as well.
func TestCallersWhoLeaveEndTheContext(t *testing.T) {
	begun, ended := make(chan string, 1), make(chan error, 1)
	onServers(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		begun <- string(body)
		<-r.Context().Done()
		ended <- r.Context().Err()
	}, func(t *testing.T, s *served) {
		for _, body := range []string{"", "body"} {
			c := s.dial(t)
			c.send(t, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "+string('0'+rune(len(body)))+"\r\n\r\n"+body)
			if got := next(t, begun); got != body {
				t.Errorf("%q", got)
			}
			c.Close()
			if err := next(t, ended); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
	})
}

// TestRequestsThatComeEarlyAreKept: what a caller sends while it is watched is its next request, and no end.
func TestRequestsThatComeEarlyAreKept(t *testing.T) {
	begun, release := make(chan bool, 1), make(chan bool)
	onServers(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			begun <- true
			<-release
		}
		if err := r.Context().Err(); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, r.URL.Path)
	}, func(t *testing.T, s *served) {
		c := s.dial(t)
		for _, ahead := range []string{"", "G", "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"} {
			c.send(t, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
			next(t, begun)
			eventually(t, isWatched)
			c.send(t, ahead)
			eventually(t, func() bool { return ahead == "" || !isWatched() })
			release <- true
			if _, body, _ := c.answer(t); body != "/slow" {
				t.Errorf("%q", body)
			}
			c.send(t, strings.TrimPrefix("GET /next HTTP/1.1\r\nHost: a\r\n\r\n", ahead))
			if _, body, _ := c.answer(t); body != "/next" {
				t.Errorf("%q", body)
			}
		}
	})
}

// isWatched is true while a goroutine watches whether a caller leaves.
func isWatched() bool {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return bytes.Contains(stacks, []byte("wire.(*watch).fire")) || bytes.Contains(stacks, []byte("http.(*connReader).backgroundRead"))
}

func eventually(t *testing.T, happens func() bool) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(patience); !happens(); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatal("it does not happen")
		}
	}
}

// TestConnectionsAtRestKeepNothingOfTheirRequest, which may hold an answer of megabytes: also where its caller was watched.
func TestConnectionsAtRestKeepNothingOfTheirRequest(t *testing.T) {
	var last weak.Pointer[http.Request]
	onServers(t, func(_ http.ResponseWriter, r *http.Request) {
		last = weak.Make(r)
		eventually(t, isWatched)
	}, func(t *testing.T, s *served) {
		c := s.dial(t)
		c.send(t, plain)
		c.answer(t)
		eventually(t, func() bool {
			runtime.GC()
			return last.Value() == nil
		})
		c.send(t, plain) // it did not end
		c.answer(t)
	})
}

// TestHeadsInPiecesAreAnswered, by the lane if they come at once, by net/http if they take longer.
func TestHeadsInPiecesAreAnswered(t *testing.T) {
	onServers(t, told, func(t *testing.T, s *served) {
		c := s.dial(t)
		for _, last := range []bool{false, false, true} {
			c.send(t, "GET /x HTTP/1.1\r\n")
			c.send(t, "Ho")
			if last {
				eventually(t, func() bool { return s.lane == nil || s.handed.Load() == 1 })
			}
			c.send(t, "st: a\r\n\r\n")
			if code, body, _ := c.answer(t); code != http.StatusOK || !strings.HasPrefix(body, `GET "/x" /x a `) {
				t.Errorf("%d %q", code, body)
			}
		}
	})
}

// TestUnixSockets are served by the lane, too.
func TestUnixSockets(t *testing.T) {
	l, err := net.Listen("unix", t.TempDir()+"/socket")
	if err != nil {
		t.Fatal(err)
	}
	std := &http.Server{Handler: http.HandlerFunc(told), ErrorLog: log.New(io.Discard, "", 0)}
	lane := wire.NewLane(std, l, func(net.Conn, http.ConnState) {})
	done := make(chan error, 1)
	go func() { done <- std.Serve(lane) }()
	conn, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := &caller{conn, bufio.NewReader(conn)}
	for _, raw := range []string{plain, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"} {
		c.send(t, raw)
		if code, _, _ := c.answer(t); code != http.StatusOK {
			t.Errorf("%q: %d", raw, code)
		}
	}
	conn.Close()
	std.Close()
	if err := lane.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if err := next(t, done); !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

// TestWaitCuts what is not done in time.
func TestWaitCuts(t *testing.T) {
	begun, ended := make(chan bool, 1), make(chan bool, 1)
	s := startServer(t, true, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		begun <- true
		<-r.Context().Done()
		ended <- true
	}))
	c := s.dial(t)
	c.send(t, plain)
	next(t, begun)
	s.Close()
	over, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := s.lane.Wait(over); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	next(t, ended)
	c.ends(t)
}

// TestWhatIsOrdinaryIsServedByTheLane, and what is not comes to net/http.
func TestWhatIsOrdinaryIsServedByTheLane(t *testing.T) {
	s := startServer(t, true, http.HandlerFunc(told))
	for _, c := range []struct {
		raw    string
		handed int64
	}{
		{plain, 0},
		{"POST /a?b=c HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\nConnection: keep-alive\r\n\r\nabc", 0},
		{"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("x", 100_000), 0},
		{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1},
		{"GET / HTTP/1.1\nHost: a\n\n", 1},
	} {
		before := s.handed.Load()
		said(t, s.address, c.raw)
		if got := s.handed.Load() - before; got != c.handed {
			t.Errorf("%.60q: %d handed over, want %d", c.raw, got, c.handed)
		}
	}
}
