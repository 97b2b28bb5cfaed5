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
)

// evil is what a vendor, or who writes through it, wants another caller to get.
const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"

// desyncs are answers whose end is not where it seems: evil stands behind it, or in it. They are said to GET.
var desyncs = []struct{ name, answer string }{
	// more than one says where it ends
	{"length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + evil},
	{"chunks, and a length of all", fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n0\r\n\r\n%s", 5+len(evil), evil)},
	{"two lengths, the first shorter", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 45\r\n\r\nok" + evil},
	{"two lengths, the second shorter", "HTTP/1.1 200 OK\r\nContent-Length: 45\r\nContent-Length: 2\r\n\r\nok" + evil},
	{"lengths in a list", "HTTP/1.1 200 OK\r\nContent-Length: 2, 45\r\n\r\nok" + evil},
	{"a length in another spelling", "HTTP/1.1 200 OK\r\nContent_Length: 45\r\nContent-Length: 2\r\n\r\nok" + evil},
	{"chunked twice", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + evil},
	{"chunked, then identity", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + evil},
	{"identity, then chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n" + evil},
	{"an unknown coding and a length", "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + evil},
	{"chunked with NUL", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\x00\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + evil},
	{"chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + evil},
	{"neither, in HTTP/1.0 that stays", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nok" + evil},

	// a length that is none
	{"a length with a sign", "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok" + evil},
	{"a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok" + evil},
	{"a length in hex", "HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok" + evil},
	{"a length that overflows", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551618\r\n\r\nok" + evil},
	{"an empty length", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n" + evil},

	// lines that end, or go on, otherwise
	{"LF alone", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok" + evil},
	{"CR alone", "HTTP/1.1 200 OK\r\nX: y\rContent-Length: 45\r\nContent-Length: 2\r\n\r\nok" + evil},
	{"a folded length", "HTTP/1.1 200 OK\r\nContent-Length:\r\n 2\r\n\r\nok" + evil},
	{"a folded coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + evil},
	{"a length in a fold", "HTTP/1.1 200 OK\r\nX: y\r\n Content-Length: 45\r\nContent-Length: 2\r\n\r\nok" + evil},
	{"a space before the length's colon", "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok" + evil},
	{"a space before the coding's colon", "HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + evil},
	{"a line without a colon", "HTTP/1.1 200 OK\r\nContent-Length\r\nContent-Length: 2\r\n\r\nok" + evil},

	// chunks
	{"a size with a sign", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+2\r\nok\r\n0\r\n\r\n" + evil},
	{"a size in 0x", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nok\r\n0\r\n\r\n" + evil},
	{"a size that overflows", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000002\r\nok\r\n0\r\n\r\n" + evil},
	{"a size line with LF alone", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nok\r\n0\r\n\r\n" + evil},
	{"an extension with CR", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;\rx\r\nok\r\n0\r\n\r\n" + evil},
	{"an extension with LF", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=\"\n0\r\n\r\n" + evil},
	{"a chunk that is longer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n" + evil},
	{"a chunk without its end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok0\r\n\r\n" + evil},
	{"a last chunk of many zeros", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0000000\r\n\r\n" + evil},
	{"a length in the trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nContent-Length: 45\r\n\r\n" + evil},
	{"a trailer with LF alone", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\n\n" + evil},

	// answers without a body, and more than one
	{"more behind it", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + evil},
	{"more, and it says close", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok" + evil},
	{"an error, and more", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno" + evil},
	{"204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 45\r\n\r\n" + evil},
	{"204 with chunks", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + evil},
	{"205 with a length", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n" + evil},
	{"304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 45\r\n\r\n" + evil},
	{"101 that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + evil},
	{"early hints with a body", "HTTP/1.1 103 Early Hints\r\nContent-Length: 45\r\n\r\n" + evil + evil},
	{"a thousand times 100", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 1000) + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + evil},
	{"two status lines", "HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + evil},
	{"an empty line first", "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + evil},
}

// TestNoAnswerIsGivenToAnotherCaller: whatever a vendor answers to one request, the next ones get their own answers, on
// whichever connection they go out.
func TestNoAnswerIsGivenToAnotherCaller(t *testing.T) {
	for _, c := range desyncs {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} { // whose bodies end otherwise, or begin early
			t.Run(c.name+" to "+method, func(t *testing.T) {
				t.Parallel()
				g := startGateway(t, to(startDesync(t, c.answer), once))
				var body io.Reader
				if method == http.MethodPost {
					body = strings.NewReader(strings.Repeat("x", 100_000))
				}
				if req, err := http.NewRequestWithContext(t.Context(), method, g.URL+"/up/first", body); err != nil {
					t.Fatal(err)
				} else if resp, err := g.caller.Do(req); err == nil { // it is nobody else's business what this one gets
					readAnswer(resp)
				}
				for n := range 3 {
					path := fmt.Sprintf("/another-%d", n)
					if a := g.send(t, http.MethodGet, "/up"+path, nil); a.StatusCode != http.StatusOK || a.body != path {
						t.Errorf("%s is answered with %s %q", path, a.Status, a.body)
					}
				}
			})
		}
	}
}

// startDesync answers the path /first with raw bytes, as soon as its head has come, and every other request with its path.
func startDesync(t *testing.T, raw string) (url string) {
	t.Helper()
	return startRawVendor(t, func(conn net.Conn) {
		for in := bufio.NewReader(conn); ; {
			_ = conn.SetReadDeadline(time.Now().Add(time.Second)) // some of these answers wait for more
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			if r.URL.Path == "/first" {
				_, _ = io.WriteString(conn, raw)
				continue
			}
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(r.URL.Path), r.URL.Path)
		}
	}).URL
}
