package wire_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"testing"

	"gateway/wire"
)

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
