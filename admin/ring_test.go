package admin_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
	"weak"

	"gateway/admin"
	"gateway/problem"
	"gateway/proxy"
)

// The hot path waits for nothing, whoever keeps the failures.
func TestObservingNeverWaits(t *testing.T) {
	r := admin.NewRing(admin.Limits{Failures: 10, Bytes: 1 << 20, For: time.Hour}, nil, func() string { return "" })
	for n := range 10_000 { // nobody runs it
		r.Observe(failed(n, "words"))
	}
}

func TestWhatComesTooFastIsCounted(t *testing.T) {
	l := listen(t, func(c *admin.Config) {
		c.Ring = admin.NewRing(admin.Limits{Failures: 10, Bytes: 1 << 20, For: time.Hour}, nil, func() string { return "" })
	})
	for n := range 1000 {
		l.ring.Observe(failed(n, "words"))
	}
	kept := l.get(t, "/api/v1/status", nil)["kept"].(map[string]any)
	if lost := kept["lost"].(float64); lost < 500 || lost >= 1000 {
		t.Errorf("%v of 1000 are told as lost", lost)
	}
}

func TestTheRingIsBoundedByCountAndBytes(t *testing.T) {
	for name, c := range map[string]struct {
		limits admin.Limits
		most   float64
	}{
		"count": {admin.Limits{Failures: 7, Bodies: true}, 7},
		"bytes": {admin.Limits{Bytes: 100 << 10, Bodies: true}, 9},
	} {
		t.Run(name, func(t *testing.T) {
			l := listen(t, func(cfg *admin.Config) { cfg.Ring = newRing(t, c.limits) })
			for n := range 40 {
				x := failed(n, fmt.Sprintf("words of kind %c", 'a'+n%26))
				x.Answer.Body = []byte(strings.Repeat("b", 10<<10))
				l.ring.Observe(x)
				if n%20 == 19 { // let it keep up
					l.untilFound(t, x.RequestID)
				}
			}
			kept := l.get(t, "/api/v1/status", nil)["kept"].(map[string]any)
			if kept["occurrences"].(float64) > c.most || kept["occurrences"].(float64) < 5 {
				t.Errorf("%v are kept", kept)
			}
			if len(l.find(t, "request-39")) != 1 {
				t.Error("the newest is gone")
			}
			if list := l.groups(t, ""); list.Total != 26 {
				t.Errorf("%d groups; they outlive their occurrences", list.Total)
			}
		})
	}
}

func (l *listener) untilFound(t *testing.T, id string) {
	t.Helper()
	until(t, id, func() bool { return len(l.find(t, id)) > 0 })
}

// One failure that happens all the time must not push out the rare ones.
func TestANoisyGroupLeavesRoomForTheRest(t *testing.T) {
	l := listen(t, func(c *admin.Config) { c.Ring = newRing(t, admin.Limits{Failures: 200}) })
	rare := failed(0, "rare")
	l.ring.Observe(rare)
	for n := range 1000 {
		l.ring.Observe(failed(n+1, "noise"))
		if n%100 == 99 {
			l.untilFound(t, fmt.Sprint("request-", n+1))
		}
	}
	if len(l.find(t, "request-0")) != 1 {
		t.Error("the rare one is gone")
	}
}

// Vendors' words are strangers' words: as many kinds as they like fill no memory.
func TestGroupsAreBounded(t *testing.T) {
	l := listen(t, nil)
	const kinds = 10_200
	for n := range kinds {
		x := failed(n, "words "+letters(n))
		l.ring.Observe(x)
		if n%200 == 199 { // let it keep up
			l.untilFound(t, x.RequestID)
		}
	}
	if list := l.groups(t, ""); list.Total != 10_000 {
		t.Errorf("%d groups", list.Total)
	}
	if list := l.groups(t, "q=words+"+letters(kinds-1)); list.Total != 1 {
		t.Error("the newest kind is gone")
	}
	if list := l.groups(t, "q=words+"+letters(0)); list.Total != 0 {
		t.Error("the oldest kind is still there")
	}
}

