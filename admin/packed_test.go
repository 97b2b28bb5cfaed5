package admin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gateway/admin"
	"gateway/document"
	"gateway/problem"
	"gateway/proxy"
)

// packing is how long a failure that is kept stays as it came, at most.
const packing = 30 * time.Second

// runRing calls look with a ring whose time is fake, what it observes, and its API.
func runRing(t *testing.T, limits admin.Limits, look func(r *admin.Ring, ask func(path string) string)) {
	synctest.Test(t, func(t *testing.T) {
		r := admin.NewRing(limits, nil, func() string { return "" })
		ctx, stop := context.WithCancel(t.Context())
		go func() { _ = r.Run(ctx) }()
		defer stop()
		cfg := admin.Config{
			Ring: r, Status: func() proxy.Status { return proxy.Status{} }, Ready: func() error { return nil },
			Shadows: func() map[string]string { return nil },
		}
		look(r, func(path string) string { return serve(t, cfg, path) })
	})
}

// everything is a failure with all that one can have.
func everything() proxy.Exchange {
	x := failed(1, "wörds <of> \u2028 all & sundry")
	seconds := int64(7)
	x.Problem.Type, x.Problem.Instance, x.Problem.Docs = "/.gateway/problems/validation-failed", "urn:uuid:1", "https://docs.example/?a=1&b=2"
	x.Problem.RetryAfter, x.Problem.Retryable, x.Problem.Hints = &seconds, true, []string{"Do <this>.", "Or that."}
	x.Problem.Errors = []problem.Violation{{Detail: "wrong", Field: "a.b", Pointer: "#/a/b", Code: "E1"}, {Detail: "also", In: "query", Name: "q"}}
	x.Problem.Extensions = []problem.Extension{{Name: "zeta", Value: "last first"}, {Name: "alpha", Value: map[string]any{"n": 12345678901234567}}}
	x.Err, x.Body, x.ThrottleWait = errors.New("read: it broke"), document.Note("cut"), time.Second
	x.Trace = proxy.Trace{ID: [16]byte{1, 2, 3}}
	x.Answer.Body = []byte("{\"message\":\"\xff\xfe no UTF-8\"}")
	x.Answer.Cut = true
	return x
}

// TestPackedFailuresAreShownAsTheyCame: packing is for memory, and nobody sees it.
func TestPackedFailuresAreShownAsTheyCame(t *testing.T) {
	bare := failed(3, "of the gateway")
	bare.Answer, bare.Problem.Upstream = nil, nil
	runRing(t, admin.Limits{Failures: 100, Bytes: 1 << 20, For: time.Hour, Bodies: true}, func(r *admin.Ring, ask func(string) string) {
		r.Observe(everything())
		r.Observe(failedBatch())
		r.Observe(bare)
		synctest.Wait()
		paths := []string{
			"/api/v1/occurrences?id=request-1", "/api/v1/occurrences?id=vendor/1", "/api/v1/occurrences?id=" + batchInstance(3),
			"/api/v1/occurrences?id=" + batchInstance(99), "/api/v1/occurrences?id=request-3",
		}
		before := make([]string, len(paths))
		for i, path := range paths {
			if before[i] = ask(path); strings.Contains(before[i], "Nothing is kept") {
				t.Fatalf("%s: %s", path, before[i])
			}
		}
		time.Sleep(2 * packing) //nolint:forbidigo // time is fake here
		synctest.Wait()
		for i, path := range paths {
			if after := ask(path); after != before[i] {
				t.Errorf("%s\n%s\nwas\n%s", path, after, before[i])
			}
		}
	})
}

// TestPackedFailuresAreFewPieces: each piece that is kept among garbage keeps a page of the heap.
func TestPackedFailuresAreFewPieces(t *testing.T) {
	const failures = 1000
	runRing(t, admin.Limits{Failures: failures, Bytes: 64 << 20, For: time.Hour, Bodies: true}, func(r *admin.Ring, ask func(string) string) {
		said := func() int64 {
			var s struct{ Kept struct{ Bytes int64 } }
			decode(t, ask("/api/v1/status"), &s)
			return s.Kept.Bytes
		}
		objects, bytes := liveObjects(), liveBytes()
		for n := range failures {
			x := failed(n, letters(n/100)+strings.Repeat("of ", 100))
			x.Answer.Header = http.Header{"Content-Type": {"application/json"}, "Date": {"today"}, "X-Rate-Limit": {fmt.Sprint(n)}}
			r.Observe(x)
			synctest.Wait()
			time.Sleep(time.Millisecond) //nolint:forbidigo // time is fake here
		}
		loose := said()
		time.Sleep(2 * packing) //nolint:forbidigo // time is fake here
		synctest.Wait()
		objects, bytes = liveObjects()-objects, liveBytes()-bytes
		if each := float64(objects) / failures; each > 5 {
			t.Errorf("%.1f pieces for one failure", each)
		}
		if ratio := float64(bytes) / float64(said()); ratio < 0.7 || ratio > 1.3 {
			t.Errorf("%d bytes, and %d are told, after %d", bytes, said(), loose)
		}
		t.Logf("%.1f pieces each, %d bytes each, told %d, loose %d", float64(objects)/failures, bytes/failures, said()/failures, loose/failures)
	})
}

// liveObjects is how many pieces live on the heap.
func liveObjects() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapObjects)
}
