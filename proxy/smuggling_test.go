package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// framing is a request whose end servers disagree on. gateway is the number of requests that net/http finds in it with
// the pipelined GET behind it; the vendor must see no more and no others than the gateway accepted.
type framing struct {
	name, request string
	accepted      bool
}

// framings pins what net/http does with the known smuggling cases: a new version of Go that changes a row needs a look.
var framings = []framing{
	{"differing lengths", "POST /up/a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", false},
	{"length with a sign", "POST /up/a HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nabcde", false},
	{"length as a list", "POST /up/a HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nabcde", false},
	{"length in hex", "POST /up/a HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nabcde", false},
	{"negative length", "POST /up/a HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", false},
	{"huge length", "POST /up/a HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", false},
	{"unknown coding", "POST /up/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", false},
	{"two codings", "POST /up/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", false},
	{"coding as a list", "POST /up/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n", false},
	{"coding with a tab", "POST /up/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n", false},
	{"coding in quotes", "POST /up/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", false},
	{"space before the colon", "POST /up/a HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nabcde", false},
	{"space before the coding's colon", "POST /up/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", false},
	{"NUL in a value", "GET /up/a HTTP/1.1\r\nHost: a\r\nX-A: a\x00b\r\n\r\n", false},
	{"CR in a value", "GET /up/a HTTP/1.1\r\nHost: a\r\nX-A: a\rb\r\n\r\n", false},
	{"two hosts", "GET /up/a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", false},
	{"no host", "GET /up/a HTTP/1.1\r\nX-A: b\r\n\r\n", false},
	{"host with a path", "GET /up/a HTTP/1.1\r\nHost: a/b\r\n\r\n", false},
	{"no version", "GET /up/a\r\n\r\n", false},
	{"version 2", "GET /up/a HTTP/2.0\r\nHost: a\r\n\r\n", false},
	{"method with a space", "GE T /up/a HTTP/1.1\r\nHost: a\r\n\r\n", false},
	{"chunk size with a sign", "POST /up/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\nx\r\n0\r\n\r\n", false},
	{"chunk size too long", "POST /up/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\nx\r\n0\r\n\r\n", false},
	{"chunk longer than its size", "POST /up/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n0\r\n\r\n", false},

	{"length and coding", "POST /up/a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true},
	{"equal lengths", "POST /up/a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", true},
	{"folded header", "GET /up/a HTTP/1.1\r\nHost: a\r\nX-A: a\r\n b\r\n\r\n", true},
	{"bare line feeds", "GET /up/a HTTP/1.1\nHost: a\nX-A: b\n\n", true},
	{"version 1.2", "GET /up/a HTTP/1.2\r\nHost: a\r\n\r\n", true},
	{"GET with a body", "GET /up/a HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\n\r\nGET /up/smuggled HTTP/1.1\r\nHost: a\r\nX: 1", true},
	{"length with an underscore", "POST /up/a HTTP/1.1\r\nHost: a\r\nContent_Length: 40\r\nContent-Length: 0\r\n\r\n", true},
	{"chunk extension", "POST /up/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\nx\r\n0\r\n\r\n", true},
	{"trailing CR in the coding", "POST /up/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked \r\n\r\n0\r\n\r\n", true},
	{"coding in upper case", "POST /up/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n", true},
}

// last is pipelined behind every case.
const last = "GET /up/last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

// TestFramingIsWrittenAnew is trap 11: what follows a request on the caller's connection never becomes another request
// on the vendor's that the gateway did not see.
func TestFramingIsWrittenAnew(t *testing.T) {
	for _, f := range framings {
		t.Run(f.name, func(t *testing.T) {
			rec := startRecorder(t)
			g := startGateway(t, to(rec.URL))
			codes := pipelined(t, g.address, f.request+last, patience)
			if accepted := len(codes) > 0 && codes[0] == http.StatusOK; accepted != f.accepted {
				t.Errorf("answered %v, accepted should be %v", codes, f.accepted)
			}
			nothingSmuggled(t, g, rec)
		})
	}
}

// nothingSmuggled compares what the gateway admitted with what the vendor got.
func nothingSmuggled(t *testing.T, g *gateway, rec *recorder) {
	t.Helper()
	seen := map[string]bool{}
	for range len(g.exchanges) {
		seen[strings.TrimPrefix(g.ended(t).Path, "/up")] = true
	}
	for range len(rec.requests) {
		r := <-rec.requests
		if !seen[r.RequestURI] || r.RequestURI == "/smuggled" {
			t.Errorf("the vendor got %s, which the gateway did not see: %v", r.RequestURI, seen)
		}
		if len(r.TransferEncoding) > 0 && r.Header.Get("Content-Length") != "" {
			t.Errorf("%s went out with length and coding", r.RequestURI)
		}
	}
}

// codings are the ways in which a Transfer-Encoding is written so that one server sees it and the next one does not.
func codings() []string {
	out := []string{
		"Transfer-Encoding: chunked", "Transfer-Encoding:chunked", "Transfer-Encoding:\tchunked", "Transfer-Encoding: chunked\t",
		"transfer-encoding: chunked", "tRANSFER-eNCODING: chunked", "Transfer-Encoding: Chunked", "Transfer-Encoding: chunkedchunked",
		"Transfer-Encoding: chunk", "Transfer-Encoding: chunked, identity", "Transfer-Encoding: identity, chunked",
		"Transfer-Encoding: chunked, cow", "Transfer-Encoding: cow, chunked", "Transfer-Encoding: \"chunked\"", "Transfer-Encoding: 'chunked'",
		"Transfer-Encoding: chunked;q=1", "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow", "Transfer-Encoding: cow\r\nTransfer-Encoding: chunked",
		"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", "Transfer_Encoding: chunked", "Transfer Encoding: chunked",
		"X-Transfer-Encoding: chunked", "Transfer-Encoding\r\n: chunked", "Transfer-Encoding: \r\n chunked", "Foo: bar\r\n Transfer-Encoding: chunked",
		"Foo: bar\rTransfer-Encoding: chunked", "Foo: bar\nTransfer-Encoding: chunked", " Transfer-Encoding: chunked",
	}
	for _, odd := range []string{"\x00", "\x01", "\x0b", "\x0c", "\x1f", "\x7f", "\xa0", "\xff"} {
		out = append(out,
			"Transfer-Encoding"+odd+": chunked", "Transfer-Encoding:"+odd+"chunked", "Transfer-Encoding: chunked"+odd, odd+"Transfer-Encoding: chunked")
	}
	return out
}

// smuggles are requests whose body is another request to a server that reads the length, or the coding, alone. Each has
// paths of its own.
func smuggles() []string {
	const inner = "GET /up/smuggled HTTP/1.1\r\nHost: a\r\nX: "
	var out []string
	for _, coding := range codings() {
		out = append(out,
			fmt.Sprintf("POST /up/a HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n%s\r\n\r\n0\r\n\r\n%s", len(inner)+10, coding, inner),
			fmt.Sprintf("POST /up/a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n%s\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", coding, len(inner)+5, inner))
	}
	for _, f := range framings {
		out = append(out, f.request)
	}
	for n := range out {
		out[n] = strings.ReplaceAll(out[n]+last, "/up/", fmt.Sprintf("/up/%05d", n))
	}
	return out
}

// TestNothingIsSmuggled sends every case to the gateway alone, and through the proxies that may stand before it: the
// vendor gets no request that the gateway did not admit, and the gateway none that the proxy did not send.
func TestNothingIsSmuggled(t *testing.T) {
	fronts := map[string]func(*testing.T, string) string{
		"alone":          func(_ *testing.T, gateway string) string { return gateway },
		"behind haproxy": startHAProxy,
		"behind nginx":   startNginx,
	}
	for name, start := range fronts {
		t.Run(name, func(t *testing.T) {
			rec := startRecorder(t)
			g := startGateway(t, to(rec.URL))
			address := start(t, g.address)
			var callers errgroup.Group
			callers.SetLimit(64)
			for _, raw := range smuggles() {
				callers.Go(func() error {
					pipelined(t, address, raw, 2*time.Second) // some wait for more of a body; nothing is judged by it
					return nil
				})
			}
			_ = callers.Wait() // nothing fails
			if len(rec.requests) < 20 {
				t.Errorf("only %d requests came through", len(rec.requests))
			}
			admitted := map[string]bool{}
			for range len(rec.requests) {
				r := <-rec.requests
				for path := "/up" + r.RequestURI; !admitted[path]; {
					admitted[g.ended(t).Path] = true
				}
				if address != g.address && r.Header.Get(frontHeader) == "" {
					t.Errorf("the gateway took %s, which the proxy did not send", r.RequestURI)
				}
			}
		})
	}
}

// pipelined sends raw bytes and returns the status of each answer.
func pipelined(t *testing.T, address, raw string, within time.Duration) (codes []int) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return nil
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, raw); err != nil {
		return nil // refused before it was whole
	}
	if err := conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		t.Error(err)
	}
	reader := bufio.NewReader(conn)
	for {
		resp, err := http.ReadResponse(reader, nil)
		if err != nil {
			return codes
		}
		codes = append(codes, readAnswer(resp).StatusCode)
	}
}
