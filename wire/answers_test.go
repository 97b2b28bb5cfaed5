package wire_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// outcome is what a caller sees of an answer.
type outcome struct {
	Failed   bool // there is no response
	Code     int
	Status   string
	Header   http.Header
	Length   int64
	Body     string
	Cut      bool // the body ended in an error
	Trailer  http.Header
	Interim  []int
	Upgraded bool
}

// hear gives raw bytes to a transport as the answer to a request.
func hear(k kind, method, raw string) (o outcome) {
	defer time.AfterFunc(patience, func() { panic(fmt.Sprintf("%s has no outcome of %s and %q", k.name, method, raw)) }).Stop()
	here, there := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer there.Close()
		if _, err := http.ReadRequest(bufio.NewReader(there)); err == nil {
			_, _ = io.WriteString(there, raw)
		}
	}()
	defer func() { <-done }()
	defer here.Close()
	rt := k.make("http://a.test", &http.Transport{
		DisableCompression: true, DisableKeepAlives: k.name == std.name,
		DialContext: func(context.Context, string, string) (net.Conn, error) { return here, nil },
	})
	defer rt.CloseIdleConnections()
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
		o.Interim = append(o.Interim, code)
		return nil
	}})
	req, err := http.NewRequestWithContext(ctx, method, "http://a.test/", nil)
	if err != nil {
		panic(err)
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return outcome{Failed: true}
	}
	defer resp.Body.Close()
	o.Code, o.Status, o.Header = resp.StatusCode, resp.Status, resp.Header
	if _, o.Upgraded = resp.Body.(io.Writer); o.Upgraded {
		return o
	}
	o.Length = resp.ContentLength
	body, err := io.ReadAll(resp.Body)
	o.Body, o.Cut, o.Trailer = string(body), err != nil, resp.Trailer
	return o
}

