package document_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"gateway/document"
)

// vendorBody gives data, then waits until it is closed, or ends with err if that is set.
type vendorBody struct {
	data   io.Reader
	err    error
	closed chan struct{}
	closes atomic.Int32
}

func newVendorBody(data string, err error) *vendorBody {
	return &vendorBody{data: strings.NewReader(data), err: err, closed: make(chan struct{})}
}

func (b *vendorBody) Read(p []byte) (int, error) {
	n, err := b.data.Read(p)
	if err == nil {
		return n, nil
	}
	if b.err != nil {
		return n, b.err
	}
	<-b.closed
	return 0, errors.New("read on a closed body")
}

func (b *vendorBody) Close() error {
	if b.closes.Add(1) == 1 {
		close(b.closed)
	}
	return nil
}

func TestReadBodyReturnsWhatCame(t *testing.T) {
	limits := document.Limits{EncodedBytes: 10_000}
	long := strings.Repeat("x", 10_000)
	for name, test := range map[string]struct {
		body   string
		err    error
		length int64
		want   string
		cut    bool
	}{
		"empty":                        {"", io.EOF, 0, "", false},
		"short, length known":          {"abc", io.EOF, 3, "abc", false},
		"short, length unknown":        {"abc", io.EOF, -1, "abc", false},
		"shorter than said":            {"abc", io.EOF, 4, "abc", true},
		"longer than said":             {"abc", io.EOF, 2, "abc", false},
		"connection broken":            {"abc", io.ErrUnexpectedEOF, -1, "abc", true},
		"connection broken at once":    {"", errors.New("reset"), -1, "", true},
		"exactly the limit":            {long, io.EOF, -1, long, false},
		"exactly the limit, as said":   {long, io.EOF, 10_000, long, false},
		"one over the limit":           {long + "x", io.EOF, -1, long, true},
		"far over the limit":           {strings.Repeat(long, 100), io.EOF, -1, long, true},
		"broken at the limit":          {long, io.ErrUnexpectedEOF, -1, long, true},
		"says more than anybody sends": {"abc", io.EOF, 1 << 62, "abc", true},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, wrap := range map[string]func(io.Reader) io.Reader{
				"as it comes": func(r io.Reader) io.Reader { return r },
				"by the byte": iotest.OneByteReader,
				"end with it": iotest.DataErrReader,
			} {
				body := newVendorBody("", test.err)
				body.data = wrap(strings.NewReader(test.body))
				raw, cut := limits.ReadBody(t.Context(), body, test.length)
				if string(raw) != test.want || cut != test.cut || body.closes.Load() != 1 {
					t.Errorf("%s: %d bytes, cut %t, closed %d times", kind, len(raw), cut, body.closes.Load())
				}
			}
		})
	}
}

func TestReadBodyAbandonsAStalledVendor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		raw, cut := document.Limits{Time: 2 * time.Second}.ReadBody(t.Context(), newVendorBody("begin", nil), -1)
		if took := time.Since(start); string(raw) != "begin" || !cut || took != 2*time.Second {
			t.Errorf("%q, cut %t, after %v", raw, cut, took)
		}
	})
}

func TestReadBodyAbandonsAVendorThatDrips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := newVendorBody("", nil)
		body.data = dripping{}
		start := time.Now()
		raw, cut := document.Limits{Time: 2 * time.Second}.ReadBody(t.Context(), stopped{body}, -1)
		if took := time.Since(start); len(raw) != 7 || !cut || took > 2100*time.Millisecond {
			t.Errorf("%d bytes, cut %t, after %v", len(raw), cut, took)
		}
	})
}

// dripping gives a byte every 300 ms.
type dripping struct{}

func (dripping) Read(p []byte) (int, error) {
	<-time.After(300 * time.Millisecond)
	p[0] = 'x'
	return 1, nil
}

// stopped fails every Read after Close.
type stopped struct{ *vendorBody }

func (s stopped) Read(p []byte) (int, error) {
	n, err := s.vendorBody.Read(p)
	select {
	case <-s.closed:
		return n, errors.New("closed")
	default:
		return n, err
	}
}

func TestReadBodyDoesNotDrainForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		body := newVendorBody(strings.Repeat("x", 200), nil)
		raw, cut := document.Limits{EncodedBytes: 100, Time: time.Hour}.ReadBody(t.Context(), body, -1)
		if took := time.Since(start); len(raw) != 100 || !cut || took > 100*time.Millisecond {
			t.Errorf("%d bytes, cut %t, after %v", len(raw), cut, took)
		}
	})
}

func TestReadBodyEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		raw, cut := document.DefaultLimits().ReadBody(ctx, newVendorBody("begin", nil), -1)
		if took := time.Since(start); string(raw) != "begin" || !cut || took != time.Second {
			t.Errorf("%q, cut %t, after %v", raw, cut, took)
		}
	})
}

// hereBody says that it has come as a whole. It is read only when whoever would close it has done so.
type hereBody struct{ *vendorBody }

func (hereBody) IsHere() bool { return true }

func (b hereBody) Read(p []byte) (int, error) {
	synctest.Wait() // for who closes it
	if b.closes.Load() > 0 {
		return 0, errors.New("read on a closed body")
	}
	return b.vendorBody.Read(p)
}

