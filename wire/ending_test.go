package wire_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes connects to a server by hand in memory, so that time can be fake.
func pipes(serve func(net.Conn)) func(*http.Transport) {
	return func(h *http.Transport) {
		h.ResponseHeaderTimeout = 30 * time.Second
		h.DialContext = func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			go func() {
				defer there.Close()
				serve(there)
			}()
			return here, nil
		}
	}
}

// saying reads a request's head, says something and then no more.
func saying(text string) func(net.Conn) {
	return func(conn net.Conn) {
		in := bufio.NewReader(conn)
		if _, err := http.ReadRequest(in); err == nil {
			_, _ = io.WriteString(conn, text)
			_, _ = io.Copy(io.Discard, in)
		}
	}
}

var errWhy = errors.New("why it was broken off")

// phases are where an exchange may be broken off.
var phases = map[string]struct {
	serve func(net.Conn)
	body  func() io.Reader
}{
	"the head is not taken":   {serve: func(conn net.Conn) { <-time.After(time.Hour) }},
	"the body is not taken":   {serve: func(conn net.Conn) { _, _ = conn.Read(make([]byte, 20)); <-time.After(time.Hour) }, body: func() io.Reader { return strings.NewReader(strings.Repeat("x", 100_000)) }},
	"the body does not come":  {serve: saying(""), body: func() io.Reader { r, _ := io.Pipe(); return deadline{r} }},
	"no answer comes":         {serve: saying("")},
	"half a header comes":     {serve: saying("HTTP/1.1 200 OK\r\nX")},
	"news comes":              {serve: saying("HTTP/1.1 103 Early Hints\r\n\r\n")},
	"a body comes, not whole": {serve: saying("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok")},
	"chunks come, not all":    {serve: saying("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")},
	"it comes to the end":     {serve: saying("HTTP/1.1 200 OK\r\n\r\nok")},
	"the trailer misses":      {serve: saying("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n")},
}

// deadline is a body whose Read ends after a minute, as that of a caller who is cut off does.
type deadline struct{ *io.PipeReader }

func (d deadline) Read(p []byte) (int, error) {
	defer time.AfterFunc(time.Minute, func() { d.CloseWithError(errBroken) }).Stop()
	return d.PipeReader.Read(p)
}

// TestContextsEndExchanges wherever they are, and say why.
func TestContextsEndExchanges(t *testing.T) {
	for name, c := range phases {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, k kind) {
				synctest.Test(t, func(t *testing.T) {
					rt := k.to(t, "http://a.test", pipes(c.serve))
					ctx, cancel := context.WithCancelCause(t.Context())
					var body io.Reader
					if c.body != nil {
						body = c.body()
					}
					req := request(t, "POST", "http://a.test/", body).WithContext(ctx)
					start := time.Now()
					time.AfterFunc(10*time.Second, func() { cancel(errWhy) })
					err := whole(rt, req)
					if after := time.Since(start); !errors.Is(err, errWhy) || after != 10*time.Second && name != "the body does not come" {
						t.Errorf("%v after %v", err, after)
					}
					rt.CloseIdleConnections()
					<-time.After(time.Hour)
				})
			})
		})
	}
}

// whole sends a request and reads its answer.
func whole(rt http.RoundTripper, req *http.Request) error {
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.ReadAll(resp.Body)
	return err
}

// TestClosingABodyEndsItsRead.
func TestClosingABodyEndsItsRead(t *testing.T) {
	onBoth(t, func(t *testing.T, k kind) {
		synctest.Test(t, func(t *testing.T) {
			for name, serve := range map[string]func(net.Conn){
				"length": phases["a body comes, not whole"].serve, "chunks": phases["chunks come, not all"].serve, "end": phases["it comes to the end"].serve,
			} {
				rt := k.to(t, "http://a.test", pipes(serve))
				resp, err := rt.RoundTrip(request(t, "GET", "http://a.test/", nil))
				if err != nil {
					t.Fatal(err)
				}
				time.AfterFunc(time.Minute, func() { resp.Body.Close() })
				text, err := io.ReadAll(resp.Body)
				if string(text) != "ok" || err == nil {
					t.Errorf("%s: %q %v", name, text, err)
				}
				rt.CloseIdleConnections()
			}
		})
	})
}

