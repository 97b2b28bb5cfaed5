package wire_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gateway/wire"
)

// served is a server of callers on a port of its own.
type served struct {
	*http.Server
	lane    *wire.Lane // nil: net/http's alone
	address string
	open    atomic.Int64 // connections
	handed  atomic.Int64 // to net/http
}

// startServer starts a server, with a lane before it or not.
func startServer(t testing.TB, withLane bool, handler http.Handler, options ...func(*http.Server)) *served {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &served{address: l.Addr().String()}
	s.Server = &http.Server{
		Handler: handler, DisableGeneralOptionsHandler: true, ErrorLog: log.New(io.Discard, "", 0),
		ReadHeaderTimeout: time.Minute, IdleTimeout: time.Minute,
	}
	for _, option := range options {
		option(s.Server)
	}
	if withLane {
		s.lane = wire.NewLane(s.Server, l, s.count)
		l = s.lane
		s.ConnState = func(conn net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.handed.Add(1)
				return
			}
			s.count(conn.(*wire.Handed).Conn, state)
		}
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		if s.lane != nil {
			over, cancel := context.WithCancel(context.Background())
			cancel()
			_ = s.lane.Wait(over) // what is cut has no more to say
			_ = s.lane.Wait(context.Background())
		}
		<-done
	})
	return s
}

func (s *served) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.open.Add(-1)
	}
}

// told answers with all that a handler sees of its request.
func told(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	w.Header().Set("Date", "today")
	if err != nil { // the caller has gone, whatever is said to it
		w.Header()["Connection"] = []string{"close"}
		w.Header()["X-Error"] = []string{err.Error()}
	}
	if r.Method == "DELETE" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	fmt.Fprintf(w, "%s %q %+v %s %s %d.%d %d %t %q %q\n", r.Method, r.RequestURI, r.URL, r.Host, r.Proto, r.ProtoMajor, r.ProtoMinor,
		r.ContentLength, r.Close, r.TransferEncoding, r.Trailer)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		fmt.Fprintf(w, "%s: %q\n", name, r.Header[name])
	}
	fmt.Fprintf(w, "%q\n%t %t\n", body, r.Body == http.NoBody, r.RemoteAddr == "")
	if server, ok := r.Context().Value(http.ServerContextKey).(*http.Server); !ok || server == nil {
		fmt.Fprintln(w, "no server")
	}
	if address, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); !ok || address == nil {
		fmt.Fprintln(w, "no address")
	}
}

// said sends bytes and returns all that comes back, with the fields of each head in one order, and whether that was cut. A
// server may end the connection before it has everything.
func said(t testing.TB, address, raw string) (answers string, cut bool) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.WriteString(conn, raw)
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	all, err := io.ReadAll(conn)
	conn.Close()
	<-sent
	return sorted(all), err != nil
}

// sorted puts the lines of each head in one order.
func sorted(answers []byte) string {
	var out strings.Builder
	for in := bufio.NewReader(bytes.NewReader(answers)); ; {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			rest, _ := io.ReadAll(in)
			fmt.Fprintf(&out, "then %q", rest)
			return out.String()
		}
		body, err := io.ReadAll(resp.Body)
		fmt.Fprintf(&out, "%s %s %d %v %t\n%q %q %v\n", resp.Proto, resp.Status, resp.ContentLength, resp.TransferEncoding, resp.Close,
			resp.Header, resp.Trailer, err)
		fmt.Fprintf(&out, "%s\n", body)
	}
}

// FuzzLane sends anything to both: what a handler sees, what comes back, and when the connection ends must be the same.
func FuzzLane(f *testing.F) {
	for _, seed := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /a?b=c#d HTTP/1.1\r\nhost: a:80\r\nx-lower: 1\r\nX-Two: a\r\nX-Two:  b \r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcDELETE /x HTTP/1.1\r\nHost: b\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab",
		"GET //a%2f/../b%zz HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nPragma: no-cache\r\nConnection: keep-alive\r\nTE: trailers\r\n\r\n",
		"GET / HTTP/1.0\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\nX: a\r\n\r\n", "GET / HTTP/1.1\r\nHost:\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na",
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, x\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: a\nb: c\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
	} {
		f.Add(seed)
	}
	std, lane := startServer(f, false, http.HandlerFunc(told)), startServer(f, true, http.HandlerFunc(told))
	f.Fuzz(func(t *testing.T, raw string) {
		want, wantCut := said(t, std.address, raw)
		got, cut := said(t, lane.address, raw)
		if got != want || cut != wantCut {
			t.Errorf("%q\nnet/http: %s, cut %t\nlane:     %s, cut %t", raw, want, wantCut, got, cut)
		}
	})
}
