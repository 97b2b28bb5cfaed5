package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"gateway/problem"
	"gateway/proxy"
)

// TestEventsAreFlushedAtOnce is trap 32: each event is at the caller before the vendor writes the next.
func TestEventsAreFlushedAtOnce(t *testing.T) {
	for _, media := range []string{"text/event-stream", "text/event-stream; charset=utf-8", "application/x-ndjson"} {
		next := make(chan struct{})
		v := vendor(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			for i := range 3 {
				fmt.Fprintf(w, "data: %d\n", i)
				_ = http.NewResponseController(w).Flush()
				<-next
			}
		})
		g := startGateway(t, to(v.URL))
		resp, err := g.Client().Get(g.URL + "/up/x")
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(resp.Body)
		for i := range 3 {
			if line, err := lines.ReadString('\n'); err != nil || line != fmt.Sprintf("data: %d\n", i) {
				t.Fatalf("%s: event %d: %q, %v", media, i, line, err)
			}
			next <- struct{}{}
		}
		resp.Body.Close()
	}
}

// TestWebSocket is carried both ways once the vendor has answered 101, and recorded when it ends.
func TestWebSocket(t *testing.T) {
	t.Parallel()
	const total = time.Second // which it outlives
	v := startRawVendor(t, func(conn net.Conn) {
		r := readRequest(conn)
		if r == nil || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || r.Header.Get("Sec-Websocket-Key") != "key" {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: yes\r\n\r\n")
		_, _ = io.Copy(conn, conn)
	})
	g := startGateway(t, to(v.URL, func(u *proxy.Upstream) { u.Timeouts.Total = total }))
	caller := newRawCaller(g.dial(t))
	_, err := io.WriteString(caller.conn, "GET /up/ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: key\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(caller.reader, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols || resp.Header.Get("Sec-Websocket-Accept") != "yes" {
		t.Fatalf("%v, %v", resp, err)
	}
	for _, word := range []string{"one", "two"} {
		if _, err := io.WriteString(caller.conn, word); err != nil {
			t.Fatal(err)
		}
		echo := make([]byte, len(word))
		if _, err := io.ReadFull(caller.reader, echo); err != nil || string(echo) != word {
			t.Fatalf("%q, %v", echo, err)
		}
		<-time.After(total)
	}
	caller.conn.Close()
	if x := g.ended(t); x.Code != http.StatusSwitchingProtocols || x.Problem != nil {
		t.Errorf("recorded %d, %+v", x.Code, x.Problem)
	}
}

func TestTrailers(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		_, _ = io.WriteString(w, "body")
		w.Header().Set("X-Sum", "42")
		w.Header().Set(http.TrailerPrefix+"X-Late", "yes")
	})
	a := startGateway(t, to(v.URL)).get(t, "/up/x")
	if a.body != "body" || a.Trailer.Get("X-Sum") != "42" || a.Trailer.Get("X-Late") != "yes" {
		t.Errorf("%q, trailers %v", a.body, a.Trailer)
	}
}

