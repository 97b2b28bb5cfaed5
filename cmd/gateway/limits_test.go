package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"gateway/problemtest"
)

// dialCallers opens a connection on which nothing waits without end.
func dialCallers(t *testing.T, g testGateway) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(g.callers, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// servers are who may speak HTTP/1.1 with callers.
var servers = []string{"fast", "std"}

// TestConnectionsAboveTheLimitAreRefused with a problem of the schema, and let in again when there is a place; over TLS,
// where nothing can be told yet, they are closed.
func TestConnectionsAboveTheLimitAreRefused(t *testing.T) {
	ca, dir := newAuthority(t), t.TempDir()
	cert, key := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	ca.issue(t, "gateway.test", 2, cert, key)
	limit := "limits: {connections: 2}\nproblems: {base: https://errors.example/}\n" + upstreamAt(echo(t).URL)
	gateways := []testGateway{startGateway(t, fmt.Sprintf("tls: {files: {cert: %s, key: %s}}\n", cert, key)+limit)}
	secure := gateways[0]
	for _, server := range servers {
		gateways = append(gateways, startGateway(t, "server: "+server+"\n"+limit))
	}
	// ask sends one request that leaves its connection open.
	ask := func(conn net.Conn) (*http.Response, string, error) {
		if _, err := io.WriteString(conn, "GET /up/x HTTP/1.1\r\nHost: gateway\r\n\r\n"); err != nil {
			return nil, "", err
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			return nil, "", err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return resp, string(body), err
	}
	over := func(g testGateway) net.Conn {
		conn := dialCallers(t, g)
		if g == secure {
			conn = tls.Client(conn, &tls.Config{RootCAs: ca.pool(), ServerName: "gateway.test"})
		}
		return conn
	}
	for _, g := range gateways {
		first, second := over(g), over(g)
		for _, conn := range []net.Conn{first, second} {
			if _, body, err := ask(conn); err != nil || body != "/x" {
				t.Fatalf("%q, %v", body, err)
			}
		}
		third := over(g)
		if g == secure {
			if _, _, err := ask(third); err == nil {
				t.Error("a third connection was let in")
			}
		} else {
			resp, text, err := ask(third)
			if err != nil {
				t.Fatal(err)
			}
			body := []byte(text)
			if resp.StatusCode != http.StatusServiceUnavailable || problemtest.Validate(body) != nil ||
				!strings.Contains(string(body), `"type":"https://errors.example/gateway-overloaded"`) || !strings.Contains(string(body), "limits.connections") ||
				resp.Header.Get("X-Request-Id") == "" || !resp.Close || resp.Header.Get("Retry-After") != "1" {
				t.Errorf("%s %v %s, %v", resp.Status, resp.Header, body, problemtest.Validate(body))
			}
			silent := over(g) // which is told, too
			if resp, err := http.ReadResponse(bufio.NewReader(silent), nil); err != nil || resp.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("who says nothing is told %v, %v", resp, err)
			}
			if _, text := get(t, g.admin+"/metrics"); !strings.Contains(text, `type="gateway-overloaded"`) {
				t.Error("the refusal is not counted")
			}
		}
		first.Close()
		if !eventually(t, func() bool {
			_, body, err := ask(over(g))
			return err == nil && body == "/x"
		}) {
			t.Error("nobody is let in any more")
		}
	}
}

// TestSlowHeadersAreRefused is trap 79, on a connection's first request and on its second. Who has said nothing is told
// nothing.
func TestSlowHeadersAreRefused(t *testing.T) {
	for _, server := range servers {
		t.Run(server, func(t *testing.T) {
			t.Parallel() // it waits
			g := startGateway(t, "server: "+server+"\nlimits: {header_time: 500ms}\n"+upstreamAt(echo(t).URL))
			for _, before := range []string{"", "GET /up/x HTTP/1.1\r\nHost: gateway\r\n\r\n"} {
				conn := dialCallers(t, g)
				reader := bufio.NewReader(conn)
				if _, err := io.WriteString(conn, before); err != nil {
					t.Fatal(err)
				}
				if before != "" {
					readResponse(t, reader)
				}
				fmt.Fprint(conn, "GET /up/x HTTP/1.1\r\nHost: gateway\r\nX-Slow: ")
				resp, body := readResponse(t, reader)
				if resp.StatusCode != http.StatusRequestTimeout || !resp.Close || problemtest.Validate(body) != nil ||
					!strings.Contains(string(body), "limits.header_time, 500ms") || !strings.Contains(string(body), `"fault":"caller"`) {
					t.Errorf("%s %s", resp.Status, body)
				}
				if rest, err := io.ReadAll(reader); err != nil || len(rest) > 0 {
					t.Errorf("after the refusal: %q, %v", rest, err)
				}
			}
			silent := dialCallers(t, g)
			if answer, err := io.ReadAll(silent); err != nil || len(answer) > 0 {
				t.Errorf("who says nothing is told %q, %v", answer, err)
			}
			if _, text := get(t, g.admin+"/metrics"); !strings.Contains(text, `type="request-timeout"`) {
				t.Error("the refusal is not counted")
			}
		})
	}
}

func readResponse(t *testing.T, from *bufio.Reader) (*http.Response, []byte) {
	t.Helper()
	resp, err := http.ReadResponse(from, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

// TestStreamsAreLimited: a caller is told how many streams it may have.
func TestStreamsAreLimited(t *testing.T) {
	g := startGateway(t, "h2c: true\nlimits: {streams: 7}\n"+upstreamAt(echo(t).URL))
	conn := dialCallers(t, g)
	framer := http2.NewFramer(conn, conn)
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	frame, err := framer.ReadFrame()
	if err != nil {
		t.Fatal(err)
	}
	settings, ok := frame.(*http2.SettingsFrame)
	if !ok {
		t.Fatalf("the first frame is %v", frame)
	}
	if n, ok := settings.Value(http2.SettingMaxConcurrentStreams); !ok || n != 7 {
		t.Errorf("%d streams are allowed", n)
	}
}

// TestSlowBodiesAreRefusedByTheLimitThatIsConfigured over HTTP/1.1, whoever speaks it, and HTTP/2: never within the 20 seconds that everybody
// has, and then with a problem that names the limit. Who sends as much at once is served.
func TestSlowBodiesAreRefusedByTheLimitThatIsConfigured(t *testing.T) {
	t.Parallel() // it waits
	const size = 100_000
	for key, version := range map[string]int{"server: fast": 1, "server: std": 1, "h2c: true": 2} {
		g := startGateway(t, key+"\nlimits: {body_rate: 1000}\nupstreams: {up: {url: \""+echo(t).URL+"\", timeouts: {total: 10m}}}\n")
		protocols := new(http.Protocols)
		protocols.SetHTTP1(version == 1)
		protocols.SetUnencryptedHTTP2(version == 2)
		client := &http.Client{Timeout: patience, Transport: &http.Transport{Protocols: protocols}}
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			defer client.CloseIdleConnections()
			post := func(body io.Reader) (*http.Response, string) {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.callers+"/up/x", body)
				if err != nil {
					t.Fatal(err)
				}
				req.ContentLength = size
				resp, err := client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				text, err := io.ReadAll(resp.Body)
				if err != nil || resp.ProtoMajor != version {
					t.Fatalf("%s: %v", resp.Proto, err)
				}
				return resp, string(text)
			}
			start := time.Now()
			resp, text := post(trickle{until: t.Context().Done(), every: 500 * time.Millisecond})
			if resp.StatusCode != http.StatusRequestTimeout || problemtest.Validate([]byte(text)) != nil ||
				!strings.Contains(text, "limits.body_rate, 1000 bytes a second") || !strings.Contains(text, `"fault":"caller"`) {
				t.Errorf("%s %s", resp.Status, text)
			}
			if after := time.Since(start); after < 20*time.Second {
				t.Errorf("it was refused after %s", after)
			}
			if resp, text := post(strings.NewReader(strings.Repeat("x", size))); resp.StatusCode != http.StatusOK {
				t.Errorf("at once: %s %s", resp.Status, text)
			}
		})
	}
}

