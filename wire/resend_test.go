package wire_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// closing answers so many requests of a connection and closes it without a word.
func closing(after int, closed chan<- struct{}) func(net.Conn) {
	return func(conn net.Conn) {
		in := bufio.NewReader(conn)
		for range after {
			if readRequest(in) == nil {
				return
			}
			_, _ = io.WriteString(conn, short)
		}
		conn.Close()
		closed <- struct{}{}
	}
}

// TestClosedConnectionsAreFoundBeforeAnythingIsSent, whatever the method.
func TestClosedConnectionsAreFoundBeforeAnythingIsSent(t *testing.T) {
	onBoth(t, func(t *testing.T, k kind) {
		closed := make(chan struct{}, 100)
		s := serve(t, closing(1, closed))
		rt := k.to(t, s.URL, nil)
		for range 20 {
			_, body, err := do(t, rt, request(t, http.MethodPost, s.URL, strings.NewReader("once")))
			if err != nil || body != "ok" {
				t.Fatalf("%q %v", body, err)
			}
			<-closed
			waitForPeer(t, k)
		}
	})
}

// TestOnlySafeRequestsAreSentAgain after a connection broke on which they went out.
func TestOnlySafeRequestsAreSentAgain(t *testing.T) {
	for name, c := range map[string]struct {
		method string
		body   func() io.Reader
		again  bool
	}{
		"GET":                      {http.MethodGet, nil, true},
		"HEAD":                     {http.MethodHead, nil, true},
		"OPTIONS":                  {http.MethodOptions, nil, true},
		"DELETE":                   {http.MethodDelete, nil, false},
		"POST":                     {http.MethodPost, nil, false},
		"POST with a body":         {http.MethodPost, func() io.Reader { return strings.NewReader("x") }, false},
		"GET with an empty body":   {http.MethodGet, func() io.Reader { return io.MultiReader() }, false},
		"GET with a body":          {http.MethodGet, func() io.Reader { return io.MultiReader(strings.NewReader("x")) }, false},
		"POST with a large body":   {http.MethodPost, func() io.Reader { return strings.NewReader(strings.Repeat("x", 1<<20)) }, false},
		"PUT of an unknown length": {http.MethodPut, func() io.Reader { return io.MultiReader(strings.NewReader("x")) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, k kind) {
				var mu sync.Mutex
				seen := 0
				s := serve(t, func(conn net.Conn) {
					in := bufio.NewReader(conn)
					for {
						r, err := http.ReadRequest(in)
						if err != nil {
							return
						}
						if r.URL.Path != "/it" {
							_, _ = io.WriteString(conn, short)
							continue
						}
						mu.Lock()
						seen++
						first := seen == 1
						mu.Unlock()
						if first {
							return
						}
						_, _ = io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
					}
				})
				rt := k.to(t, s.URL, nil)
				get(t, rt, s.URL)
				var body io.Reader
				if c.body != nil {
					body = c.body()
				}
				req := request(t, c.method, s.URL+"/it", body)
				req.GetBody = nil
				resp, err := rt.RoundTrip(req)
				if err == nil {
					resp.Body.Close()
				}
				mu.Lock()
				defer mu.Unlock()
				if (err == nil) != c.again || (seen == 2) != c.again {
					t.Errorf("%v, sent %d times", err, seen)
				}
			})
		})
	}
}

// TestFreshConnectionsThatBreakAreNoReasonToRepeat: the server does not like the request then.
func TestFreshConnectionsThatBreakAreNoReasonToRepeat(t *testing.T) {
	onBoth(t, func(t *testing.T, k kind) {
		s := serve(t, func(conn net.Conn) { readRequest(bufio.NewReader(conn)) })
		resp, err := k.to(t, s.URL, nil).RoundTrip(request(t, http.MethodGet, s.URL, nil))
		if err == nil {
			resp.Body.Close()
		}
		if !errors.Is(err, io.EOF) || s.Connections.Load() != 1 {
			t.Errorf("%v over %d connections", err, s.Connections.Load())
		}
	})
}
