package wire_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// received is a request as a server sees it.
type received struct {
	Method, Target, Host string
	Header               http.Header
	Length               int64
	Chunked              bool
	Body                 string
	Trailer              http.Header
	Close                bool
}

// recording is a server that keeps what comes and answers it.
func recording(t *testing.T) (url string, requests <-chan received) {
	t.Helper()
	all := make(chan received, 100)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		all <- received{
			Method: r.Method, Target: r.RequestURI, Host: r.Host, Header: r.Header, Length: r.ContentLength,
			Chunked: len(r.TransferEncoding) > 0, Body: string(body), Trailer: r.Trailer, Close: r.Close,
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, all
}

// unknown is a body whose length is not known.
func unknown(text string) io.Reader { return io.MultiReader(strings.NewReader(text)) }

// TestRequestsAreWrittenAsByNetHTTP sends every kind of request by both and compares what a server sees.
func TestRequestsAreWrittenAsByNetHTTP(t *testing.T) {
	long := strings.Repeat("0123456789", 100_000)
	for name, make := range map[string]func(url string) *http.Request{
		"GET":           func(url string) *http.Request { return request(t, "GET", url+"/a?b=c%20d", nil) },
		"no method":     func(url string) *http.Request { return request(t, "", url, nil) },
		"odd path":      func(url string) *http.Request { return request(t, "GET", url+"/a%2Fb//c;d=e?x=1;y=%zz&", nil) },
		"HEAD":          func(url string) *http.Request { return request(t, "HEAD", url, nil) },
		"own method":    func(url string) *http.Request { return request(t, "PURGE", url, nil) },
		"POST, nothing": func(url string) *http.Request { return request(t, "POST", url, nil) },
		"PUT, nothing":  func(url string) *http.Request { return request(t, "PUT", url, http.NoBody) },
		"DELETE":        func(url string) *http.Request { return request(t, "DELETE", url, nil) },
		"DELETE, body":  func(url string) *http.Request { return request(t, "DELETE", url, strings.NewReader("x")) },
		"short":         func(url string) *http.Request { return request(t, "POST", url, strings.NewReader("a=1")) },
		"at the bound":  func(url string) *http.Request { return request(t, "POST", url, strings.NewReader(long[:8<<10])) },
		"above it":      func(url string) *http.Request { return request(t, "POST", url, strings.NewReader(long[:8<<10+1])) },
		"long":          func(url string) *http.Request { return request(t, "PUT", url, strings.NewReader(long)) },
		"chunks":        func(url string) *http.Request { return request(t, "POST", url, unknown("text")) },
		"long chunks":   func(url string) *http.Request { return request(t, "POST", url, unknown(long)) },
		"no chunks":     func(url string) *http.Request { return request(t, "POST", url, unknown("")) },
		"GET, empty":    func(url string) *http.Request { return request(t, "GET", url, unknown("")) },
		"GET, chunks":   func(url string) *http.Request { return request(t, "GET", url, unknown("text")) },
		"host": func(url string) *http.Request {
			r := request(t, "GET", url, nil)
			r.Host = "other.test:81"
			return r
		},
		"close": func(url string) *http.Request {
			r := request(t, "GET", url, nil)
			r.Close = true
			return r
		},
		"fields": func(url string) *http.Request {
			r := request(t, "GET", url, nil)
			r.Header = http.Header{
				"X": {"a", "", " b\t"}, "lower": {"c"}, "User-Agent": {"me"}, "Cookie": {"a=b"}, "None": nil,
				"Host": {"nowhere"}, "Content-Length": {"7"}, "Transfer-Encoding": {"chunked"}, "Trailer": {"x"},
			}
			return r
		},
		"trailer": func(url string) *http.Request {
			r := request(t, "POST", url, nil)
			r.Trailer = http.Header{"X-Sum": nil}
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader("text"), lastly(func() { r.Trailer.Set("X-Sum", "42") })))
			r.ContentLength = -1
			return r
		},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []received
			for _, k := range []kind{std, fast} {
				url, requests := recording(t)
				rt := k.to(t, url, nil)
				req := make(url)
				if _, set := req.Header["User-Agent"]; !set {
					req.Header.Set("User-Agent", "")
				}
				if _, _, err := do(t, rt, req); err != nil {
					t.Fatal(err)
				}
				r := <-requests
				r.Host = strings.Replace(r.Host, strings.TrimPrefix(url, "http://"), "it", 1)
				seen = append(seen, r)
				rt.CloseIdleConnections()
			}
			if diff := cmp.Diff(seen[0], seen[1]); diff != "" {
				t.Errorf("-std +fast:\n%s", diff)
			}
		})
	}
}

