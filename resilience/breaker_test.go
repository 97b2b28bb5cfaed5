package resilience_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gateway/resilience"
)

// breaker is a stage over a vendor whose next answers are the codes it is given; 499 is a caller who left.
type breaker struct {
	*resilience.Breaker
	code  int
	calls int
}

func newBreaker(c resilience.BreakerConfig) *breaker {
	b := &breaker{code: 200}
	b.Breaker = &resilience.Breaker{
		Circuit: resilience.NewCircuit(c),
		Next: roundTripper(func(*http.Request) (*http.Response, error) {
			b.calls++
			if b.code == 499 {
				return nil, context.Canceled
			}
			return &http.Response{StatusCode: b.code, Body: http.NoBody}, nil
		}),
		Counts: func(_ *http.Request, resp *http.Response, err error) resilience.Fact {
			switch {
			case err != nil:
				return resilience.Nothing
			case resp.StatusCode == 404:
				return resilience.Answers
			case resp.StatusCode >= 500:
				return resilience.Fails
			}
			return resilience.Works
		},
	}
	return b
}

func (b *breaker) send(code, times int) error {
	b.code = code
	var last error
	for range times {
		resp, err := b.RoundTrip(&http.Request{})
		if last = err; err == nil {
			resp.Body.Close()
		}
	}
	return last
}

func (b *breaker) state() string { return b.Circuit.Status().State }

func TestBreakerOpensByShareOfFailures(t *testing.T) {
	type sends []struct{ code, times int }
	for name, tc := range map[string]struct {
		config resilience.BreakerConfig
		sends  sends
		state  string
	}{
		"all fail":                               {resilience.BreakerConfig{}, sends{{503, 20}}, "open"},
		"all fail, too few":                      {resilience.BreakerConfig{}, sends{{503, 19}}, "closed"},
		"half of them":                           {resilience.BreakerConfig{}, sends{{200, 10}, {503, 10}}, "open"},
		"less than half":                         {resilience.BreakerConfig{}, sends{{200, 11}, {503, 10}}, "closed"},
		"what says nothing":                      {resilience.BreakerConfig{}, sends{{499, 500}, {404, 500}}, "closed"},
		"failures behind callers' faults":        {resilience.BreakerConfig{}, sends{{404, 500}, {503, 20}}, "open"},
		"as configured":                          {resilience.BreakerConfig{FailureRatio: 0.1, MinRequests: 5}, sends{{200, 4}, {503, 1}}, "open"},
		"never, if a single success is too much": {resilience.BreakerConfig{FailureRatio: 1}, sends{{200, 1}, {503, 500}}, "closed"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBreaker(tc.config)
				for _, s := range tc.sends {
					b.send(s.code, s.times)
				}
				if got := b.state(); got != tc.state {
					t.Errorf("%s, want %s", got, tc.state)
				}
			})
		})
	}
}

func TestBreakerForgetsWhatIsOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(resilience.BreakerConfig{})
		b.send(503, 19)
		<-time.After(11 * time.Second)
		b.send(503, 19)
		if got := b.state(); got != "closed" {
			t.Errorf("%s after 19 failures in each of two windows", got)
		}
	})
}

// hang sends requests that get a code after some time, and returns what waits for them.
func (b *breaker) hang(code, times int, span time.Duration) (wait func()) {
	good := b.Next
	b.Next = roundTripper(func(*http.Request) (*http.Response, error) {
		<-time.After(span)
		return &http.Response{StatusCode: code, Body: http.NoBody}, nil
	})
	var all sync.WaitGroup
	for range times {
		all.Go(func() {
			if resp, err := b.RoundTrip(&http.Request{}); err == nil {
				resp.Body.Close()
			}
		})
	}
	synctest.Wait()
	b.Next = good
	return all.Wait
}

// TestAVendorThatHangsOpensTheBreaker although each request takes longer than the window that failures are counted over.
func TestAVendorThatHangsOpensTheBreaker(t *testing.T) {
	for _, span := range []time.Duration{500 * time.Millisecond, 5 * time.Second, 30 * time.Second, 10 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			b := newBreaker(resilience.BreakerConfig{})
			b.hang(503, 20, span)()
			if got := b.state(); got != "open" {
				t.Errorf("%s after 20 requests that failed after %v", got, span)
			}
		})
	}
}

// TestOldFailuresDoNotOpenTheBreakerAgain where they began before it opened and end after the vendor came back.
func TestOldFailuresDoNotOpenTheBreakerAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(resilience.BreakerConfig{})
		wait := b.hang(503, 100, 30*time.Second)
		b.send(503, 20)
		<-time.After(11 * time.Second)
		b.send(200, 1)
		if got := b.state(); got != "closed" {
			t.Fatalf("%s after a good probe", got)
		}
		wait()
		if got := b.state(); got != "closed" {
			t.Errorf("%s after failures that are over", got)
		}
	})
}

func TestOpenBreakerTellsWhyAndUntilWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(resilience.BreakerConfig{})
		b.send(503, 20)
		opened := time.Now()
		<-time.After(3 * time.Second)
		err := b.send(200, 1)
		refusal, ok := errors.AsType[*resilience.OpenError](err)
		if !ok {
			t.Fatal(err)
		}
		want := &resilience.OpenError{RetryAfter: 7 * time.Second, Since: opened, Reason: "20 of its last 20 answers were failures"}
		if diff := cmp.Diff(want, refusal); diff != "" {
			t.Error(diff)
		}
		if b.calls != 20 || !strings.Contains(err.Error(), want.Reason) {
			t.Errorf("%d calls reached the vendor; %v", b.calls, err)
		}
	})
}

func TestBreakerProbesOnceAnInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(resilience.BreakerConfig{OpenFor: 5 * time.Second})
		b.send(503, 20)
		start := time.Now()
		for range 600 { // a minute of ten requests a second
			<-time.After(100 * time.Millisecond)
			b.send(503, 1)
		}
		if probes := b.calls - 20; probes < 11 || probes > 12 {
			t.Errorf("%d probes in %v, want one in 5s", probes, time.Since(start))
		}
		b.code = 200
		for b.state() != "closed" {
			<-time.After(100 * time.Millisecond)
			b.send(200, 1)
			if time.Since(start) > 66*time.Second {
				t.Fatal("no recovery within an interval and a second")
			}
		}
	})
}

func TestHalfOpenBreakerLetsOneThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(resilience.BreakerConfig{})
		b.send(503, 20)
		<-time.After(10*time.Second + time.Millisecond)
		started, finish := make(chan struct{}), make(chan struct{})
		b.Next = roundTripper(func(*http.Request) (*http.Response, error) {
			close(started)
			<-finish
			return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
		})
		go b.RoundTrip(&http.Request{})
		<-started
		if err, ok := errors.AsType[*resilience.OpenError](b.send(200, 1)); !ok || err.RetryAfter != time.Second {
			t.Errorf("a second request beside the probe got %v", err)
		}
		if got := b.state(); got != "half-open" {
			t.Errorf("%s while the probe is under way", got)
		}
		close(finish)
		synctest.Wait()
		if got := b.state(); got != "closed" {
			t.Errorf("%s after a good probe", got)
		}
	})
}

// TestAProbeThatHangsIsOvertaken so that recovery takes no longer than an interval and a second, however long a deadline is,
// and still at most one probe an interval is sent.
func TestAProbeThatHangsIsOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(resilience.BreakerConfig{OpenFor: 5 * time.Second})
		b.send(503, 20)
		works := b.Next
		var probes int
		b.Next = roundTripper(func(*http.Request) (*http.Response, error) {
			probes++
			<-time.After(2 * time.Minute)
			return &http.Response{StatusCode: 503, Body: http.NoBody}, nil
		})
		var all sync.WaitGroup
		ask := func() { all.Go(func() { _, _ = b.RoundTrip(&http.Request{}) }) }
		for range 600 { // a minute
			<-time.After(100 * time.Millisecond)
			ask()
			synctest.Wait()
		}
		if probes < 10 || probes > 12 {
			t.Errorf("%d probes in a minute, want one in 5s", probes)
		}
		b.Next, b.code = works, 200
		for back := time.Now(); b.state() != "closed"; <-time.After(100 * time.Millisecond) {
			if time.Since(back) > 6*time.Second {
				t.Fatalf("%s after %v", b.state(), time.Since(back))
			}
			ask()
			synctest.Wait()
		}
		all.Wait()
		if got := b.state(); got != "closed" {
			t.Errorf("%s after the probes that hung have failed at last", got)
		}
	})
}

// TestAProbeIsGoodIfTheVendorAnswers lets a vendor back in whose first request happens to be a caller's mistake, and
// learns nothing of one that its caller broke off.
func TestAProbeIsGoodIfTheVendorAnswers(t *testing.T) {
	for code, want := range map[int]string{200: "closed", 404: "closed", 503: "open", 499: "half-open"} {
		synctest.Test(t, func(t *testing.T) {
			b := newBreaker(resilience.BreakerConfig{})
			b.send(503, 20)
			<-time.After(10*time.Second + time.Millisecond)
			b.send(code, 1)
			if got := b.state(); got != want {
				t.Errorf("%s after a probe that got %d, want %s", got, code, want)
			}
		})
	}
}

func TestBreakerGivesAPanickingProbeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(resilience.BreakerConfig{})
		b.send(503, 20)
		<-time.After(10*time.Second + time.Millisecond)
		good := b.Next
		b.Next = roundTripper(func(*http.Request) (*http.Response, error) { panic(http.ErrAbortHandler) })
		func() {
			defer func() { _ = recover() }()
			b.send(200, 1)
		}()
		b.Next = good
		if err := b.send(200, 1); err != nil || b.state() != "closed" {
			t.Errorf("%v and %s after a probe that panicked", err, b.state())
		}
	})
}

func TestCircuitOutlivesAReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(resilience.BreakerConfig{})
		b.send(503, 20)
		b.Circuit.Configure(resilience.BreakerConfig{MinRequests: 50})
		if got := b.state(); got != "open" {
			t.Errorf("%s after a change of min_requests", got)
		}
		b.Circuit.Configure(resilience.BreakerConfig{OpenFor: time.Second})
		if got := b.state(); got != "closed" {
			t.Errorf("%s after a change of open_for, which starts anew", got)
		}
	})
}

func TestWhatSaysNothingNeverOpensTheBreaker(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		with := newBreaker(resilience.BreakerConfig{})
		without := newBreaker(resilience.BreakerConfig{})
		for _, code := range rapid.SliceOfN(rapid.SampledFrom([]int{200, 503, 499, 404}), 0, 60).Draw(t, "codes") {
			with.send(code, 1)
			if code == 200 || code == 503 {
				without.send(code, 1)
			}
		}
		if with.state() != without.state() {
			t.Fatalf("%s with the callers' faults, %s without", with.state(), without.state())
		}
	})
}
