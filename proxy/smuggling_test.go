package proxy_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
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

// TestFramingIsWrittenAnew is trap 11: what follows a request on the caller's connection never becomes another request
// on the vendor's that the gateway did not see.
func TestFramingIsWrittenAnew(t *testing.T) {
	for _, f := range framings {
		t.Run(f.name, func(t *testing.T) {
			rec := startRecorder(t)
			g := startGateway(t, to(rec.URL))
			codes := pipelined(t, g, f.request+"GET /up/last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
			if accepted := len(codes) > 0 && codes[0] == http.StatusOK; accepted != f.accepted {
				t.Errorf("answered %v, accepted should be %v", codes, f.accepted)
			}
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
		})
	}
}

// pipelined sends raw bytes, ends the sending side and returns the status of each answer.
func pipelined(t *testing.T, g *gateway, raw string) (codes []int) {
	t.Helper()
	conn := g.dial(t)
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
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
