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

// TestDeadlinesOfHandlers end reading a body that does not come, and writing to a caller that does not read.
func TestDeadlinesOfHandlers(t *testing.T) {
	errs := make(chan error, 1)
	onServers(t, func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if r.Method == "POST" {
			_ = control.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
			_, err := io.ReadAll(r.Body)
			errs <- err
			return
		}
		_ = control.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
		for piece := make([]byte, 1<<20); ; {
			if _, err := w.Write(piece); err != nil {
				<-r.Context().Done()
				errs <- err
				return
			}
		}
	}, func(t *testing.T, s *served) {
		for _, raw := range []string{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbody", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", plain} {
			c := s.dial(t)
			c.send(t, raw)
			if err := next(t, errs); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%q: %v", raw, err)
			}
			if raw != plain {
				c.answer(t)
				c.ends(t)
			}
		}
	})
}

// TestADeadlineThatIsOverEndsAWrite that could go on at once.
func TestADeadlineThatIsOverEndsAWrite(t *testing.T) {
	errs := make(chan error, 1)
	onServers(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(-time.Second))
		_, _ = io.WriteString(w, "late")
		errs <- http.NewResponseController(w).Flush()
	}, func(t *testing.T, s *served) {
		c := s.dial(t)
		c.send(t, plain)
		if err := next(t, errs); s.lane != nil && !errors.Is(err, os.ErrDeadlineExceeded) { // net/http keeps it to itself
			t.Error(err)
		}
		c.ends(t)
	})
}

// TestDeadlinesEndWithTheirRequest: the next one has none.
func TestDeadlinesEndWithTheirRequest(t *testing.T) {
	onServers(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bounded" {
			control := http.NewResponseController(w)
			_ = control.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
			_ = control.SetWriteDeadline(time.Now().Add(30 * time.Millisecond))
			_, _ = w.Write(make([]byte, 10_000))
			return
		}
		<-time.After(60 * time.Millisecond) // past those deadlines
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Context().Err() != nil {
			t.Error(err, r.Context().Err())
		}
		_, _ = w.Write(body)
	}, func(t *testing.T, s *served) {
		c := s.dial(t)
		for range 2 {
			c.send(t, "GET /bounded HTTP/1.1\r\nHost: a\r\n\r\n")
			c.answer(t)
			c.send(t, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n")
			c.send(t, "body")
			if _, body, _ := c.answer(t); body != "body" {
				t.Errorf("%q", body)
			}
		}
	})
}

// TestConnectionsThatRestTooLongEnd, before their first request and after one, and with a head that does not go on.
func TestConnectionsThatRestTooLongEnd(t *testing.T) {
	onServers(t, func(http.ResponseWriter, *http.Request) {}, func(t *testing.T, s *served) {
		for _, raw := range []string{"", plain, plain + "GET", "GET /half"} {
			c := s.dial(t)
			c.send(t, raw)
			if strings.HasPrefix(raw, plain) {
				c.answer(t)
			}
			c.ends(t)
		}
		eventually(t, func() bool { return s.open.Load() == 0 })
	}, func(s *http.Server) {
		s.ReadHeaderTimeout, s.IdleTimeout = 100*time.Millisecond, 100*time.Millisecond
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

// TestShutdownLetsFinish what is under way, with word that the connection ends, and closes what rests.
func TestShutdownLetsFinish(t *testing.T) {
	begun, release := make(chan bool, 1), make(chan bool)
	onServers(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			begun <- true
			<-release
		}
		_, _ = io.WriteString(w, "whole")
	}, func(t *testing.T, s *served) {
		resting, active := s.dial(t), s.dial(t)
		resting.send(t, plain)
		resting.answer(t)
		active.send(t, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
		next(t, begun)
		down := make(chan error, 1)
		go func() {
			err := s.Shutdown(context.Background())
			if s.lane != nil {
				err = errors.Join(err, s.lane.Wait(context.Background()))
			}
			down <- err
		}()
		resting.ends(t)
		select {
		case <-down:
			t.Error("it did not wait")
		default:
		}
		release <- true
		if _, body, closes := active.answer(t); body != "whole" || !closes {
			t.Errorf("%q, closes: %t", body, closes)
		}
		active.ends(t)
		if err := next(t, down); err != nil {
			t.Error(err)
		}
	})
}

// TestTheEndOfTheBaseEndsRequests, those that come later too.
func TestTheEndOfTheBaseEndsRequests(t *testing.T) {
	begun, ended := make(chan bool, 1), make(chan error, 1)
	base, cut := context.WithCancelCause(t.Context())
	defer cut(nil)
	why := errors.New("of this test")
	s := startServer(t, true, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		begun <- true
		<-r.Context().Done()
		ended <- r.Context().(*wire.Ending).Cause()
	}), func(s *http.Server) { s.BaseContext = func(net.Listener) context.Context { return base } })
	c := s.dial(t)
	for range 2 {
		c.send(t, plain)
		next(t, begun)
		cut(why)
		if err := next(t, ended); !errors.Is(err, why) {
			t.Error(err)
		}
		c.answer(t)
	}
}

// TestPanicsAreLogged, and others are served on.
func TestPanicsAreLogged(t *testing.T) {
	var lines bytes.Buffer
	s := startServer(t, true, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/abort" {
			panic(http.ErrAbortHandler)
		}
		panic("of a test")
	}), func(s *http.Server) { s.ErrorLog = log.New(&lines, "", 0) })
	for _, path := range []string{"/abort", "/panic"} {
		c := s.dial(t)
		c.send(t, "GET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n")
		c.ends(t)
	}
	eventually(t, func() bool { return s.open.Load() == 0 })
	if got := lines.String(); strings.Count(got, "panic serving") != 1 || !strings.Contains(got, "of a test") {
		t.Errorf("%s", got)
	}
}

// TestConnectionsThatAreCutEnd, wherever that is, with a reset or without, and nothing of them is left.
func TestConnectionsThatAreCutEnd(t *testing.T) {
	s := startServer(t, true, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write(make([]byte, 1<<20)) // more than a socket takes of a caller that does not read
	}))
	raw := "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nsome body" + plain
	for at := range len(raw) + 1 {
		for _, reset := range []bool{false, true} {
			c := s.dial(t)
			c.send(t, raw[:at])
			if reset {
				_ = c.Conn.(*net.TCPConn).SetLinger(0)
			}
			c.Close()
		}
	}
	eventually(t, func() bool { return s.open.Load() == 0 })
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