// lastly is a reader of nothing that does something first.
type lastly func()

func (f lastly) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}

// tracked is a body that tells whether it was closed.
type tracked struct {
	io.Reader
	closed chan struct{}
}

func track(r io.Reader) tracked { return tracked{r, make(chan struct{}, 100)} }

func (b tracked) Close() error {
	b.closed <- struct{}{}
	return nil
}

// TestBadRequestsAreNotSent, and their bodies are closed.
func TestBadRequestsAreNotSent(t *testing.T) {
	for name, spoil := range map[string]func(*http.Request){
		"name":          func(r *http.Request) { r.Header["X Y"] = []string{"z"} },
		"value":         func(r *http.Request) { r.Header.Set("X", "a\r\nY: b") },
		"method":        func(r *http.Request) { r.Method = "GET /x HTTP/1.1\r\nX:" },
		"target":        func(r *http.Request) { r.URL.Opaque = "/x\r\ny" },
		"space":         func(r *http.Request) { r.URL.RawQuery = "x HTTP/1.1" },
		"host":          func(r *http.Request) { r.Host = "a\r\nb" },
		"trailer":       func(r *http.Request) { r.Trailer = http.Header{"Content-Length": {"1"}} },
		"length":        func(r *http.Request) { r.ContentLength = 3 },
		"longer":        func(r *http.Request) { r.ContentLength = 5 },
		"longer by far": func(r *http.Request) { r.ContentLength = 50_000 },
		"broken":        func(r *http.Request) { r.Body = track(&failing{}) },
	} {
		t.Run(name, func(t *testing.T) {
			url, requests := recording(t)
			req := request(t, "POST", url, nil)
			req.Body, req.ContentLength = track(strings.NewReader("text")), 4
			spoil(req)
			resp, err := fast.to(t, url, nil).RoundTrip(req)
			if err == nil {
				resp.Body.Close()
				t.Errorf("%s", resp.Status)
			}
			if len(requests) > 0 {
				t.Errorf("%+v", <-requests)
			}
			select {
			case <-req.Body.(tracked).closed:
			case <-time.After(patience):
				t.Error("the body is not closed")
			}
		})
	}
}

var errBroken = errors.New("broken")

// failing is a reader that breaks.
type failing struct{}

func (*failing) Read([]byte) (int, error) { return 0, errBroken }

// TestBrokenBodiesEndTheRequest with the body's own error, wherever they break.
func TestBrokenBodiesEndTheRequest(t *testing.T) {
	onBoth(t, func(t *testing.T, k kind) {
		for _, sent := range []int{0, 10, 100_000} {
			s := serve(t, func(conn net.Conn) {
				if readRequest(bufio.NewReader(conn)) != nil {
					t.Errorf("after %d bytes: the request looks whole", sent)
				}
			})
			for _, length := range []int64{-1, 1000, 1_000_000} {
				if length == 1000 && sent > 1000 {
					continue
				}
				req := request(t, "PUT", s.URL, nil)
				body := track(io.MultiReader(strings.NewReader(strings.Repeat("x", sent)), &failing{}))
				req.Body, req.ContentLength = body, length
				if _, err := k.to(t, s.URL, nil).RoundTrip(req); !errors.Is(err, errBroken) {
					t.Errorf("after %d bytes of %d: %v", sent, length, err)
				}
				<-body.closed
			}
		}
	})
}

// TestTracesAreToldOfConnections and of news of the answer.
func TestTracesAreToldOfConnections(t *testing.T) {
	onBoth(t, func(t *testing.T, k kind) {
		s := serve(t, answering("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"+short))
		rt := k.to(t, s.URL, nil)
		var reused []bool
		for range 2 {
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
				reused = append(reused, info.Reused)
			}})
			if _, body, err := do(t, rt, request(t, "GET", s.URL, nil).WithContext(ctx)); err != nil || body != "ok" {
				t.Errorf("%q %v", body, err)
			}
		}
		if diff := cmp.Diff([]bool{false, true}, reused); diff != "" {
			t.Error(diff)
		}
	})
}
