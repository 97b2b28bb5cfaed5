package ratelimit_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"gateway/ratelimit"
)

// next is a stage below by a function.
type next func(*http.Request) (*http.Response, error)

func (f next) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// conn is a body that can be written to, as that of an upgrade.
type conn struct {
	io.Reader
	io.Writer
}

func (conn) Close() error { return nil }

// closed notes whether a request's body was closed.
type closed struct {
	io.Reader
	n int
}

func (c *closed) Close() error { c.n++; return nil }

func newTransport(l *ratelimit.Limiter, below next) *ratelimit.Transport {
	return &ratelimit.Transport{
		Next: below, Limiter: l, Ask: func(*http.Request) ratelimit.Request { return ratelimit.Request{} },
	}
}

func inFlight(l *ratelimit.Limiter) int {
	n := 0
	for _, c := range l.Status().Consumers {
		n += c.InFlight
	}
	return n
}

// TestSlotIsFreeWhateverHappens is trap 56 at the stage itself.
func TestSlotIsFreeWhateverHappens(t *testing.T) {
	body := func(b io.ReadCloser) next {
		return func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 200, Body: b}, nil }
	}
	for name, c := range map[string]struct {
		below next
		end   func(*http.Response) // what the stages above do
		held  int                  // slots before that
	}{
		"no answer": {func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, nil, 0},
		"a panic":   {func(*http.Request) (*http.Response, error) { panic("x") }, nil, 0},
		"no body":   {body(http.NoBody), nil, 0},
		"read to its end": {body(io.NopCloser(strings.NewReader("abc"))), func(r *http.Response) {
			_, _ = io.ReadAll(r.Body)
		}, 1},
		"broken": {body(io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))), func(r *http.Response) {
			_, _ = r.Body.Read(make([]byte, 1))
		}, 1},
		"closed, twice": {body(io.NopCloser(strings.NewReader("abc"))), func(r *http.Response) {
			r.Body.Close()
			r.Body.Close()
		}, 1},
		"an upgrade": {body(conn{strings.NewReader(""), io.Discard}), func(r *http.Response) {
			if _, err := r.Body.(io.Writer).Write([]byte("x")); err != nil {
				t.Error(err)
			}
			r.Body.Close()
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			l := ratelimit.New(limits(1))
			var resp *http.Response
			func() {
				defer func() { _ = recover() }()
				resp, _ = newTransport(l, c.below).RoundTrip(httptest.NewRequest(http.MethodGet, "/", nil))
			}()
			if n := inFlight(l); n != c.held {
				t.Errorf("%d slots are held while the answer is there, want %d", n, c.held)
			}
			if c.end != nil {
				c.end(resp)
			}
			if n := inFlight(l); n != 0 {
				t.Errorf("%d slots are held after its end", n)
			}
		})
	}
}

// TestRefusalClosesTheRequest as http.RoundTripper demands, and is told.
func TestRefusalClosesTheRequest(t *testing.T) {
	l := ratelimit.New(limits(1))
	acquire(t, l, ratelimit.Request{})
	var told []ratelimit.Kind
	transport := newTransport(l, func(*http.Request) (*http.Response, error) { return nil, errors.New("was sent") })
	transport.OnDecision = func(_ *http.Request, d ratelimit.Decision) { told = append(told, d.Kind) }
	body := &closed{Reader: strings.NewReader("x")}
	_, err := transport.RoundTrip(httptest.NewRequest(http.MethodPost, "/", body))
	refused(t, err)
	if body.n == 0 {
		t.Error("the request's body is open")
	}
	if diff := cmp.Diff([]ratelimit.Kind{ratelimit.Refused}, told); diff != "" {
		t.Error(diff)
	}
}
