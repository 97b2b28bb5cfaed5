package wire_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestBodiesOfAnswersAreReadWhileTheRequestIsSent, both piece by piece.
func TestBodiesOfAnswersAreReadWhileTheRequestIsSent(t *testing.T) {
	onBoth(t, func(t *testing.T, k kind) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			control := http.NewResponseController(w)
			_ = control.EnableFullDuplex()
			_ = control.Flush()
			for buf := make([]byte, 100); ; {
				n, err := r.Body.Read(buf)
				_, _ = w.Write(buf[:n])
				_ = control.Flush()
				if err != nil {
					return
				}
			}
		}))
		defer s.Close()
		rt := k.to(t, s.URL, nil)
		defer rt.CloseIdleConnections()
		out, in := io.Pipe()
		resp, err := rt.RoundTrip(request(t, "POST", s.URL, out))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		for _, word := range []string{"one", "two", "three"} {
			_, _ = io.WriteString(in, word)
			got := make([]byte, len(word))
			if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != word {
				t.Fatalf("%q %v", got, err)
			}
		}
		in.Close()
		if rest, err := io.ReadAll(resp.Body); len(rest) > 0 || err != nil {
			t.Errorf("%q %v", rest, err)
		}
	})
}

// TestAnAnswerMayComeBeforeTheRequestIsSent: it counts, and the connection is not used again.
func TestAnAnswerMayComeBeforeTheRequestIsSent(t *testing.T) {
	for name, drains := range map[string]bool{"and closes": false, "and reads on": true} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, k kind) {
				s := serve(t, func(conn net.Conn) {
					in := bufio.NewReader(conn)
					r, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					_, _ = io.ReadFull(r.Body, make([]byte, 100))
					_, _ = io.WriteString(conn, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
					if drains {
						_, _ = io.Copy(io.Discard, in)
						return
					}
					_ = conn.(*net.TCPConn).CloseWrite()
					_, _ = io.CopyN(io.Discard, in, 1<<20) // so that no reset overtakes the answer
				})
				rt := k.to(t, s.URL, nil)
				for range 3 {
					out, in := io.Pipe() // a caller who sends the rest when the answer is there
					go func() { _, _ = io.WriteString(in, strings.Repeat("x", 1000)) }()
					resp, body, err := do(t, rt, request(t, "POST", s.URL, out))
					if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge || body != "no" {
						t.Errorf("%s %q %v", resp.Status, body, err)
					}
					in.Close()
				}
				if n := s.Connections.Load(); n != 3 {
					t.Errorf("%d connections", n)
				}
			})
		})
	}
}

// TestAnAnswerBeatsAWriteError: the server answered, closed, and the rest of the request could not be written.
func TestAnAnswerBeatsAWriteError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, length := range []int{100, 100_000} {
			rt := fast.to(t, "http://a.test", func(h *http.Transport) {
				h.DialContext = func(context.Context, string, string) (net.Conn, error) {
					here, there := net.Pipe()
					go func() {
						_, _ = io.ReadFull(there, make([]byte, 10))
						_, _ = io.Copy(there, strings.NewReader("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"))
						there.Close()
					}()
					return deaf{here}, nil
				}
			})
			resp, body, err := do(t, rt, request(t, "POST", "http://a.test/", strings.NewReader(strings.Repeat("x", length))))
			if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge || body != "no" {
				t.Errorf("%s %q %v", resp.Status, body, err)
			}
		}
	})
}

// deaf is a connection that takes ten bytes of each write.
type deaf struct{ net.Conn }

func (d deaf) Write(p []byte) (int, error) {
	n, err := d.Conn.Write(p[:min(10, len(p))])
	return n, errors.Join(err, net.ErrWriteToConnected)
}

// TestExpectContinue: the body is sent when it is wanted, or when nothing is said for a while, and not after an answer.
func TestExpectContinue(t *testing.T) {
	for name, c := range map[string]struct {
		says   string // to the head
		sent   bool
		status int
		waits  bool
	}{
		"go on":             {"HTTP/1.1 100 Continue\r\n\r\n", true, 200, false},
		"hints first":       {"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n", true, 200, false},
		"nothing":           {"", true, 200, true},
		"half a line":       {"HTTP/1.1 100 Cont", true, 200, true},
		"no":                {"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n", false, 417, false},
		"no, with a body":   {"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno", false, 413, false},
		"no, and it closes": {"HTTP/1.1 413 Too Large\r\nConnection: close\r\n\r\nno", false, 413, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, connections := "", 0
				rt := fast.to(t, "http://a.test", func(h *http.Transport) {
					h.ExpectContinueTimeout = time.Second
					h.DialContext = func(context.Context, string, string) (net.Conn, error) {
						connections++
						here, there := net.Pipe()
						go func() {
							defer there.Close()
							in := bufio.NewReader(there)
							r, err := http.ReadRequest(in)
							if err != nil {
								return
							}
							_, _ = io.WriteString(there, c.says)
							if !c.sent {
								return
							}
							text, _ := io.ReadAll(r.Body)
							got = string(text)
							if c.says == "HTTP/1.1 100 Cont" {
								_, _ = io.WriteString(there, "inue\r\n\r\n")
							}
							_, _ = io.WriteString(there, short)
							answering(short)(there)
						}()
						return here, nil
					}
				})
				body := track(strings.NewReader("body"))
				req := request(t, "POST", "http://a.test/", nil)
				req.Body, req.ContentLength = body, 4
				req.Header.Set("Expect", "100-continue")
				start := time.Now()
				resp, _, err := do(t, rt, req)
				if err != nil || resp.StatusCode != c.status || (got == "body") != c.sent {
					t.Errorf("%s %v, the server got %q", resp.Status, err, got)
				}
				if waited := time.Since(start) > 0; waited != c.waits {
					t.Errorf("after %v", time.Since(start))
				}
				<-body.closed
				if c.sent {
					get(t, rt, "http://a.test/")
				}
				if connections != 1 {
					t.Errorf("%d connections", connections)
				}
				rt.CloseIdleConnections()
			})
		})
	}
}