// trickle is a body that comes byte by byte, until its test is over: the client reads it beyond an early answer.
type trickle struct {
	until <-chan struct{}
	every time.Duration
}

func (s trickle) Read(p []byte) (int, error) {
	select {
	case <-s.until:
		return 0, io.EOF
	case <-time.After(s.every):
		p[0] = 'x'
		return 1, nil
	}
}

// TestErrorsBeyondHeldBytesPass is trap 87: however many large errors come at once, no more of them is held than
// configured; those beyond pass as the vendor sent them, whole.
func TestErrorsBeyondHeldBytesPass(t *testing.T) {
	const callers, held = 40, 1 << 20
	finish := make(chan struct{})
	text := `{"message":"It is not valid.","trace":"` + strings.Repeat("x", 200<<10) + `"}`
	const mostHeld = held / (200 << 10)
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = io.WriteString(w, text[:len(text)-1])
		_ = http.NewResponseController(w).Flush()
		<-finish
		_, _ = io.WriteString(w, text[len(text)-1:])
	}))
	t.Cleanup(vendor.Close)
	end := sync.OnceFunc(func() { close(finish) })
	t.Cleanup(end)
	g := startGateway(t, fmt.Sprintf("limits: {held_bytes: %d}\nupstreams: {up: {url: %q, timeouts: {error_body: 10m}, throttle: {mode: \"off\"}, breaker: {enabled: false}}}\n", held, vendor.URL))
	var (
		asking                    sync.WaitGroup
		passing, passed, problems atomic.Int64
	)
	client := &http.Client{Timeout: patience, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for range callers {
		asking.Go(func() {
			resp, err := client.Get(g.callers + "/up/x")
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			if resp.Header.Get("Content-Type") == "application/json" {
				passing.Add(1)
			}
			switch body, err := io.ReadAll(resp.Body); {
			case err != nil || resp.StatusCode != http.StatusUnprocessableEntity:
				t.Errorf("%s: %v", resp.Status, err)
			case string(body) == text:
				passed.Add(1)
			case problemtest.Validate(body) == nil:
				problems.Add(1)
			default:
				t.Errorf("%.200s", body)
			}
		})
	}
	gauge := func() float64 {
		_, metrics := get(t, g.admin+"/metrics")
		return gaugeIn(t, metrics, "gateway_held_bytes")
	}
	if !eventually(t, func() bool { return passing.Load() >= callers-mostHeld }) {
		t.Errorf("%d of %d errors pass", passing.Load(), callers)
	}
	if n := gauge(); n > held {
		t.Errorf("%.0f bytes are held, of %d that may be", n, held)
	}
	end()
	asking.Wait()
	if p := problems.Load(); p < 1 || p > mostHeld || p+passed.Load() != callers {
		t.Errorf("of %d errors %d became problems, and %d passed", callers, p, passed.Load())
	}
	if !eventually(t, func() bool { return gauge() == 0 }) {
		t.Error("some bytes stay held")
	}
}

