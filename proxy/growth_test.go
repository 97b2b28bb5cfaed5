package proxy_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"gateway/normalize"
	"gateway/problem"
	"gateway/proxy"
	"gateway/ratelimit"
)

// canned is a connection to a vendor that answers each request at once: nothing but the gateway takes time.
type canned struct {
	answer []byte
	left   *bytes.Reader
}

func (c *canned) Write(p []byte) (int, error) {
	if bytes.HasSuffix(p, []byte("\r\n\r\n")) { // none of the requests has a body
		c.left.Reset(c.answer)
	}
	return len(p), nil
}

func (c *canned) Read(p []byte) (int, error)     { return c.left.Read(p) }
func (*canned) Close() error                     { return nil }
func (*canned) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (*canned) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (*canned) SetDeadline(time.Time) error      { return nil }
func (*canned) SetReadDeadline(time.Time) error  { return nil }
func (*canned) SetWriteDeadline(time.Time) error { return nil }

// growing is a gateway some of whose settings grow, and a request to it.
type growing struct {
	settings proxy.Settings
	answer   string
	path     string
	header   http.Header
}

// kept is an answer of a size.
func kept(status string, body string) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
}

// newGrowing is a gateway as it is by default, with a limit that never limits.
func newGrowing(options ...func(*proxy.Upstream)) *growing {
	g := &growing{settings: to("http://127.0.0.1:9", options...), answer: kept("200 OK", strings.Repeat("x", 1<<10)), path: "/up/api/items/4", header: http.Header{}}
	u := &g.settings.Upstreams[0]
	u.Transport = "fast"
	u.Throttle.Limits = []ratelimit.Limit{{Requests: 1e9, Per: time.Second}}
	return g
}

// discarded is what a caller gets in a benchmark.
type discarded struct{ header http.Header }

func (d discarded) Header() http.Header       { return d.header }
func (discarded) Write(p []byte) (int, error) { return len(p), nil }
func (discarded) WriteHeader(int)             {}

// SetWriteDeadline is what http.ResponseController looks for.
func (discarded) SetWriteDeadline(time.Time) error { return nil }

// run measures exchanges one after the other.
func (g *growing) run(b *testing.B) {
	b.Helper()
	shared := proxy.NewShared()
	shared.DialWith(func(*net.Dialer, context.Context, string, string) (net.Conn, error) {
		return &canned{answer: []byte(g.answer), left: bytes.NewReader(nil)}, nil
	})
	h, err := proxy.New(withDefaults(g.settings), shared, func(proxy.Exchange) {})
	if err != nil {
		b.Fatal(err)
	}
	defer shared.Close()
	req := httptest.NewRequestWithContext(context.WithValue(b.Context(), http.ServerContextKey, &http.Server{}), "GET", g.path, nil)
	req.Header = g.header
	first := httptest.NewRecorder()
	h.ServeHTTP(first, req)
	if want := strings.Fields(g.answer)[1]; fmt.Sprint(first.Code) != want {
		b.Fatalf("answered %d, want %s: %s", first.Code, want, first.Body)
	}
	b.ReportAllocs()
	before := cpuTime(b)
	for b.Loop() {
		h.ServeHTTP(discarded{http.Header{}}, req)
	}
	b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N)/1e3, "cpu-µs/op")
}

// cpuTime is what the process has used, in nanoseconds, which a busy machine does not stretch.
func cpuTime(b *testing.B) int64 {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

// BenchmarkGrowth is what an exchange costs, without sockets, as one thing grows. What does not concern a request should
// cost it nothing; headers and bodies should cost what they are long.
func BenchmarkGrowth(b *testing.B) {
	for _, axis := range []struct {
		name  string
		sizes []int
		make  func(n int) *growing
	}{
		{"upstreams", []int{1, 100, 1000}, func(n int) *growing {
			g := newGrowing()
			for i := 1; i < n; i++ {
				u := g.settings.Upstreams[0]
				u.Name = fmt.Sprintf("up%d", i)
				u.Hosts = []string{fmt.Sprintf("host%d.test", i)}
				g.settings.Upstreams = append(g.settings.Upstreams, u)
			}
			return g
		}},
		{"routes", []int{0, 10, 100}, func(n int) *growing {
			g := newGrowing()
			for i := range n {
				g.settings.Upstreams[0].Throttle.Routes = append(g.settings.Upstreams[0].Throttle.Routes, ratelimit.Route{
					Name: fmt.Sprintf("r%d", i), Path: []string{fmt.Sprintf("/api/kind%d/*", i)}, Cost: 2,
				})
			}
			return g
		}},
		{"rules", []int{1, 50, 500}, func(n int) *growing {
			profile := &normalize.Profile{Name: "p", Vendor: "V", Take: normalize.Take{
				Detail: []string{"/message"}, Code: []string{"/code"},
				Violations: []normalize.ViolationFrom{{Each: "/errors", Field: []string{"/property"}, Detail: []string{"/message"}}},
			}}
			for i := range n {
				profile.Rules = append(profile.Rules, normalize.Rule{
					Name: fmt.Sprintf("r%d", i), Type: problem.ValidationFailed,
					Match: normalize.Match{Status: []string{"422"}, Body: map[string]normalize.Test{"/code": {Is: []string{fmt.Sprintf("E%d", n-i)}}}},
				})
			}
			reader, err := normalize.NewReader(profile)
			if err != nil {
				b.Fatal(err)
			}
			g := newGrowing(func(u *proxy.Upstream) { u.Reader = reader })
			g.answer = kept("422 Unprocessable Entity", `{"code":"E1","message":"Validation failed.","errors":[{"property":"name","message":"This value should not be blank."}]}`)
			return g
		}},
		{"consumers", []int{0, 100, 10_000}, func(n int) *growing {
			g := newGrowing()
			g.settings.Consumers = proxy.ConsumersConfig{Identify: "header:X-Consumer", Weights: map[string]float64{}}
			for i := range n {
				g.settings.Consumers.Weights[fmt.Sprintf("c%d", i)] = 1
			}
			g.header.Set("X-Consumer", "c1")
			return g
		}},
		{"headers", []int{0, 10, 40, 160}, func(n int) *growing {
			g := newGrowing()
			var fields strings.Builder
			for i := range n / 2 { // half of them in the request, half in the answer
				g.header.Set(fmt.Sprintf("X-Header-%d", i), "the value of a header")
				fmt.Fprintf(&fields, "X-Header-%d: the value of a header\r\n", i)
			}
			g.answer = strings.Replace(g.answer, "\r\n", "\r\n"+fields.String(), 1)
			return g
		}},
		{"body-KiB", []int{1, 64, 1024}, func(n int) *growing {
			g := newGrowing()
			g.answer = kept("200 OK", strings.Repeat("x", n<<10))
			return g
		}},
	} {
		for _, n := range axis.sizes {
			b.Run(fmt.Sprintf("%s=%d", axis.name, n), func(b *testing.B) { axis.make(n).run(b) })
		}
	}
}