func TestRangesAndConditions(t *testing.T) {
	modified := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"v1"`)
		http.ServeContent(w, r, "x.txt", modified, strings.NewReader("0123456789"))
	})
	g := startGateway(t, to(v.URL))
	for header, want := range map[string]string{
		"Range: bytes=2-4":         "206 bytes 2-4/10 234",
		"Range: bytes=-2":          "206 bytes 8-9/10 89",
		"If-None-Match: \"v1\"":    "304  ",
		"If-None-Match: \"other\"": "200  0123456789",
	} {
		a := g.get(t, "/up/x", header)
		if got := fmt.Sprint(a.StatusCode, " ", a.Header.Get("Content-Range"), " ", a.body); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if p := g.get(t, "/up/x", "Range: bytes=50-60").problem(t); p.Status != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("%+v", p)
	}
}

// TestInformationalAnswers reach the caller, and what the gateway sets on the final answer stays (trap 29).
func TestInformationalAnswers(t *testing.T) {
	v := answering(t, "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nKeep-Alive: timeout=5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	g := startGateway(t, to(v.URL))
	var hints []textproto.MIMEHeader
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
		if code == http.StatusEarlyHints {
			hints = append(hints, header)
		}
		return nil
	}})
	req, err := http.NewRequestWithContext(ctx, "GET", g.URL+"/up/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if a := readAnswer(resp); a.body != "ok" || a.Header.Get("X-Request-Id") == "" {
		t.Errorf("%q, %v", a.body, a.Header)
	}
	if len(hints) != 1 || hints[0].Get("Link") == "" || hints[0].Get("Keep-Alive") != "" {
		t.Errorf("hints %v", hints)
	}
}

// TestSilentStreams end after timeouts.idle, and a stream on which something moves outlives timeouts.total.
func TestSilentStreams(t *testing.T) {
	t.Parallel()
	const pieces = 15
	more := make(chan struct{})
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		for range more {
			_, _ = io.WriteString(w, "x")
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	})
	g := startGateway(t, to(v.URL, func(u *proxy.Upstream) {
		u.Timeouts = proxy.Timeouts{Total: time.Second, Idle: 2 * time.Second}
	}))
	go func() {
		defer close(more)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for range pieces {
			more <- struct{}{}
			<-tick.C
		}
	}()
	a := g.get(t, "/up/x")
	if a.body != strings.Repeat("x", pieces) || a.err == nil {
		t.Errorf("%q, %v", a.body, a.err)
	}
	if x := g.ended(t); x.Code != 200 || x.BytesOut != pieces {
		t.Errorf("recorded %d, %d bytes", x.Code, x.BytesOut)
	}
}

// TestPassthrough gives the vendor's error byte for byte, and still tells what it was.
func TestPassthrough(t *testing.T) {
	body := `{"message":"no such order"}` + strings.Repeat(" ", 200_000)
	v := vendor(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.acme+json")
		w.Header().Set("Etag", `"e"`)
		w.Header().Set("Set-Cookie", "a=1")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, body)
	})
	g := startGateway(t, to(v.URL))
	for _, value := range []string{"passthrough", "Passthrough"} {
		a := g.get(t, "/up/x", "Gateway-Errors: "+value)
		if a.StatusCode != 404 || a.body != body || a.Header.Get("Etag") == "" || a.Header.Get("Set-Cookie") == "" || a.Header.Get("Content-Type") != "application/vnd.acme+json" {
			t.Errorf("%s: %s, %d bytes, %v", value, a.Status, len(a.body), a.Header)
		}
		x := g.ended(t)
		if x.Problem == nil || x.Problem.Code != problem.NotFound || x.Code != 404 {
			t.Errorf("recorded %d, %+v", x.Code, x.Problem)
		}
		if id := a.Header.Get("X-Request-Id"); id != x.RequestID {
			t.Errorf("X-Request-Id %q, recorded %q", id, x.RequestID)
		}
	}
}

// TestHTTP2BothWays carries exchanges over HTTP/2 on both sides.
func TestHTTP2BothWays(t *testing.T) {
	v := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("the vendor was asked over %s", r.Proto)
		}
		if r.URL.Path == "/bad" {
			w.WriteHeader(http.StatusConflict)
			return
		}
		_, _ = io.Copy(w, r.Body)
	}))
	v.EnableHTTP2 = true
	v.StartTLS()
	t.Cleanup(v.Close)
	g := startGateway(t, to(v.URL, func(u *proxy.Upstream) { u.TLS = proxy.UpstreamTLS{CA: certificateFile(t, v)} }), overHTTP2)
	resp, err := g.Client().Post(g.URL+"/up/echo", "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if a := readAnswer(resp); a.body != "hello" || a.ProtoMajor != 2 {
		t.Errorf("%s %q", a.Proto, a.body)
	}
	resp, err = g.Client().Get(g.URL + "/up/bad")
	if err != nil {
		t.Fatal(err)
	}
	if p := readAnswer(resp).problem(t); p.Code != problem.Conflict {
		t.Errorf("%+v", p)
	}
}

// TestSlowSuccessesAreNotCut: a success that is looked into for an error may take longer than an error's body.
func TestSlowSuccessesAreNotCut(t *testing.T) {
	const errorBody = 50 * time.Millisecond
	v := vendor(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "15")
		_, _ = io.WriteString(w, `{"ok":`)
		_ = http.NewResponseController(w).Flush()
		<-time.After(3 * errorBody)
		_, _ = io.WriteString(w, `"slowly"}`)
	})
	g := startGateway(t, to(v.URL, func(u *proxy.Upstream) {
		u.ErrorsInSuccess = "auto"
		u.Timeouts.ErrorBody = errorBody
	}))
	if a := g.get(t, "/up/x"); a.StatusCode != http.StatusOK || a.body != `{"ok":"slowly"}` || a.err != nil {
		t.Errorf("%s %q, %v", a.Status, a.body, a.err)
	}
}

// TestUntypedSuccessStaysUntyped: no server of ours guesses a Content-Type that the vendor did not send.
func TestUntypedSuccessStaysUntyped(t *testing.T) {
	for name, body := range map[string]string{"length": "Content-Length: 6\r\n\r\n<html>", "chunks": "Transfer-Encoding: chunked\r\n\r\n6\r\n<html>\r\n0\r\n\r\n"} {
		t.Run(name, func(t *testing.T) {
			v := startRawVendor(t, func(conn net.Conn) {
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n"+body)
				}
			})
			a := startGateway(t, to(v.URL)).get(t, "/up/x")
			if media := a.Header["Content-Type"]; media != nil || a.body != "<html>" {
				t.Errorf("Content-Type %q, body %q", media, a.body)
			}
		})
	}
}

// TestUnaskedSwitch is the vendor's fault, whether nothing was asked for or something else.
func TestUnaskedSwitch(t *testing.T) {
	v := startRawVendor(t, func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n")
		}
	})
	g := startGateway(t, to(v.URL))
	for _, asked := range [][]string{nil, {"Connection: Upgrade", "Upgrade: websocket"}} {
		p := g.get(t, "/up/x", asked...).problem(t)
		if p.Status != http.StatusBadGateway || p.Code != problem.UpstreamInvalidResponse || p.Fault != problem.FaultVendor {
			t.Errorf("asked for %q: %d %s, fault %s", asked, p.Status, p.Code, p.Fault)
		}
	}
}

// TestNothingIsHeldBack: what the vendor has sent of a success is at the caller before more of it comes.
func TestNothingIsHeldBack(t *testing.T) {
	for _, server := range []string{"fast", "std"} {
		for _, transport := range []string{"fast", "std"} {
			t.Run(server+" "+transport, func(t *testing.T) {
				t.Setenv("SERVER", server)
				holdsNothingBack(t, transport)
			})
		}
	}
}

func holdsNothingBack(t *testing.T, transport string) {
	for name, c := range map[string]struct{ first, body, rest string }{
		"head":   {"Content-Length: 6\r\n\r\n", "", "abcdef"},
		"length": {"Content-Length: 6\r\n\r\nabc", "abc", "def"},
		"chunks": {"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "abc", "3\r\ndef\r\n0\r\n\r\n"},
		"events": {"Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n", "", "6\r\nabcdef\r\n0\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			seen := make(chan struct{})
			v := startRawVendor(t, func(conn net.Conn) {
				if readRequest(conn) == nil {
					return
				}
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n"+c.first)
				<-seen
				_, _ = io.WriteString(conn, c.rest)
			})
			g := startGateway(t, to(v.URL, func(u *proxy.Upstream) { u.Transport = transport }))
			free := sync.OnceFunc(func() { close(seen) })
			timer := time.AfterFunc(patience/60, free) // which ends a gateway that waits for the rest
			defer timer.Stop()
			resp, err := g.caller.Get(g.URL + "/up/x")
			if err != nil {
				t.Fatal(err)
			}
			part := make([]byte, len(c.body))
			if _, err := io.ReadFull(resp.Body, part); err != nil || string(part) != c.body {
				t.Errorf("the first part is %q, %v", part, err)
			}
			if !timer.Stop() {
				t.Error("the first part came with the rest")
			}
			free()
			if a := readAnswer(resp); string(part)+a.body != "abcdef" || a.err != nil {
				t.Errorf("the whole is %q and %q, %v", part, a.body, a.err)
			}
		})
	}
}