// TestFailuresKeepNoHeadAlive: the caller's has credentials in it.
func TestFailuresKeepNoHeadAlive(t *testing.T) {
	l := listen(t, func(*admin.Config) {})
	head := strings.Repeat("X-Vendor: value of it; ", 100)
	there := weak.Make(unsafe.StringData(head))
	failure := failed(1, "words")
	failure.Method, failure.Host, failure.Path, failure.Target = head[:3], head[3:9], head[9:20], head[9:21]
	failure.Answer.Method, failure.Answer.Path, failure.Answer.Header = head[:3], head[9:20], http.Header{head[:8]: {head[10:15]}}
	failure.Answer.RequestHeader = http.Header{"Accept": {head[10:15]}}
	l.ring.Observe(failure)
	l.untilFound(t, "request-1")
	failure, head = proxy.Exchange{}, ""
	runtime.GC()
	if there.Value() != nil {
		t.Error("the whole head is still in memory")
	}
}

// TestFailuresWeighWhatTheyTake: Limits.Bytes would bound nothing otherwise.
func TestFailuresWeighWhatTheyTake(t *testing.T) {
	const failures = 1000
	for name, words := range map[string]string{"short": "no", "long": strings.Repeat("of ", 300)} {
		t.Run(name, func(t *testing.T) {
			l := listen(t, func(c *admin.Config) { c.Ring = newRing(t, admin.Limits{Failures: 2 * failures, Bodies: true}) })
			l.observe(t, 1, failed(0, "first"))
			before, said := liveBytes(), l.keptBytes(t)
			for n := range failures {
				x := failed(n+1, letters(n/100)+words)
				l.ring.Observe(x)
				if n%200 == 199 { // let it keep up
					l.untilFound(t, x.RequestID)
				}
			}
			took := float64(liveBytes() - before)
			said = l.keptBytes(t) - said
			if ratio := took / said; ratio < 0.7 || ratio > 1.3 {
				t.Errorf("%.0f bytes for %.0f, %.2f of them, %.0f each", took, said, ratio, took/failures)
			}
		})
	}
}

// keptBytes is how much the ring says that it keeps.
func (l *listener) keptBytes(t *testing.T) float64 {
	t.Helper()
	return l.get(t, "/api/v1/status", nil)["kept"].(map[string]any)["bytes"].(float64)
}

// liveBytes is how much lives on the heap.
func liveBytes() int64 {
	runtime.GC()
	runtime.GC() // what the first one found in pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A group outlives its occurrences, and must not keep what their answers were read from.
func TestGroupsKeepNoAnswerAlive(t *testing.T) {
	l := listen(t, func(c *admin.Config) { c.Ring = newRing(t, admin.Limits{Failures: 1}) })
	answer := strings.Repeat("the words of an answer that is let go; ", 1000)
	there := weak.Make(unsafe.StringData(answer))
	first := failed(1, answer[:40])
	first.Problem.Upstream.Code = answer[4:9]
	l.ring.Observe(first)
	l.untilFound(t, "request-1")
	l.ring.Observe(failed(2, "others"))
	l.untilFound(t, "request-2")
	first, answer = proxy.Exchange{}, ""
	runtime.GC()
	if there.Value() != nil {
		t.Error("the whole answer is still in memory")
	}
	if list := l.groups(t, "q=the+words+of"); list.Total != 1 || list.Groups[0].Code != "words" {
		t.Errorf("the group is %+v", list)
	}
}

// letters writes n without digits, which a template would blank, and so that none begins another.
func letters(n int) string {
	var b strings.Builder
	for range 4 {
		b.WriteByte('a' + byte(n%26))
		n /= 26
	}
	return b.String()
}

func TestOldFailuresAreLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := admin.NewRing(admin.Limits{Failures: 10, Bytes: 1 << 20, For: time.Hour}, nil, func() string { return "" })
		ctx, stop := context.WithCancel(t.Context())
		go func() { _ = r.Run(ctx) }()
		defer stop()
		r.Observe(failed(1, "old"))
		time.Sleep(40 * time.Minute) //nolint:forbidigo // time is fake here
		r.Observe(failed(2, "new"))
		time.Sleep(21 * time.Minute) //nolint:forbidigo // time is fake here
		synctest.Wait()
		cfg := admin.Config{Ring: r, Status: func() proxy.Status { return proxy.Status{} }, Ready: func() error { return nil }, Shadows: func() map[string]string { return nil }}
		if got := serve(t, cfg, "/api/v1/failures"); strings.Contains(got, "old") || !strings.Contains(got, "new") {
			t.Errorf("after an hour: %s", got)
		}
		if got := serve(t, cfg, "/api/v1/occurrences?id=request-1"); !strings.Contains(got, "Nothing is kept") {
			t.Errorf("after an hour: %s", got)
		}
	})
}

func TestRatesAreThoseOfTheLastMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := admin.NewRing(admin.Limits{Failures: 10, Bytes: 1 << 20, For: time.Hour}, nil, func() string { return "" })
		status := func() proxy.Status {
			return proxy.Status{Upstreams: map[string]proxy.UpstreamStatus{"akeneo": {}}}
		}
		cfg := admin.Config{Ring: r, Status: status, Ready: func() error { return nil }, Shadows: func() map[string]string { return nil }}
		rates := func() admin.Rates {
			var s admin.Status
			decode(t, serve(t, cfg, "/api/v1/status"), &s)
			return s.Upstreams["akeneo"].Rates
		}
		sum := func(counts []int64) (n int64) {
			for _, c := range counts {
				n += c
			}
			return n
		}
		ok := proxy.Exchange{Upstream: "akeneo", Code: 200}
		for range 60 {
			ok.Start = time.Now()
			r.Observe(ok)
			r.Observe(failed(1, "words"))
			time.Sleep(10 * time.Second) //nolint:forbidigo // time is fake here
		}
		got := rates()
		if n := sum(got.Classes["2xx"]); n != 60 || sum(got.Classes["4xx"]) != 60 || sum(got.Classes["5xx"]) != 0 {
			t.Errorf("after ten minutes: %+v", got.Classes)
		}
		if n := got.Recent; n.Requests < 58 || n.Requests > 60 || n.Problems*2 != n.Requests || n.Types[problem.ValidationFailed] != n.Problems ||
			n.Faults[problem.FaultCaller] != n.Problems || n.Codes[200] != n.Problems || n.Codes[422] != n.Problems {
			t.Errorf("five minutes of it: %+v", n)
		}
		time.Sleep(10 * time.Minute) //nolint:forbidigo // time is fake here
		if got = rates(); sum(got.Classes["2xx"]) < 29 || sum(got.Classes["2xx"]) > 31 || got.Recent.Requests != 0 {
			t.Errorf("ten minutes later: %+v", got)
		}
		time.Sleep(time.Hour) //nolint:forbidigo // time is fake here
		if got = rates(); sum(got.Classes["2xx"])+sum(got.Classes["4xx"]) != 0 {
			t.Errorf("an hour later: %+v", got.Classes)
		}
	})
}

// All observers together may take 2 µs of an exchange; this is the page's part.
func BenchmarkObserve(b *testing.B) {
	ok := proxy.Exchange{Upstream: "akeneo", Code: 200, Start: time.Now(), Duration: time.Millisecond}
	for name, x := range map[string]proxy.Exchange{"success": ok, "problem": failed(1, "The value 'x' of attribute 7 is wrong")} {
		b.Run(name, func(b *testing.B) {
			r := admin.NewRing(admin.Limits{Failures: 5000, Bytes: 32 << 20, For: time.Hour, Bodies: true}, nil, func() string { return "" })
			ctx, stop := context.WithCancel(b.Context())
			defer stop()
			go func() { _ = r.Run(ctx) }()
			b.ReportAllocs()
			for b.Loop() {
				r.Observe(x)
			}
		})
	}
}
