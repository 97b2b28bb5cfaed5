package proxy_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"gateway/problem"
	"gateway/problemtest"
	"gateway/proxy"
	"gateway/vendortest"
)

// startToxic puts toxiproxy before a vendor.
func startToxic(t *testing.T, v *vendortest.Raw) *toxiproxy.Proxy {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := toxiproxy.NewProxy(server, "vendor", "127.0.0.1:0", strings.TrimPrefix(v.URL, "http://"))
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

// poison sets the one toxic of p, such as limit_data with bytes.
func poison(t *testing.T, p *toxiproxy.Proxy, kind, attribute string, value int) {
	t.Helper()
	if p.Toxics.GetToxic("it") != nil { // an update would write to what connections that end still read
		if err := p.Toxics.RemoveToxic(t.Context(), "it"); err != nil {
			t.Error(err)
		}
	}
	toxic := fmt.Sprintf(`{"name": "it", "type": %q, "attributes": {%q: %d}}`, kind, attribute, value)
	if _, err := p.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
		t.Error(err)
	}
}

// sent is an answer of a vendor as it is written, and what a caller gets of it if nothing is cut.
type sent struct{ raw, body, trailer string }

// variousAnswers are of every kind that says itself where it ends.
func variousAnswers() []sent {
	const chunked = "Transfer-Encoding: chunked\r\n\r\n"
	sized := func(status, header, body string) sent {
		return sent{raw: fmt.Sprintf("HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s", status, header, len(body), body), body: body}
	}
	const jsonType = "Content-Type: application/json\r\n"
	return []sent{
		sized("200 OK", "", "plain text"),
		sized("200 OK", jsonType, `{"items":[1,2,3]}`),
		sized("200 OK", jsonType, `[]`),
		sized("200 OK", "Content-Type: text/html\r\n", "<p>hello"),
		sized("200 OK", "Content-Encoding: gzip\r\n", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"),
		sized("200 OK", "", ""),
		sized("201 Created", "Location: /items/4\r\n", `{"id":4}`),
		sized("206 Partial Content", "Content-Range: bytes 0-3/9\r\n", "0123"),
		sized("302 Found", "Location: /elsewhere\r\n", "moved"),
		{raw: "HTTP/1.1 200 OK\r\n" + chunked + "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n", body: "hello world"},
		{raw: "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\n" + chunked + "3\r\nabc\r\n0\r\nX-Sum: 42\r\n\r\n", body: "abc", trailer: "42"},
		{raw: "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + chunked + "9\r\ndata: 1\n\n\r\n9\r\ndata: 2\n\n\r\n0\r\n\r\n", body: "data: 1\n\ndata: 2\n\n"},
		{raw: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", body: "ok"},
		{raw: "HTTP/1.1 204 No Content\r\nEtag: \"v1\"\r\n\r\n"},
		{raw: "HTTP/1.1 304 Not Modified\r\nEtag: \"v1\"\r\n\r\n"},
		sized("404 Not Found", jsonType, `{"message":"no such order"}`),
		sized("422 Unprocessable Entity", jsonType, `{"errors":[{"field":"name","message":"is missing"}]}`),
		sized("429 Too Many Requests", "Retry-After: 100\r\n", "slow down"),
		sized("500 Internal Server Error", "Content-Type: text/html\r\n", "<h1>oops</h1>"),
		{raw: "HTTP/1.1 503 Service Unavailable\r\n" + chunked + "4\r\nbusy\r\n0\r\n\r\n"},
	}
}

// answerByPath writes the answer whose number the path ends in.
func answerByPath(answers []sent) func(net.Conn) {
	return func(conn net.Conn) {
		in := bufio.NewReader(conn)
		for {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			var n int
			if _, err := fmt.Sscanf(r.URL.Path, "/%d", &n); err == nil {
				_, _ = io.WriteString(conn, answers[n].raw)
			}
		}
	}
}

// judge says what is wrong with what a caller got of an answer that may have been cut; "" for what is right: the whole
// of it, a problem, or an error that every client sees.
func judge(a answer, err error, want sent) string {
	if err != nil || a.err != nil {
		return ""
	}
	var p problem.Problem
	if a.Header.Get("Content-Type") == problem.MediaType {
		if err := problemtest.Validate([]byte(a.body)); err != nil {
			return fmt.Sprintf("%s with a problem that is none: %v: %s", a.Status, err, a.body)
		}
		if json.Unmarshal([]byte(a.body), &p) != nil || p.Status != a.StatusCode || int64(len(a.body)) != a.ContentLength {
			return fmt.Sprintf("%s with a problem that is none: %s", a.Status, a.body)
		}
		return ""
	}
	if a.StatusCode >= 400 || a.body != want.body || a.Trailer.Get("X-Sum") != want.trailer {
		return fmt.Sprintf("%s %q with the trailer %q looks whole", a.Status, a.body, a.Trailer.Get("X-Sum"))
	}
	return ""
}

func patient(u *proxy.Upstream) {
	once(u)
	u.Breaker.Enabled = new(bool)
	u.Throttle.Mode = "off"
}

// TestNoCutAnswerLooksWhole lets toxiproxy end 20 answers at each of their bytes (traps 23 and 24).
func TestNoCutAnswerLooksWhole(t *testing.T) {
	t.Parallel()
	answers := variousAnswers()
	v := startRawVendor(t, answerByPath(answers))
	type cut struct{ answer, at int }
	cuts := make(chan cut)
	var workers sync.WaitGroup
	for range 4 {
		p := startToxic(t, v)
		g := startGateway(t, to("http://"+p.Listen, patient))
		workers.Go(func() {
			for c := range cuts {
				want := answers[c.answer]
				poison(t, p, "limit_data", "bytes", c.at)
				resp, err := g.caller.Get(fmt.Sprintf("%s/up/%d", g.URL, c.answer))
				var a answer
				if err == nil {
					a = readAnswer(resp)
				}
				if wrong := judge(a, err, want); wrong != "" {
					t.Errorf("%q cut at %d: %s", want.raw, c.at, wrong)
				}
				if c.at == len(want.raw) && (err != nil || a.err != nil || a.StatusCode < 400 && a.body != want.body) {
					t.Errorf("%q, not cut: %v, %v", want.raw, err, a.err)
				}
			}
		})
	}
	for n, a := range answers {
		for at := range len(a.raw) + 1 {
			cuts <- cut{n, at}
		}
	}
	close(cuts)
	workers.Wait()
}

// TestFaultyConnections are delayed, reset, silenced and closed late by toxiproxy.
func TestFaultyConnections(t *testing.T) {
	t.Parallel()
	answers := variousAnswers()
	for _, c := range []struct {
		kind, attribute string
		value           int
		whole           bool
	}{
		{"latency", "latency", 20, true},
		{"slicer", "average_size", 3, true},
		{"slow_close", "delay", 50, true},
		{"bandwidth", "rate", 4, true},
		{"reset_peer", "timeout", 0, false},
		{"reset_peer", "timeout", 20, false},
		{"timeout", "timeout", 20, false},
		{"timeout", "timeout", 0, false},
	} {
		v := startRawVendor(t, answerByPath(answers))
		p := startToxic(t, v)
		poison(t, p, c.kind, c.attribute, c.value)
		g := startGateway(t, to("http://"+p.Listen, patient, func(u *proxy.Upstream) {
			if !c.whole {
				u.Timeouts.Header = 100 * time.Millisecond
			}
		}))
		for n, want := range answers {
			a := g.get(t, fmt.Sprintf("/up/%d", n))
			if wrong := judge(a, nil, want); wrong != "" {
				t.Errorf("%s %d: %s", c.kind, c.value, wrong)
			}
			if isOurs := a.StatusCode == http.StatusBadGateway || a.StatusCode == http.StatusGatewayTimeout; isOurs == c.whole || a.err != nil {
				t.Errorf("%s %d of %q: %s, %v", c.kind, c.value, want.raw, a.Status, a.err)
			}
		}
	}
}
