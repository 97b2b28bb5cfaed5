package proxy_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gateway/problem"
	"gateway/proxy"
)

// dialFunc makes connections for proxy.Shared.DialWith.
type dialFunc func(d *net.Dialer, ctx context.Context, network, address string) (net.Conn, error)

// pipeTo connects to serve by a pipe in memory, so that time can be fake.
func pipeTo(serve func(net.Conn)) dialFunc {
	return func(*net.Dialer, context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			defer there.Close()
			serve(there)
		}()
		return here, nil
	}
}

// fakeGateway is a handler without sockets, for tests on a fake clock.
type fakeGateway struct {
	http.Handler
	shared *proxy.Shared

	mu        sync.Mutex
	exchanges []proxy.Exchange
}

func newFakeGateway(t *testing.T, s proxy.Settings, dial dialFunc) *fakeGateway {
	t.Helper()
	g := &fakeGateway{shared: proxy.NewShared()}
	g.shared.DialWith(dial)
	var err error
	g.Handler, err = proxy.New(withDefaults(s), g.shared, func(x proxy.Exchange) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.exchanges = append(g.exchanges, x)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		g.shared.Close()
		<-time.After(time.Hour) // vendors that sleep wake and see that nobody is there
	})
	return g
}

// get returns the answer and when it had ended; its error is set for an answer that was cut.
func (g *fakeGateway) get(t *testing.T, headers ...string) (answer, time.Duration) {
	t.Helper()
	start := time.Now()
	req := httptest.NewRequestWithContext(context.WithValue(t.Context(), http.ServerContextKey, &http.Server{}), "GET", "/up/x", nil)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		req.Header.Set(name, value)
	}
	w := finalRecorder{httptest.NewRecorder()}
	var cut error
	func() {
		defer func() {
			if cause := recover(); cause != nil {
				cut = cause.(error)
			}
		}()
		g.ServeHTTP(w, req)
	}()
	a := readAnswer(w.Result())
	if cut != nil {
		a.err = cut
	}
	return a, time.Since(start)
}

// finalRecorder does not take a 1xx for the answer.
type finalRecorder struct{ *httptest.ResponseRecorder }

func (w finalRecorder) WriteHeader(code int) {
	if code >= 200 {
		w.ResponseRecorder.WriteHeader(code)
	}
}

// slowly writes text a byte a second, until nobody reads it.
func slowly(w io.Writer, text string) {
	for _, b := range []byte(text) {
		if _, err := w.Write([]byte{b}); err != nil {
			return
		}
		<-time.After(time.Second)
	}
}

// stalling answers each request with what is written by write, and then says no more.
func stalling(write func(io.Writer)) dialFunc {
	return pipeTo(func(conn net.Conn) {
		in := bufio.NewReader(conn)
		if _, err := http.ReadRequest(in); err == nil {
			write(conn)
			_, _ = io.Copy(io.Discard, in)
		}
	})
}

func saying(text string) dialFunc {
	return stalling(func(w io.Writer) { _, _ = io.WriteString(w, text) })
}

