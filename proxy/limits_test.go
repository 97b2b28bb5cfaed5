package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gateway/problem"
	"gateway/proxy"
)

func bounded(url string, limits proxy.LimitsConfig) proxy.Settings {
	s := to(url)
	s.Limits = limits
	return s
}

// TestTooLargeRequestsAreRefusedByTheirHead: nothing of them reaches the vendor, and the problem names the limit.
func TestTooLargeRequestsAreRefusedByTheirHead(t *testing.T) {
	rec := startRecorder(t)
	g := startGateway(t, bounded(rec.URL, proxy.LimitsConfig{HeaderBytes: 2000, BodyBytes: 100}))
	for name, c := range map[string]struct{ head, detail string }{
		"headers": {"GET /up/x HTTP/1.1\r\nHost: g\r\nX-Long: " + strings.Repeat("x", 2000) + "\r\n\r\n", "The headers of the request are over 2000 bytes."},
		"body":    {"POST /up/x HTTP/1.1\r\nHost: g\r\nContent-Length: 101\r\n\r\n", "The body of the request is over 100 bytes."},
	} {
		p := rawProblem(t, g, c.head)
		if p.Code != problem.PayloadTooLarge || p.Status != 413 || p.Origin != problem.OriginGateway || p.Detail != c.detail {
			t.Errorf("%s: %+v", name, p)
		}
		if x := g.ended(t); x.Upstream != "up" {
			t.Errorf("%s: counted as the upstream's %q", name, x.Upstream)
		}
	}
	rec.none(t)
	// A body whose length is not told is refused where it grows too long.
	chunked := "POST /up/x HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + strings.Repeat("x", 0x65) + "\r\n0\r\n\r\n"
	if p := rawProblem(t, g, chunked); p.Code != problem.PayloadTooLarge {
		t.Errorf("chunked: %+v", p)
	}
}

// rawProblem sends bytes and reads the problem that comes.
func rawProblem(t *testing.T, g *gateway, request string) problem.Problem {
	t.Helper()
	conn := g.dial(t)
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return readAnswer(resp).problem(t)
}

// TestStalledBodyIsTheCallersFault: trap 79. The vendor's counters do not move, the caller gets 408.
func TestStalledBodyIsTheCallersFault(t *testing.T) {
	t.Parallel()
	g := startGateway(t, bounded(startRecorder(t).URL, proxy.LimitsConfig{StallTime: 2 * time.Second}))
	p := rawProblem(t, g, "POST /up/x HTTP/1.1\r\nHost: g\r\nContent-Length: 100\r\n\r\nbegin")
	if p.Code != problem.RequestTimeout || p.Fault != problem.FaultCaller || p.Status != 408 || !strings.Contains(p.Detail, "limits.stall_time, 2s") {
		t.Errorf("%+v", p)
	}
}

// TestABodyIsBoundByTheLimitThatComesFirst: trap 79, on a fake clock, over a connection with deadlines.
func TestABodyIsBoundByTheLimitThatComesFirst(t *testing.T) {
	const body = 90_000
	for name, c := range map[string]struct {
		size   int // of what is sent every second
		pieces int
		detail string // "": it is taken
		after  time.Duration
	}{
		"fast enough":            {1000, body / 1000, "", (body/1000 - 1) * time.Second},
		"slow, but within grace": {body / 15, 15, "", 14 * time.Second},
		"too slow":               {100, body / 100, "limits.body_rate, 500 bytes a second", 25 * time.Second}, // 20 s, and a fifth of a second for each that was sent
		"nothing after a little": {1000, 3, "limits.body_rate, 500 bytes a second", 26 * time.Second},
		"nothing after much":     {20_000, 2, "limits.stall_time, 30s", 31 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := bounded("http://vendor.example", proxy.LimitsConfig{})
				s.Upstreams[0].Timeouts.Total = time.Hour
				g := newFakeGateway(t, s, pipeTo(func(conn net.Conn) {
					in := bufio.NewReader(conn)
					req, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					if _, err := io.Copy(io.Discard, req.Body); err == nil {
						_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
						_, _ = io.Copy(io.Discard, in)
					}
				}))
				conn, stop := servePipe(g)
				defer stop()
				fmt.Fprintf(conn, "POST /up/x HTTP/1.1\r\nHost: g\r\nContent-Length: %d\r\n\r\n", body)
				start := time.Now()
				go func() {
					for n := range c.pieces {
						if n > 0 {
							<-time.After(time.Second)
						}
						if _, err := conn.Write(make([]byte, c.size)); err != nil {
							return
						}
					}
				}()
				resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				if after := time.Since(start); after < c.after || after > c.after+time.Second {
					t.Errorf("it is answered after %s, not %s", after, c.after)
				}
				if a := readAnswer(resp); c.detail == "" && a.StatusCode != http.StatusOK {
					t.Errorf("%s %s", a.Status, a.body)
				} else if c.detail != "" {
					if p := a.problem(t); p.Code != problem.RequestTimeout || p.Fault != problem.FaultCaller || !strings.Contains(p.Detail, c.detail) {
						t.Errorf("%+v", p)
					}
				}
			})
		})
	}
}

// servePipe lets net/http serve one connection in memory.
func servePipe(handler http.Handler) (conn net.Conn, stop func()) {
	here, there := net.Pipe()
	accept := make(chan net.Conn, 1)
	accept <- there
	server := &http.Server{Handler: handler} //nolint:gosec // the limits are what is tested
	go func() { _ = server.Serve(onlyConn{accept}) }()
	return here, func() { here.Close(); close(accept); server.Close() }
}

// onlyConn is a listener that accepts what it holds.
type onlyConn struct{ accept chan net.Conn }

func (l onlyConn) Accept() (net.Conn, error) {
	if conn, open := <-l.accept; open {
		return conn, nil
	}
	return nil, net.ErrClosed
}
func (l onlyConn) Close() error   { return nil }
func (l onlyConn) Addr() net.Addr { return &net.UnixAddr{} }

// TestStalledReaderIsCut: trap 79. A caller that takes nothing of its answer does not hold the exchange.
func TestStalledReaderIsCut(t *testing.T) {
	endless := vendor(t, func(w http.ResponseWriter, _ *http.Request) {
		for block := make([]byte, 64<<10); ; {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	g := startGateway(t, bounded(endless.URL, proxy.LimitsConfig{StallTime: 100 * time.Millisecond}))
	conn := g.dial(t)
	fmt.Fprint(conn, "GET /up/x HTTP/1.1\r\nHost: g\r\n\r\n")
	if x := g.ended(t); x.BytesOut == 0 {
		t.Errorf("it ended before anything was sent: %+v", x)
	}
}

// TestDeadlinesEndWithTheirExchange: a connection may rest longer than a stall and be used again.
func TestDeadlinesEndWithTheirExchange(t *testing.T) {
	t.Parallel()
	g := startGateway(t, bounded(startRecorder(t).URL, proxy.LimitsConfig{StallTime: 3 * time.Second}))
	conn := g.dial(t)
	reader := bufio.NewReader(conn)
	for n := range 2 {
		if n > 0 {
			<-time.After(4 * time.Second) // longer than a stall
		}
		fmt.Fprint(conn, "POST /up/x HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi")
		resp, err := http.ReadResponse(reader, nil)
		for err == nil && resp.StatusCode == http.StatusContinue {
			resp, err = http.ReadResponse(reader, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "ok" {
			t.Fatalf("%q, %v", body, err)
		}
	}
}
