package wire_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const short = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// TestConnectionsAreUsedAgain after an answer that ended, and by nobody else.
func TestConnectionsAreUsedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		raw, method string
		again       bool
		unasked     bool // more comes than the answer: http.Transport, on a busy machine, may give it to the next request
	}{
		"a length":          {raw: short, again: true},
		"chunks":            {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", again: true},
		"a trailer":         {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n", again: true},
		"nothing":           {raw: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", again: true},
		"204":               {raw: "HTTP/1.1 204 No Content\r\n\r\n", again: true},
		"304":               {raw: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", again: true},
		"HEAD":              {raw: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", method: "HEAD", again: true},
		"early hints":       {raw: "HTTP/1.1 103 Early Hints\r\n\r\n" + short, again: true},
		"1.0, kept alive":   {raw: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", again: true},
		"1.0":               {raw: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"},
		"close":             {raw: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"},
		"more than it said": {raw: short + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", unasked: true},
		"a body of 204":     {raw: "HTTP/1.1 204 No Content\r\n\r\nok", unasked: true},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, k kind) {
				if c.unasked && k.name == std.name {
					t.Skip("it is right here by chance alone")
				}
				s := serve(t, answering(c.raw))
				rt := k.to(t, s.URL, nil)
				for range 3 {
					_, body, err := do(t, rt, request(t, c.method, s.URL, nil))
					if err != nil || body != "ok" && body != "" {
						t.Fatalf("%q %v", body, err)
					}
				}
				if n := s.Connections.Load(); c.again != (n == 1) {
					t.Errorf("%d connections for 3 requests", n)
				}
			})
		})
	}
}

// TestWhatNobodyAskedForIsNoAnswer: bytes that come between two exchanges are never taken for the answer to the second.
func TestWhatNobodyAskedForIsNoAnswer(t *testing.T) {
	for name, secure := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, k kind) {
				sent := make(chan struct{})
				handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/last" {
						_, _ = io.WriteString(w, "ok")
						return
					}
					conn, _, err := http.NewResponseController(w).Hijack()
					if err != nil {
						t.Error(err)
						return
					}
					defer conn.Close()
					_, _ = io.WriteString(conn, short)
					<-sent
					_, _ = io.WriteString(conn, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 4\r\n\r\nevil")
					sent <- struct{}{}
					_, _ = io.Copy(io.Discard, conn)
				})
				s := httptest.NewUnstartedServer(handler)
				start := s.Start
				if secure {
					start = s.StartTLS
				}
				start()
				defer s.Close()
				rt := k.to(t, s.URL, func(h *http.Transport) { h.TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig })
				if got := get(t, rt, s.URL); got != "ok" {
					t.Fatal(got)
				}
				sent <- struct{}{}
				<-sent
				waitForPeer(t, k)
				if got := get(t, rt, s.URL+"/last"); got != "ok" {
					t.Errorf("%q", got)
				}
				rt.CloseIdleConnections()
			})
		})
	}
}

// waitForPeer gives http.Transport, which reads on another goroutine, a chance to see what came.
func waitForPeer(t *testing.T, k kind) {
	t.Helper()
	if k.name == std.name {
		<-time.After(50 * time.Millisecond)
	}
}

// corked writes nothing while it holds back, then all at once.
type corked struct {
	net.Conn
	holds bool
	held  []byte
}

func (c *corked) Write(p []byte) (int, error) {
	if c.holds {
		c.held = append(c.held, p...)
		return len(p), nil
	}
	return c.Conn.Write(p)
}

