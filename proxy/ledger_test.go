package proxy_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gateway/proxy"
	"gateway/resilience"
)

// ledger counts by the header X-Id what a vendor has done.
type ledger struct {
	mu   sync.Mutex
	done map[string]int
}

func newLedger() *ledger { return &ledger{done: map[string]int{}} }

func (l *ledger) note(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done[id]++
}

// compare returns how many of the callers' ids were done more than once, and how many were told to be done and were not.
func (l *ledger) compare(toldDone map[string]bool) (twice, never int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, told := range toldDone {
		if l.done[id] > 1 {
			twice++
		}
		if told && l.done[id] == 0 {
			never++
		}
	}
	return twice, never
}

// cutting is a vendor on one connection that does what it is asked for as soon as it knows enough, which is mean: at
// the first byte of a body. It cuts the connection at a random phase of a random request.
func (l *ledger) cutting(conn net.Conn) {
	in := bufio.NewReader(conn)
	for range rand.IntN(4) { // some exchanges that go well, so that the connection is one that was used before
		if !l.exchange(conn, in, 1<<20) {
			return
		}
	}
	if rand.IntN(2) == 0 {
		_ = conn.(*net.TCPConn).SetLinger(0) // a reset in place of an end
	}
	if phase := rand.IntN(10); phase > 0 {
		l.exchange(conn, in, (phase-1)*12)
	}
}

// exchange answers one request with at most so many bytes.
func (l *ledger) exchange(conn net.Conn, in *bufio.Reader, most int) bool {
	r, err := http.ReadRequest(in)
	if err != nil {
		return false
	}
	l.note(r.Header.Get("X-Id"))
	if most == 0 {
		return false // with the body unread
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return false
	}
	const text = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nit was done."
	_, err = io.WriteString(conn, text[:min(most, len(text))])
	return err == nil && most >= len(text)
}

// TestNoWriteIsDoneTwice sends requests that must not be repeated to a vendor whose 10,000 connections break at random
// phases (traps 49 and 50). Reads in between, which may be, keep connections and retries busy.
func TestNoWriteIsDoneTwice(t *testing.T) {
	t.Parallel()
	const callers, each = 20, 1000
	vendors := newLedger()
	v := startRawVendor(t, vendors.cutting)
	g := startGateway(t, to(v.URL, func(u *proxy.Upstream) {
		u.Retry = resilience.RetryConfig{Attempts: 10, BudgetMin: new(1e6)}
		u.Breaker.Enabled = new(bool)
	}))
	writes := []struct{ method, path, body, header string }{
		{"POST", "/up/x", "a=1", ""},
		{"POST", "/up/x", strings.Repeat("x", 20_000), ""},
		{"PATCH", "/up/x", "{}", ""},
		{"POST", "/up/x", "", "Idempotency-Key"}, // which this vendor makes nothing of
		{"POST", "/up/x", "a=1", "X-Idempotency-Key"},
		{"GET", "/up/x?_method=delete", "", ""},
		{"PUT", "/up/x", "_method=post", ""},
		{"DELETE", "/up/x", "", "X-Http-Method-Override"},
	}
	told := make([]map[string]bool, callers)
	var all sync.WaitGroup
	for caller := range callers {
		told[caller] = map[string]bool{}
		all.Go(func() {
			for n := range each {
				id := fmt.Sprintf("%d-%d", caller, n)
				w := writes[n%len(writes)]
				told[caller][id] = ledgerCall(t, g, id, w.method, w.path, w.body, w.header)
				if n%5 == 0 {
					ledgerCall(t, g, "read", "GET", "/up/x", "", "")
				}
			}
		})
	}
	all.Wait()
	twice, never, done := 0, 0, 0
	for _, part := range told {
		t2, n0 := vendors.compare(part)
		twice, never = twice+t2, never+n0
		for _, ok := range part {
			if ok {
				done++
			}
		}
	}
	t.Logf("%d writes, %d told to be done, over %d connections", callers*each, done, v.Connections.Load())
	if twice != 0 || never != 0 {
		t.Errorf("%d writes were done twice, %d were told to be done and were not", twice, never)
	}
	if done < each || done == callers*each || v.Connections.Load() < 10_000 {
		t.Errorf("%d of %d were done over %d connections: that tells little", done, callers*each, v.Connections.Load())
	}
}