// TestWhatIsNoRequestGetsAProblem: net/http refuses it before any handler sees it, in a connection's first request and in
// its second.
func TestWhatIsNoRequestGetsAProblem(t *testing.T) {
	for _, server := range servers {
		g := startGateway(t, "server: "+server+"\n"+upstreamAt(echo(t).URL))
		for request, want := range map[string]string{
			"GET /up/%zz HTTP/1.1\r\nHost: a\r\n\r\n":                                      "400 malformed",
			"GET /up/x HTTP/1.1\r\n\r\n":                                                   "400 missing required Host header",
			"GET /up/x HTTP/1.1\r\nHost: a\r\nX Y: z\r\n\r\n":                              "400 invalid header name",
			"GET /up/x HTTP/2.0\r\nHost: a\r\n\r\n":                                        "400 HTTP/1.1",
			"hello\r\n\r\n":                                                                "400 malformed",
			"POST /up/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n":            "501 transfer coding",
			"GET /up/x HTTP/1.1\r\nHost: a\r\nExpect: the best\r\n\r\n":                    "417 100-continue",
			"GET /up/x HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("a", 2<<20) + "\r\n": "413 bytes",
		} {
			for _, before := range []string{"", "GET /up/x HTTP/1.1\r\nHost: a\r\n\r\n"} {
				conn := dialCallers(t, g)
				reader := bufio.NewReader(conn)
				if fmt.Fprint(conn, before); before != "" {
					readResponse(t, reader)
				}
				fmt.Fprint(conn, request)
				resp, body := readResponse(t, reader)
				code, words, _ := strings.Cut(want, " ")
				if fmt.Sprint(resp.StatusCode) != code || !resp.Close || resp.Header.Get("Date") == "" || problemtest.Validate(body) != nil || resp.Header.Get("Content-Type") != "application/problem+json" ||
					!strings.Contains(string(body), words) || !strings.Contains(string(body), `"fault":"caller"`) || !strings.Contains(string(body), `"origin":"gateway"`) {
					t.Errorf("%s, %.60q after %d: %s %s", server, request, len(before), resp.Status, body)
				}
			}
		}
		if _, text := get(t, g.admin+"/metrics"); !strings.Contains(text, `type="invalid-request"`) {
			t.Error("the refusals are not counted")
		}
	}
}