// A body that has come is read although the caller has left: there is nothing to break off.
func TestReadBodyWatchesNothingThatHasCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		body := newVendorBody("whole", io.EOF)
		raw, cut := document.DefaultLimits().ReadBody(ctx, hereBody{body}, 5)
		if string(raw) != "whole" || cut || body.closes.Load() != 1 {
			t.Errorf("%q, cut %t, closed %d times", raw, cut, body.closes.Load())
		}
	})
}

func TestReadBodyOfHeadIsNotCut(t *testing.T) {
	if raw, cut := document.DefaultLimits().ReadBody(t.Context(), http.NoBody, 1234); len(raw) != 0 || cut {
		t.Errorf("%q, cut %t", raw, cut)
	}
}

func TestReadBodyEndsIfNothingComes(t *testing.T) {
	raw, cut := document.DefaultLimits().ReadBody(t.Context(), io.NopCloser(idle{}), -1)
	if len(raw) != 0 || !cut {
		t.Errorf("%q, cut %t", raw, cut)
	}
}

// idle gives neither bytes nor an error.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestBudgetLeavesABodyWholeThatItCannotHold(t *testing.T) {
	budget := document.NewBudget(64 << 10)
	whole := strings.Repeat("0123456789", 10_000)
	body := newVendorBody(whole, io.EOF)
	raw, cut, ok := budget.ReadBody(t.Context(), document.DefaultLimits(), body, -1)
	if ok || cut || body.closes.Load() != 0 || budget.HeldBytes() != 0 {
		t.Fatalf("ok %t, cut %t, closed %d times, %d bytes held", ok, cut, body.closes.Load(), budget.HeldBytes())
	}
	passed, err := io.ReadAll(io.MultiReader(bytes.NewReader(raw), body))
	if string(passed) != whole || err != nil {
		t.Errorf("%d bytes of %d, %v", len(passed), len(whole), err)
	}
}

func TestBudgetHoldsWhatWasReadUntilItIsGivenBack(t *testing.T) {
	budget := document.NewBudget(1 << 20)
	var held [][]byte
	for {
		body := newVendorBody(strings.Repeat("x", 100_000), io.EOF)
		raw, cut, ok := budget.ReadBody(t.Context(), document.DefaultLimits(), body, 100_000)
		if !ok {
			break
		}
		if len(raw) != 100_000 || cut {
			t.Fatalf("%d bytes, cut %t", len(raw), cut)
		}
		held = append(held, raw)
	}
	if len(held) < 4 || budget.HeldBytes() > 1<<20 || budget.HeldBytes() < int64(len(held)*100_000) {
		t.Errorf("%d bodies in %d bytes", len(held), budget.HeldBytes())
	}
	for _, raw := range held {
		budget.Give(int64(cap(raw)))
	}
	if budget.HeldBytes() != 0 {
		t.Errorf("%d bytes stay", budget.HeldBytes())
	}
}

func TestBudgetCanBeSharedWithOthers(t *testing.T) {
	budget := document.NewBudget(100)
	if !budget.Take(60) || budget.Take(41) || !budget.Take(40) || budget.Take(1) {
		t.Error("takes more or less than there is")
	}
	budget.Give(100)
	if budget.HeldBytes() != 0 {
		t.Errorf("%d bytes stay", budget.HeldBytes())
	}
	unbounded := document.NewBudget(0)
	if !unbounded.Take(1<<62) || unbounded.HeldBytes() != 0 {
		t.Error("no bound means no bound")
	}
	unbounded.Give(1 << 62)
}

func TestStalledVendorOnTheWire(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go answerAndStall(l)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	for _, head := range []string{"content-length", "chunked"} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String()+"/"+head, nil)
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		raw, cut := document.Limits{Time: 200 * time.Millisecond}.ReadBody(t.Context(), resp.Body, resp.ContentLength)
		if took := time.Since(start); string(raw) != "begin" || !cut || took > patience {
			t.Errorf("%s: %q, cut %t, after %v", head, raw, cut, took)
		}
	}
}

// answerAndStall sends the beginning of a body and then nothing, until the other side closes.
func answerAndStall(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		buf := make([]byte, 4<<10)
		n, _ := conn.Read(buf)
		if bytes.Contains(buf[:n], []byte("/chunked")) {
			_, _ = io.WriteString(conn, "HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n")
		} else {
			_, _ = io.WriteString(conn, "HTTP/1.1 500 x\r\nContent-Length: 100\r\n\r\nbegin")
		}
		_, _ = conn.Read(buf)
		_ = conn.Close()
	}
}

func TestConnectionIsUsedAgainAfterALongError(t *testing.T) {
	var connections atomic.Int32
	vendor := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write(bytes.Repeat([]byte("x"), 200_000))
	}))
	vendor.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	vendor.Start()
	defer vendor.Close()
	for range 20 {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, vendor.URL, nil)
		resp, err := vendor.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		raw, cut := document.Limits{EncodedBytes: 16 << 10}.ReadBody(t.Context(), resp.Body, resp.ContentLength)
		if len(raw) != 16<<10 || !cut {
			t.Fatalf("%d bytes, cut %t", len(raw), cut)
		}
	}
	if n := connections.Load(); n > 2 { // a slow machine may miss the time to drain once
		t.Errorf("%d connections for 20 answers", n)
	}
}