// TestTheHeaderHasADeadline, from the request's end on, and the body has none.
func TestTheHeaderHasADeadline(t *testing.T) {
	slow := func(conn net.Conn) {
		in := bufio.NewReader(conn)
		for readRequest(in) != nil {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
			for _, c := range "abc" {
				<-time.After(time.Minute)
				_, _ = io.WriteString(conn, string(c))
			}
		}
	}
	pause := lastly(func() { <-time.After(5 * time.Minute) })
	for name, c := range map[string]struct {
		serve func(net.Conn)
		body  func() io.Reader
		after time.Duration
		late  bool
	}{
		"no answer":          {serve: saying(""), after: 30 * time.Second, late: true},
		"half of one":        {serve: saying("HTTP/1.1 200"), after: 30 * time.Second, late: true},
		"only news":          {serve: saying("HTTP/1.1 103 Early Hints\r\n\r\n"), after: 30 * time.Second, late: true},
		"a slow body":        {serve: slow, after: 3 * time.Minute},
		"a slow request":     {serve: slow, body: func() io.Reader { return io.MultiReader(strings.NewReader("x"), pause) }, after: 8 * time.Minute},
		"none to a slow one": {serve: saying(""), body: func() io.Reader { return io.MultiReader(strings.NewReader("x"), pause) }, after: 5*time.Minute + 30*time.Second, late: true},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, k kind) {
				synctest.Test(t, func(t *testing.T) {
					rt := k.to(t, "http://a.test", pipes(c.serve))
					for range 2 { // the second one on the connection of the first where that is kept
						var body io.Reader
						if c.body != nil {
							body = c.body()
						}
						start := time.Now()
						err := whole(rt, request(t, "POST", "http://a.test/", body))
						var timeout net.Error
						if late := errors.As(err, &timeout) && timeout.Timeout(); late != c.late || !late && err != nil || time.Since(start) != c.after {
							t.Errorf("%v after %v", err, time.Since(start))
						}
					}
					rt.CloseIdleConnections()
				})
			})
		})
	}
}

// TestContextsEndDialing.
func TestContextsEndDialing(t *testing.T) {
	onBoth(t, func(t *testing.T, k kind) {
		synctest.Test(t, func(t *testing.T) {
			rt := k.to(t, "http://a.test", func(h *http.Transport) {
				h.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
					<-time.After(20 * time.Second)
					return nil, errors.Join(ctx.Err(), errBroken)
				}
			})
			ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Second, errWhy)
			defer cancel()
			if err := whole(rt, request(t, "GET", "http://a.test/", nil).WithContext(ctx)); !errors.Is(err, errWhy) {
				t.Error(err)
			}
			if err := whole(rt, request(t, "GET", "http://a.test/", nil)); !errors.Is(err, errBroken) {
				t.Error(err)
			}
		})
	})
}

// TestNothingIsSentForAContextThatIsOver.
func TestNothingIsSentForAContextThatIsOver(t *testing.T) {
	onBoth(t, func(t *testing.T, k kind) {
		url, requests := recording(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		req := request(t, "POST", url, nil).WithContext(ctx)
		body := track(strings.NewReader("x"))
		req.Body, req.ContentLength = body, 1
		if err := whole(k.to(t, url, nil), req); !errors.Is(err, context.Canceled) || len(requests) > 0 {
			t.Errorf("%v, %d requests", err, len(requests))
		}
		<-body.closed
	})
}

// TestBrokenOffExchangesLeaveNoConnectionToOthers, at whatever moment they are broken off.
func TestBrokenOffExchangesLeaveNoConnectionToOthers(t *testing.T) {
	onBoth(t, func(t *testing.T, k kind) {
		s := serve(t, func(conn net.Conn) {
			for in := bufio.NewReader(conn); ; {
				r := readRequest(in)
				if r == nil {
					return
				}
				text := strings.Repeat(r.URL.Path, 1000)
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
				for part := range strings.SplitAfterSeq(text, "/") {
					_, _ = io.WriteString(conn, "1\r\n"+part[:min(1, len(part))]+"\r\n")
				}
				_, _ = io.WriteString(conn, "0\r\n\r\n")
			}
		})
		rt := k.to(t, s.URL, nil)
		var all sync.WaitGroup
		for caller := range 4 {
			all.Go(func() {
				for n := range 200 {
					ctx, cancel := context.WithCancel(t.Context())
					time.AfterFunc(time.Duration(n)*5*time.Microsecond, cancel)
					_ = whole(rt, request(t, "GET", s.URL+"/"+strings.Repeat("x", caller), nil).WithContext(ctx))
					cancel()
				}
			})
		}
		all.Wait()
		if _, body, err := do(t, rt, request(t, "GET", s.URL+"/y", nil)); err != nil || strings.Trim(body, "/y") != "" {
			t.Errorf("%.100q %v", body, err)
		}
	})
}