// TestNoDeadlineIsExceeded lets every phase of an exchange stall, and looks on a fake clock at when the caller is told.
func TestNoDeadlineIsExceeded(t *testing.T) {
	const forever = 1000
	silent := pipeTo(func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	unreachable := func(_ *net.Dialer, ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()}
	}
	for name, c := range map[string]struct {
		url         string
		dial        dialFunc
		option      func(*proxy.Upstream)
		after       time.Duration
		code        problem.Type
		proxyStatus string
	}{
		"dial": {
			dial: unreachable, after: 5 * time.Second, code: problem.UpstreamUnreachable,
			proxyStatus: `gateway; error=connection_timeout; details="timeouts.connect"`,
		},
		"name": {
			dial: func(_ *net.Dialer, ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "i/o timeout", IsTimeout: true}}
			},
			after: 5 * time.Second, code: problem.UpstreamUnreachable, proxyStatus: `gateway; error=dns_timeout; details="timeouts.connect"`,
		},
		"TLS": {
			url: "https://vendor.example", dial: silent, after: 5 * time.Second, code: problem.UpstreamUnreachable,
			proxyStatus: `gateway; error=connection_timeout; details="timeouts.connect"`,
		},
		"TLS after a slow dial": {
			url: "https://vendor.example",
			dial: func(d *net.Dialer, ctx context.Context, network, address string) (net.Conn, error) {
				<-time.After(4 * time.Second)
				return silent(d, ctx, network, address)
			},
			after: 5 * time.Second, code: problem.UpstreamUnreachable, proxyStatus: `gateway; error=connection_timeout; details="timeouts.connect"`,
		},
		"forward proxy": {
			url: "https://vendor.example", option: func(u *proxy.Upstream) { u.Proxy = "http://proxy.example:3128" },
			dial: silent, after: 5 * time.Second, code: problem.UpstreamUnreachable,
			proxyStatus: `gateway; error=connection_timeout; details="timeouts.connect"`,
		},
		"SOCKS proxy": {
			url: "https://vendor.example", option: func(u *proxy.Upstream) { u.Proxy = "socks5h://proxy.example" },
			dial: silent, after: 5 * time.Second, code: problem.UpstreamUnreachable,
			proxyStatus: `gateway; error=connection_timeout; details="timeouts.connect"`,
		},
		"header": {
			dial: silent, after: 30 * time.Second, code: problem.UpstreamTimeout,
			proxyStatus: `gateway; error=http_response_timeout; details="timeouts.header"`,
		},
		"header, a byte at a time": {
			dial: stalling(func(w io.Writer) { slowly(w, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", forever)) }), after: 30 * time.Second,
			code: problem.UpstreamTimeout, proxyStatus: `gateway; error=http_response_timeout; details="timeouts.header"`,
		},
		"header, after news of it": {
			dial: stalling(func(w io.Writer) {
				for _, err := w.Write(nil); err == nil; <-time.After(10 * time.Second) {
					_, err = io.WriteString(w, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
				}
			}),
			after: 30 * time.Second, code: problem.UpstreamTimeout, proxyStatus: `gateway; error=http_response_timeout; details="timeouts.header"`,
		},
		"total": {
			dial: silent, option: func(u *proxy.Upstream) { u.Timeouts.Header = time.Hour }, after: 60 * time.Second,
			code: problem.UpstreamTimeout, proxyStatus: `gateway; error=http_response_timeout; details="timeouts.total"`,
		},
		"total, over several attempts": {
			dial: silent, option: func(u *proxy.Upstream) { u.Timeouts.Header, u.Retry.Attempts = 25*time.Second, 3 }, after: 60 * time.Second,
			code: problem.UpstreamTimeout, proxyStatus: `gateway; error=http_response_timeout; details="timeouts.total"`,
		},
		"error body": {
			dial: saying("HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\n{\"message\":\"no such"), after: 5 * time.Second,
			code: problem.NotFound, proxyStatus: `gateway; received-status=404; error=connection_read_timeout; details="timeouts.error_body"`,
		},
		"error body, a byte at a time": {
			dial: stalling(func(w io.Writer) {
				_, _ = io.WriteString(w, "HTTP/1.1 404 Not Found\r\n\r\n")
				slowly(w, strings.Repeat("no such order ", forever))
			}),
			after: 5 * time.Second, code: problem.NotFound,
			proxyStatus: `gateway; received-status=404; error=connection_read_timeout; details="timeouts.error_body"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if c.url == "" {
					c.url = "http://vendor.example"
				}
				options := []func(*proxy.Upstream){once}
				if c.option != nil {
					options = append(options, c.option)
				}
				g := newFakeGateway(t, to(c.url, options...), c.dial)
				a, after := g.get(t)
				if p := a.problem(t); p.Code != c.code {
					t.Errorf("%+v", p)
				}
				if after < c.after || after > c.after+100*time.Millisecond {
					t.Errorf("the caller was told after %v, want %v", after, c.after)
				}
				if got := a.Header.Get("Proxy-Status"); got != c.proxyStatus {
					t.Errorf("Proxy-Status %q, want %q", got, c.proxyStatus)
				}
			})
		})
	}
}

// TestSilenceEndsAStream after timeouts.idle, be it a success or an error that passes as it is, and movement keeps it
// alive beyond every other deadline.
func TestSilenceEndsAStream(t *testing.T) {
	for name, c := range map[string]struct {
		head    string
		headers []string
	}{
		"success": {head: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
		"error, passed on": {
			head: "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n" + strings.Repeat("x", 64<<10) + "\r\n", headers: []string{"Gateway-Errors: passthrough"},
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			g := newFakeGateway(t, to("http://vendor.example", once), stalling(func(w io.Writer) {
				_, _ = io.WriteString(w, c.head)
				for range 5 {
					<-time.After(80 * time.Second)
					_, _ = io.WriteString(w, "1\r\ny\r\n")
				}
			}))
			a, after := g.get(t, c.headers...)
			if after != 490*time.Second || !strings.HasSuffix(a.body, "yyyyy") || !errors.Is(a.err, http.ErrAbortHandler) {
				t.Errorf("%s: %d bytes and %v after %v", name, len(a.body), a.err, after)
			}
			if x := g.exchanges[0]; x.Err == nil || !strings.Contains(x.Err.Error(), "timeouts.idle") {
				t.Errorf("%s: recorded %v", name, x.Err)
			}
		})
	}
}

// TestEachExchangeHasItsOwnDeadlines, though they come right after each other: none is cut by those of one before, and a
// silent one is cut by its own.
func TestEachExchangeHasItsOwnDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int64
		g := newFakeGateway(t, to("http://vendor.example", once, func(u *proxy.Upstream) { u.Timeouts.Header = time.Hour }), pipeTo(func(conn net.Conn) {
			for in := bufio.NewReader(conn); ; {
				if _, err := http.ReadRequest(in); err != nil {
					return
				}
				if requests.Add(1) <= 5 {
					<-time.After(50 * time.Second)
					_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
				}
			}
		}))
		for range 5 {
			if a, after := g.get(t); a.StatusCode != http.StatusOK || a.body != "x" || after != 50*time.Second {
				t.Errorf("answered %d after %v, want 200 after 50s", a.StatusCode, after)
			}
		}
		if a, after := g.get(t); a.problem(t).Code != problem.UpstreamTimeout || after != time.Minute {
			t.Errorf("the silent one was answered %d after %v, want upstream-timeout after 1m", a.StatusCode, after)
		}
	})
}

// TestASlowBodyIsTheCallers: a caller that does not send its body is told at timeouts.total, and the vendor not blamed.
func TestASlowBodyIsTheCallers(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, to(rec.URL, touchy, func(u *proxy.Upstream) { u.Timeouts.Total = 50 * time.Millisecond }))
	for _, body := range []string{"Content-Length: 10\r\n\r\nbegin", "Transfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n"} {
		a := g.rawCall(t, "PUT", "PUT /up/x HTTP/1.1\r\nHost: a\r\n"+body)
		p := a.problem(t)
		if p.Code != problem.RequestTimeout || p.Fault != problem.FaultCaller || a.Header.Get("Proxy-Status") != `gateway; error=http_request_error; details="timeouts.total"` {
			t.Errorf("%+v, %s", p, a.Header.Get("Proxy-Status"))
		}
		checkAborted(t, g, body)
	}
	if got := g.circuit().State; got != "closed" {
		t.Errorf("the breaker is %s", got)
	}
}