// answers are what servers send, and how it is taken. Where stricter is set, http.Transport takes more.
var answers = []struct {
	name, raw string
	method    string // "": GET
	stricter  bool
	want      outcome
}{
	{name: "plain", raw: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
	{name: "no reason", raw: "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok"},
	{name: "HTTP/1.0", raw: "HTTP/1.0 200 OK\r\n\r\nto the end"},
	{name: "HTTP/1.0 in chunks, which it does not know", raw: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	{name: "HTTP/1.2", raw: "HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok"},
	{name: "to the end", raw: "HTTP/1.1 200 OK\r\n\r\nto the end"},
	{name: "names in small letters", raw: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-aBC: d\r\n\r\nok"},
	{name: "a name twice", raw: "HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nX: y\r\nSet-Cookie: b\r\nset-cookie: c\r\nContent-Length: 0\r\n\r\n"},
	{name: "an empty value", raw: "HTTP/1.1 200 OK\r\nX:\r\nY: \t \r\nContent-Length: 0\r\n\r\n"},
	{name: "Latin-1 in a value", raw: "HTTP/1.1 200 OK\r\nX: caf\xe9\r\nContent-Length: 0\r\n\r\n"},
	{name: "LF alone", raw: "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"},
	{name: "a folded value", raw: "HTTP/1.1 200 OK\r\nX: a\r\n  b\r\n\tc\r\nContent-Length: 2\r\n\r\nok"},
	{name: "a folded length", raw: "HTTP/1.1 200 OK\r\nContent-Length:\r\n 2\r\n\r\nok"},
	{name: "a fold of nothing", raw: "HTTP/1.1 200 OK\r\n X: a\r\n\r\n"},
	{name: "a line without a colon", raw: "HTTP/1.1 200 OK\r\nX\r\n\r\n"},
	{name: "a colon behind the fold", raw: "HTTP/1.1 200 OK\r\nX\r\n : a\r\n\r\n"},
	{name: "no name", raw: "HTTP/1.1 200 OK\r\n: a\r\n\r\n"},
	{name: "a name that is none", raw: "HTTP/1.1 200 OK\r\nX@: a\r\n\r\n"},
	{name: "NUL in a value", raw: "HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n"},
	{name: "CR in a value", raw: "HTTP/1.1 200 OK\r\nX: a\rY: b\r\n\r\n"},
	{name: "CR before the end", raw: "HTTP/1.1 200 OK\r\nX: a\r\r\n\r\n"},
	{name: "two lengths", raw: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!"},
	{name: "the same length twice", raw: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok"},
	{name: "lengths in a list", raw: "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok"},
	{name: "a length with a sign", raw: "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok"},
	{name: "a negative length", raw: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"},
	{name: "no length in its field", raw: "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n"},
	{name: "a length too long", raw: "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"},
	{name: "shorter than its length", raw: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok"},
	{name: "longer than its length", raw: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more"},
	{name: "length and chunks", raw: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"},
	{name: "a wrong length and chunks", raw: "HTTP/1.1 200 OK\r\nContent-Length: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"},
	{name: "two codings", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
	{name: "chunked twice", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	{name: "identity", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok"},
	{name: "chunks", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\no\r\n0A;x=y\r\n123456789k\r\n000\r\n\r\n"},
	{name: "chunks that end too soon", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"},
	{name: "chunks without the last line", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"},
	{name: "a chunk longer than it says", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n"},
	{name: "a size with a sign", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+2\r\nok\r\n0\r\n\r\n"},
	{name: "a size in 0x", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nok\r\n0\r\n\r\n"},
	{name: "a size with a space before", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n 2\r\nok\r\n0\r\n\r\n"},
	{name: "a size that overflows", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000002\r\nok\r\n0\r\n\r\n"},
	{name: "no size", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nok\r\n0\r\n\r\n"},
	{name: "LF alone between chunks", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nok\r\n0\r\n\r\n"},
	{name: "CR in an extension", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;\rx\r\nok\r\n0\r\n\r\n"},
	{name: "an endless extension", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;" + strings.Repeat("x", 5000) + "\r\nok\r\n0\r\n\r\n"},
	{name: "nothing but extensions", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("x", 3000)+"\r\nx\r\n", 20) + "0\r\n\r\n"},
	{name: "a trailer", raw: "HTTP/1.1 200 OK\r\nTrailer: X-Sum, x-more\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 4\r\nY: z\r\n\r\n"},
	{name: "a trailer that is broken", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum\r\n\r\n"},
	{name: "a trailer that ends too soon", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 4\r\n"},
	{name: "a length announced as a trailer", raw: "HTTP/1.1 200 OK\r\nTrailer: Content-Length\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	{name: "HEAD", method: "HEAD", raw: "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"},
	{name: "HEAD in chunks", method: "HEAD", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
	{name: "204", raw: "HTTP/1.1 204 No Content\r\nEtag: a\r\n\r\n"},
	{name: "204 in chunks", raw: "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"},
	{name: "304 with the length of what it is about", raw: "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"},
	{name: "early hints", raw: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
	{name: "a 100 that nobody waits for", raw: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
	{name: "nothing after a 100", raw: "HTTP/1.1 100 Continue\r\n\r\n"},
	{name: "HEAD with a trailer to come", method: "HEAD", raw: "HTTP/1.1 200 OK\r\nTrailer: X\r\nTransfer-Encoding: chunked\r\n\r\n"},
	{name: "101 of 1.0 to HEAD", method: "HEAD", raw: "HTTP/1.0 101 Switching\r\n\r\n"},
	{name: "another protocol", raw: "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"},
	{name: "101 to nothing", raw: "HTTP/1.1 101 Switching Protocols\r\n\r\n"},
	{name: "099", raw: "HTTP/1.1 099 What\r\nContent-Length: 0\r\n\r\n"},
	{name: "999", raw: "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n"},
	{name: "close", raw: "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok"},
	{name: "nothing", raw: ""},
	{name: "half a head", raw: "HTTP/1.1 200 OK\r\nContent-Le"},
	{name: "an empty line first", raw: "\r\nHTTP/1.1 200 OK\r\n\r\n"},
	{name: "no HTTP", raw: "220 mail.test ESMTP\r\n\r\n"},
	{name: "HTTP/0.9", raw: "<html>"},
	{name: "four digits", raw: "HTTP/1.1 2000 OK\r\n\r\n"},
	{name: "letters for a status", raw: "HTTP/1.1 2O0 OK\r\n\r\n"},
	{name: "http in small letters", raw: "http/1.1 200 OK\r\n\r\n"},

	{
		name: "HTTP/2.0 as text", raw: "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok", stricter: true,
		want: outcome{Failed: true},
	},
	{
		name: "a status with a sign", raw: "HTTP/1.1 +20 OK\r\nContent-Length: 2\r\n\r\nok", stricter: true,
		want: outcome{Failed: true},
	},
	{ // RFC 9112, section 5.1: a proxy must remove the space
		name: "space before the colon", raw: "HTTP/1.1 200 OK\r\nX : y\r\nContent-Length\t: 2\r\n\r\nok", stricter: true,
		want: outcome{Code: 200, Status: "200 OK", Header: http.Header{"X": {"y"}, "Content-Length": {"2"}}, Length: 2, Body: "ok"},
	},
	{ // net/http's server would leave it out, too
		name: "space in a name", raw: "HTTP/1.1 200 OK\r\nX Y: z\r\nContent-Length: 2\r\n\r\nok", stricter: true,
		want: outcome{Code: 200, Status: "200 OK", Header: http.Header{"Content-Length": {"2"}}, Length: 2, Body: "ok"},
	},
	{ // http.Transport adds Cache-Control
		name: "Pragma", raw: "HTTP/1.1 200 OK\r\nPragma: no-cache\r\nContent-Length: 2\r\n\r\nok", stricter: true,
		want: outcome{Code: 200, Status: "200 OK", Header: http.Header{"Pragma": {"no-cache"}, "Content-Length": {"2"}}, Length: 2, Body: "ok"},
	},
	{ // RFC 9112, section 7.1: lines between chunks end in CRLF
		name: "LF alone in a trailer", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\n\r\n\r\n", stricter: true,
		want: outcome{Code: 200, Status: "200 OK", Header: http.Header{}, Length: -1, Body: "ok", Cut: true},
	},
	{ // RFC 9110, section 6.5.1
		name: "a length in the trailer", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nContent-Length: 7\r\nX: y\r\n\r\n", stricter: true,
		want: outcome{Code: 200, Status: "200 OK", Header: http.Header{}, Length: -1, Body: "ok", Trailer: http.Header{"X": {"y"}}},
	},
}

// TestAnswersAreTakenAsByNetHTTP compares the outcome of every answer with that of http.Transport.
func TestAnswersAreTakenAsByNetHTTP(t *testing.T) {
	for _, a := range answers {
		t.Run(a.name, func(t *testing.T) {
			method := a.method
			if method == "" {
				method = http.MethodGet
			}
			want, got := hear(std, method, a.raw), hear(fast, method, a.raw)
			if a.stricter {
				if cmp.Equal(want, got) {
					t.Error("http.Transport does the same")
				}
				want = a.want
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%.500q: -want +got:\n%s", a.raw, diff)
			}
		})
	}
}

// odd are the heads that are taken otherwise than by http.Transport; see answers.
var odd = regexp.MustCompile(`(?i)(^|\n)HTTP/[^1]|(^|\n)HTTP/1\.\d +[^\d]|\n[^:\n]*[ \t][^:\n]*:|\npragma|0\r\n(content-length|transfer-encoding|trailer|host):`)

// isKnown is true for what is taken otherwise on purpose: odd heads, and LF alone in a trailer.
func isKnown(raw string) bool {
	_, trailer, _ := strings.Cut(raw, "0\r\n")
	return odd.MatchString(raw) || strings.Count(trailer, "\n") != strings.Count(trailer, "\r\n")
}

// FuzzAnswers looks for bytes that wire.Transport takes otherwise than http.Transport.
func FuzzAnswers(f *testing.F) {
	for _, a := range answers {
		f.Add(a.raw, a.method == http.MethodHead)
	}
	f.Fuzz(func(t *testing.T, raw string, isHead bool) {
		method := http.MethodGet
		if isHead {
			method = http.MethodHead
		}
		got := hear(fast, method, raw)
		if isKnown(raw) {
			return
		}
		if diff := cmp.Diff(trimmed(hear(std, method, raw)), trimmed(got)); diff != "" {
			t.Errorf("%.500q: -std +fast:\n%s", raw, diff)
		}
	})
}

// trimmed evens out white space at the end of folded values, which http.Transport leaves.
func trimmed(o outcome) outcome {
	for _, values := range o.Header {
		for i := range values {
			values[i] = strings.TrimRight(values[i], " \t")
		}
	}
	return o
}

// TestHugeHeadersAreRefused whether they come in one answer or in many that announce it.
func TestHugeHeadersAreRefused(t *testing.T) {
	field := "X: " + strings.Repeat("x", 1000) + "\r\n"
	for name, c := range map[string]struct {
		raw  string
		good bool
	}{
		"at the limit": {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + strings.Repeat(field, 98) + "\r\n", true},
		"above it":     {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + strings.Repeat(field, 104) + "\r\n", false},
		"endless":      {"HTTP/1.1 200 OK\r\n" + strings.Repeat("x", 1<<20), false},
		"many":         {strings.Repeat("HTTP/1.1 103 Early Hints\r\n"+field+"\r\n", 200) + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, k kind) {
				s := serve(t, answering(c.raw))
				resp, err := k.to(t, s.URL, func(h *http.Transport) { h.MaxResponseHeaderBytes = 100 << 10 }).RoundTrip(request(t, "GET", s.URL, nil))
				if err == nil {
					resp.Body.Close()
				}
				if good := err == nil; good != c.good || !good && !strings.Contains(err.Error(), "server response headers exceeded") {
					t.Errorf("%v", err)
				}
			})
		})
	}
}

// TestNobodyWaitsForTheRestOfWhatIsNoHTTP, where a server of another protocol keeps its connection open.
func TestNobodyWaitsForTheRestOfWhatIsNoHTTP(t *testing.T) {
	for _, said := range []string{"SSH-2.0-OpenSSH_9.2\r\n", "220 mail.test ESMTP\r\n", "<html>", "HTTP/2 200 OK\r\n", "\x15\x03\x01\x00\x02\x02\x0a"} {
		for _, k := range []kind{fast, within} {
			s := serve(t, func(conn net.Conn) {
				if in := bufio.NewReader(conn); readRequest(in) != nil {
					_, _ = io.WriteString(conn, said)
					_, _ = io.Copy(io.Discard, in) // until the other side ends it
				}
			})
			resp, err := k.to(t, s.URL, nil).RoundTrip(request(t, "GET", s.URL, nil))
			if err == nil {
				resp.Body.Close()
			}
			if err == nil || !strings.Contains(err.Error(), "does not begin with a version of HTTP/1") {
				t.Errorf("%s: %q is %v", k.name, said, err)
			}
		}
	}
}

// TestManyHintsAreNoHugeHeader where a trace is told of each.
func TestManyHintsAreNoHugeHeader(t *testing.T) {
	got := hear(fast, "GET", strings.Repeat("HTTP/1.1 103 Early Hints\r\nX: "+strings.Repeat("x", 1<<20)+"\r\n\r\n", 15)+short)
	if got.Body != "ok" || len(got.Interim) != 15 {
		t.Errorf("%+v", got)
	}
}

// TestManyNamesAreKept more than are allocated at once.
func TestManyNamesAreKept(t *testing.T) {
	var raw strings.Builder
	for n := range 3000 {
		fmt.Fprintf(&raw, "X-%d: %d\r\n", n, n)
	}
	got := hear(fast, "GET", "HTTP/1.1 200 OK\r\n"+raw.String()+"\r\n")
	if len(got.Header) != 3000 || got.Header.Get("X-2999") != "2999" {
		t.Errorf("%d names", len(got.Header))
	}
}
