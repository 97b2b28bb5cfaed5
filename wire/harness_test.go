package wire_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"gateway/servertest"
	"gateway/vendortest"
	"gateway/wire"
)

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard) // where http.Transport says what comes unasked
	os.Exit(servertest.RunWithoutLeaks(m))
}

// patience is how long a test waits for what must come; nothing is judged by it.
const patience = 20 * time.Second

// transport is what both kinds are.
type transport interface {
	http.RoundTripper
	CloseIdleConnections()
}

// kind makes a transport for an origin.
type kind struct {
	name string
	make func(origin string, std *http.Transport) transport
}

var std = kind{"std", func(_ string, std *http.Transport) transport { return std }}

var fast = kind{"fast", func(origin string, std *http.Transport) transport {
	u, err := url.Parse(origin)
	if err != nil {
		panic(err)
	}
	return wire.New(u, std)
}}

// within is fast with a context of its own for each request, as the gateway has it.
var within = kind{"fast, within an Ending", func(origin string, std *http.Transport) transport {
	return enders{fast.make(origin, std)}
}}

type enders struct{ transport }

func (e enders) RoundTrip(req *http.Request) (*http.Response, error) {
	var ctx wire.Ending
	ctx.Begin(req.Context())
	return e.transport.RoundTrip(req.WithContext(context.WithValue(&ctx, enders{}, "as httptrace does")))
}

// onBoth runs a test with http.Transport, which says what is right, and with wire.Transport.
func onBoth(t *testing.T, test func(t *testing.T, k kind)) {
	t.Helper()
	for _, k := range []kind{std, fast, within} {
		t.Run(k.name, func(t *testing.T) { test(t, k) })
	}
}

// to returns a transport that closes its connections at the test's end; change may be nil.
func (k kind) to(t testing.TB, origin string, change func(*http.Transport)) transport {
	t.Helper()
	base := &http.Transport{DisableCompression: true, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 10, DialContext: new(net.Dialer).DialContext}
	base.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		return (&tls.Dialer{Config: base.TLSClientConfig}).DialContext(ctx, network, address)
	}
	if change != nil {
		change(base)
	}
	made := k.make(origin, base)
	t.Cleanup(made.CloseIdleConnections)
	return made
}

// serve starts a server by hand, which is closed when the test ends.
func serve(t testing.TB, serve func(net.Conn)) *vendortest.Raw {
	t.Helper()
	s, err := vendortest.ServeRaw(serve)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// answering reads requests whole and answers each with the same bytes.
func answering(answer string) func(net.Conn) {
	return func(conn net.Conn) {
		for in := bufio.NewReader(conn); readRequest(in) != nil; {
			if _, err := io.WriteString(conn, answer); err != nil {
				return
			}
		}
	}
}

// readRequest returns a request whose body was read; nil if none came.
func readRequest(in *bufio.Reader) *http.Request {
	r, err := http.ReadRequest(in)
	if err != nil {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	return r
}

func request(t testing.TB, method, url string, body io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// do sends a request and returns the answer with its body; the error is that of reading it.
func do(t testing.TB, rt http.RoundTripper, req *http.Request) (resp *http.Response, body string, err error) {
	t.Helper()
	resp, err = rt.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

// get fails the test unless the answer is whole.
func get(t testing.TB, rt http.RoundTripper, url string) string {
	t.Helper()
	_, body, err := do(t, rt, request(t, http.MethodGet, url, nil))
	if err != nil {
		t.Fatal(err)
	}
	return body
}