// TestSecondRecordIsNoAnswer: over TLS, an answer that came together with the one before is read into memory with it,
// where nothing but TLS sees it.
func TestSecondRecordIsNoAnswer(t *testing.T) {
	identity := httptest.NewTLSServer(nil)
	defer identity.Close()
	s := serve(t, func(conn net.Conn) {
		cork := &corked{Conn: conn}
		secure := tls.Server(cork, identity.TLS)
		in := bufio.NewReader(secure)
		if r := readRequest(in); r == nil || r.URL.Path == "/last" {
			_, _ = io.WriteString(secure, short)
			return
		}
		cork.holds = true
		_, _ = io.WriteString(secure, short)
		_, _ = io.WriteString(secure, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
		_, _ = conn.Write(cork.held)
		_, _ = io.Copy(io.Discard, in)
	})
	url := strings.Replace(s.URL, "http:", "https:", 1)
	rt := fast.to(t, url, func(h *http.Transport) {
		h.TLSClientConfig = identity.Client().Transport.(*http.Transport).TLSClientConfig
	})
	for range 20 {
		for _, path := range []string{"/", "/last"} {
			if got := get(t, rt, url+path); got != "ok" {
				t.Fatalf("%s: %q", path, got)
			}
		}
	}
}

// TestABodyThatIsClosedEarlyEndsItsConnection, and one of which all has come does not.
func TestABodyThatIsClosedEarlyEndsItsConnection(t *testing.T) {
	for name, c := range map[string]struct {
		raw   string
		again bool
	}{
		"long":         {"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + strings.Repeat("x", 100_000), false},
		"in chunks":    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", false},
		"all has come": {short, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, answering(c.raw))
			rt := fast.to(t, s.URL, nil)
			for range 3 {
				resp, err := rt.RoundTrip(request(t, http.MethodGet, s.URL, nil))
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
				if n, err := resp.Body.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, io.EOF) {
					t.Errorf("read %d bytes and %v of a closed body", n, err)
				}
				if err := resp.Body.Close(); err != nil {
					t.Error(err)
				}
			}
			if n := s.Connections.Load(); (n == 1) != c.again {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// TestIdleConnections are kept up to a number, and for a time.
func TestIdleConnections(t *testing.T) {
	onBoth(t, func(t *testing.T, k kind) {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			open, all := 0, 0
			rt := k.to(t, "http://a.test", func(h *http.Transport) {
				h.MaxIdleConnsPerHost, h.IdleConnTimeout = 2, time.Minute
				h.DialContext = func(context.Context, string, string) (net.Conn, error) {
					here, there := net.Pipe()
					mu.Lock()
					open, all = open+1, all+1
					mu.Unlock()
					go func() {
						answering(short)(there)
						there.Close()
						mu.Lock()
						open--
						mu.Unlock()
					}()
					return here, nil
				}
			})
			burst := func() {
				var bodies []io.ReadCloser
				for range 4 {
					resp, err := rt.RoundTrip(request(t, http.MethodGet, "http://a.test/", nil))
					if err != nil {
						t.Fatal(err)
					}
					bodies = append(bodies, resp.Body)
				}
				for _, body := range bodies {
					_, _ = io.ReadAll(body)
					body.Close()
				}
			}
			expect := func(when string, wantOpen, wantAll int) {
				t.Helper()
				synctest.Wait()
				mu.Lock()
				defer mu.Unlock()
				if open != wantOpen || all != wantAll {
					t.Errorf("%s: %d connections of %d are open, want %d of %d", when, open, all, wantOpen, wantAll)
				}
			}
			burst()
			expect("after four at once", 2, 4)
			<-time.After(40 * time.Second)
			get(t, rt, "http://a.test/")
			expect("one was used again", 2, 4)
			<-time.After(40 * time.Second)
			expect("the other one is old", 1, 4)
			<-time.After(30 * time.Second)
			expect("both are old", 0, 4)
			burst()
			expect("after four more", 2, 8)
			rt.CloseIdleConnections()
			expect("closed", 0, 8)
			get(t, rt, "http://a.test/")
			expect("still of use", 1, 9)
			rt.CloseIdleConnections()
			expect("closed again", 0, 9)
		})
	})
}

// TestConnectionsInUseOutliveClosing of the idle ones, and close when they fall idle.
func TestConnectionsInUseOutliveClosing(t *testing.T) {
	onBoth(t, func(t *testing.T, k kind) {
		gone := make(chan struct{})
		s := serve(t, func(conn net.Conn) {
			answering(short)(conn)
			close(gone)
		})
		rt := k.to(t, s.URL, nil)
		resp, err := rt.RoundTrip(request(t, http.MethodGet, s.URL, nil))
		if err != nil {
			t.Fatal(err)
		}
		rt.CloseIdleConnections()
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if string(body) != "ok" || err != nil {
			t.Errorf("%q %v", body, err)
		}
		select {
		case <-gone:
		case <-time.After(patience):
			t.Error("the connection is open")
		}
	})
}

// TestManyAtOnce share connections and get their own answers.
func TestManyAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, k kind) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s %s", r.URL.Path, body)
		}))
		defer s.Close()
		rt := k.to(t, s.URL, nil)
		var all sync.WaitGroup
		for caller := range 16 {
			all.Go(func() {
				for n := range 200 {
					path := fmt.Sprintf("/%d/%d", caller, n)
					text := strings.Repeat(path, 1+n*20)
					req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.URL+path, strings.NewReader(text))
					if err != nil {
						t.Error(err)
						return
					}
					_, body, err := do(t, rt, req)
					if err != nil || body != path+" "+text {
						t.Errorf("%s got %.50q %v", path, body, err)
						return
					}
				}
			})
		}
		all.Wait()
		rt.CloseIdleConnections()
	})
}

// TestABodyTellsWhetherItHasCome, for those who would otherwise watch over reading it.
func TestABodyTellsWhetherItHasCome(t *testing.T) {
	for name, c := range map[string]struct {
		raw  string
		want bool
	}{
		"with the head":     {short, true},
		"in part":           {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", false},
		"in chunks":         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", false},
		"to the end":        {"HTTP/1.1 200 OK\r\n\r\nok", false},
		"more than it said": {short + "more", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, answering(c.raw))
			resp, err := fast.to(t, s.URL, nil).RoundTrip(request(t, "GET", s.URL, nil))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if here := resp.Body.(interface{ IsHere() bool }).IsHere(); here != c.want {
				t.Errorf("all of it is here: %v, want %v", here, c.want)
			}
		})
	}
}