// ledgerCall sends one request past the sockets of callers, and says whether the vendor is told to have done it.
func ledgerCall(t *testing.T, g *gateway, id, method, path, body, header string) bool {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), http.ServerContextKey, g.Config))
	defer cancel()
	if rand.IntN(20) == 0 {
		time.AfterFunc(time.Duration(rand.IntN(2000))*time.Microsecond, cancel)
	}
	req := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	if body == "" {
		req.Body = http.NoBody
	}
	req.Header.Set("X-Id", id)
	if header != "" {
		req.Header.Set(header, id)
	}
	w := httptest.NewRecorder()
	defer func() { _ = recover() }() // of an answer that was cut, or a caller who left
	g.Config.Handler.ServeHTTP(w, req)
	return w.Code == http.StatusOK && w.Body.String() == "it was done."
}

// failing is a vendor that counts what comes, and answers with a code that may change.
type failing struct {
	code  atomic.Int64
	calls atomic.Int64
}

func (f *failing) serve(conn net.Conn) {
	in := bufio.NewReader(conn)
	for {
		if _, err := http.ReadRequest(in); err != nil {
			return
		}
		f.calls.Add(1)
		if _, err := fmt.Fprintf(conn, "HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n", f.code.Load()); err != nil {
			return
		}
	}
}

// load sends requests at a steady rate for some time, and tells each answer.
func (g *fakeGateway) load(t *testing.T, every, span time.Duration, told func(code int, after time.Duration)) (requests int) {
	t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	for start := time.Now(); time.Since(start) < span; requests++ {
		at := time.Since(start)
		all.Go(func() {
			w := httptest.NewRecorder()
			g.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/up/x", nil))
			mu.Lock()
			defer mu.Unlock()
			told(w.Code, at)
		})
		<-time.After(every)
	}
	all.Wait()
	return requests
}

// TestRetriesDoNotAmplify is trap 48: with a vendor that fails everything at 500 requests a second, attempts are at
// most 1.2 times the requests.
func TestRetriesDoNotAmplify(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &failing{}
		v.code.Store(503)
		g := newFakeGateway(t, to("http://vendor.example", func(u *proxy.Upstream) { u.Breaker.Enabled = new(bool) }), pipeTo(v.serve))
		requests := g.load(t, 2*time.Millisecond, 15*time.Second, func(code int, _ time.Duration) {
			if code != 503 {
				t.Errorf("a caller got %d", code)
			}
		})
		share := float64(v.calls.Load()) / float64(requests)
		t.Logf("%d requests, %d attempts: %.3f", requests, v.calls.Load(), share)
		if share > 1.2 || share < 1.1 {
			t.Errorf("%.3f attempts a request, want up to 1.2", share)
		}
	})
}

// TestOpenBreakerProbesAndRecovers: while the vendor fails it gets at most one request an interval, and when it works
// again, so do callers within an interval and a second.
func TestOpenBreakerProbesAndRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const interval = 10 * time.Second // of open_for, as by default
		v := &failing{}
		v.code.Store(503)
		g := newFakeGateway(t, to("http://vendor.example"), pipeTo(v.serve))
		g.load(t, 2*time.Millisecond, time.Second, func(int, time.Duration) {})
		before := v.calls.Load()
		const intervals = 6
		requests := g.load(t, 10*time.Millisecond, intervals*interval, func(code int, _ time.Duration) {
			if code != 503 {
				t.Errorf("a caller got %d", code)
			}
		})
		if probes := v.calls.Load() - before; probes > intervals || probes < intervals-1 {
			t.Errorf("%d probes in %d intervals with %d requests", probes, intervals, requests)
		}
		if before > 100 {
			t.Errorf("%d requests reached the failing vendor before the breaker opened", before)
		}
		v.code.Store(200)
		var recovered time.Duration
		g.load(t, 10*time.Millisecond, 2*interval, func(code int, at time.Duration) {
			if code != 200 {
				recovered = max(recovered, at)
			}
		})
		if recovered > interval+time.Second {
			t.Errorf("callers were refused for %v after the vendor came back", recovered)
		}
	})
}

// BenchmarkOpenBreaker reports how long callers wait for the problem while the breaker is open.
func BenchmarkOpenBreaker(b *testing.B) {
	url, _ := unsteady(b, "503")
	g := startGateway(b, to(url, touchy))
	g.get(b, "/up/x")
	var waits []time.Duration
	for b.Loop() {
		start := time.Now()
		a := g.get(b, "/up/x")
		waits = append(waits, time.Since(start))
		if a.Header.Get("Retry-After") == "" {
			b.Fatal(a.Status)
		}
		<-g.exchanges
	}
	b.ReportMetric(float64(percentile(waits, 0.99).Microseconds())/1000, "p99-ms")
}

// percentile sorts spans.
func percentile(spans []time.Duration, share float64) time.Duration {
	slices.Sort(spans)
	return spans[int(share*float64(len(spans)-1))]
}
