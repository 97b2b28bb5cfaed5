package resilience_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gateway/resilience"
)

// roundTripper is a func as a stage.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// vendor answers with the codes in turn, the last again and again; code 0 is a broken connection, -1 one that was never made.
type vendor struct {
	codes  []int
	bodies []string
	times  []time.Time
}

var (
	errBroken  = errors.New("connection reset")
	errRefused = errors.New("connection refused")
)

func (v *vendor) RoundTrip(req *http.Request) (*http.Response, error) {
	code := v.codes[min(len(v.times), len(v.codes)-1)]
	v.times = append(v.times, time.Now())
	if code == -1 {
		return nil, errRefused
	}
	if req.Body != nil {
		body, _ := io.ReadAll(req.Body)
		req.Body.Close()
		v.bodies = append(v.bodies, string(body))
	}
	if code == 0 {
		return nil, errBroken
	}
	return &http.Response{StatusCode: code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("answer"))}, nil
}

// retry is a stage that tries again whatever is not below 500.
func retry(next http.RoundTripper) *resilience.Retry {
	return &resilience.Retry{
		Next: next, Budget: resilience.NewBudget(resilience.RetryConfig{}),
		Unsent: func(err error) bool { return errors.Is(err, errRefused) },
		Should: func(_ *http.Request, resp *http.Response, err error) resilience.Verdict {
			return resilience.Verdict{Again: err != nil || resp.StatusCode >= 500, Reason: "broken"}
		},
	}
}

func request(t *testing.T, method, target, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.GetBody = nil // as on a server's side
	if body == "" {
		req.Body = http.NoBody
	}
	return req
}

func TestRetryOnlyWhatDoesNoHarm(t *testing.T) {
	const url = "http://vendor/companies/10"
	large := strings.Repeat("x", resilience.MaxReplayBytes+1)
	for name, tc := range map[string]struct {
		method, url, body string
		header            http.Header
		first             int // what the vendor does at first
		attempts          int
	}{
		"GET, 503":                       {"GET", url, "", nil, 503, 2},
		"GET, broken connection":         {"GET", url, "", nil, 0, 2},
		"PUT with a body, 503":           {"PUT", url, "{}", nil, 503, 2},
		"DELETE, 503":                    {"DELETE", url, "", nil, 503, 2},
		"POST, 503":                      {"POST", url, "{}", nil, 503, 1},
		"POST, broken connection":        {"POST", url, "{}", nil, 0, 1},
		"POST, no connection":            {"POST", url, "{}", nil, -1, 2},
		"PATCH, 503":                     {"PATCH", url, "{}", nil, 503, 1},
		"POST with an honoured key":      {"POST", url, "{}", http.Header{"Idempotency-Key": {"honoured"}}, 503, 2},
		"POST with another key":          {"POST", url, "{}", http.Header{"Idempotency-Key": {"ignored"}}, 503, 1},
		"GET that deletes":               {"GET", url + "?_method=delete", "", nil, 503, 1},
		"GET that deletes, coded":        {"GET", url + "?a=1&%5FMETHOD=delete", "", nil, 0, 1},
		"GET that deletes, never sent":   {"GET", url + "?_method=delete", "", nil, -1, 2},
		"PUT that is a POST by its JSON": {"PUT", url, `{"_method":"post"}`, nil, 503, 1},
		"PUT that is a POST by its form": {"PUT", url, `a=1&_method=post`, nil, 503, 1},
		"PUT of a payment_method":        {"PUT", url, `payment_method=card`, nil, 503, 2},
		"GET with an override header":    {"GET", url, "", http.Header{"X-Http-Method-Override": {"DELETE"}}, 503, 1},
		"PUT, large":                     {"PUT", url, large, nil, 503, 1},
		"PUT, large, no connection":      {"PUT", url, large, nil, -1, 2},
		"PUT at the limit":               {"PUT", url, large[1:], nil, 503, 2},
		"GET, 404":                       {"GET", url, "", nil, 404, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := &vendor{codes: []int{tc.first, 200}}
				stage := retry(v)
				stage.Safe = func(r *http.Request) bool { return r.Header.Get("Idempotency-Key") == "honoured" }
				req := request(t, tc.method, tc.url, tc.body)
				if tc.header != nil {
					req.Header = tc.header
				}
				resp, err := stage.RoundTrip(req)
				if err == nil {
					resp.Body.Close()
				}
				if len(v.times) != tc.attempts {
					t.Errorf("%d attempts, want %d (%v)", len(v.times), tc.attempts, err)
				}
				for _, body := range v.bodies {
					if body != tc.body {
						t.Errorf("an attempt had the body %.20q, want %.20q", body, tc.body)
					}
				}
			})
		})
	}
}

func TestRetryReturnsTheLastAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{codes: []int{500, 502, 503}}
		stage := retry(v)
		var reasons []string
		stage.OnRetry = func(_ *http.Request, reason string) { reasons = append(reasons, reason) }
		resp, err := stage.RoundTrip(request(t, "GET", "http://vendor/", ""))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if body, _ := io.ReadAll(resp.Body); resp.StatusCode != 503 || string(body) != "answer" {
			t.Errorf("got %d %q", resp.StatusCode, body)
		}
		if diff := cmp.Diff([]string{"broken", "broken"}, reasons); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRetryWaits(t *testing.T) {
	for name, tc := range map[string]struct {
		verdict  resilience.Verdict
		deadline time.Duration
		attempts int
		from, to time.Duration // the first pause
	}{
		"by itself":                      {resilience.Verdict{Again: true}, time.Hour, 3, 0, 100 * time.Millisecond},
		"as the vendor says":             {resilience.Verdict{Again: true, HasAfter: true, After: 2 * time.Second}, time.Hour, 3, 2 * time.Second, 2100 * time.Millisecond},
		"not at all if that is long":     {resilience.Verdict{Again: true, HasAfter: true, After: 11 * time.Second}, time.Hour, 1, 0, 0},
		"up to the longest":              {resilience.Verdict{Again: true, HasAfter: true, After: 10 * time.Second}, time.Hour, 3, 10 * time.Second, 10100 * time.Millisecond},
		"not past the deadline":          {resilience.Verdict{Again: true, HasAfter: true, After: 2 * time.Second}, 2 * time.Second, 1, 0, 0},
		"and never a negative time":      {resilience.Verdict{Again: true, HasAfter: true, After: -time.Second}, time.Hour, 3, 0, 100 * time.Millisecond},
		"and not after what is hopeless": {resilience.Verdict{}, time.Hour, 1, 0, 0},
	} {
		for kind, bound := range map[string]func(*resilience.Retry, *http.Request) (*http.Request, func()){
			"context": func(_ *resilience.Retry, req *http.Request) (*http.Request, func()) {
				ctx, cancel := context.WithTimeout(req.Context(), tc.deadline)
				return req.WithContext(ctx), cancel
			},
			"hook": func(stage *resilience.Retry, req *http.Request) (*http.Request, func()) {
				then := time.Now().Add(tc.deadline)
				stage.Deadline = func(*http.Request) time.Time { return then }
				return req, func() {}
			},
		} {
			t.Run(name+", "+kind, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					v := &vendor{codes: []int{503}}
					stage := retry(v)
					stage.Should = func(*http.Request, *http.Response, error) resilience.Verdict { return tc.verdict }
					req, cancel := bound(stage, request(t, "GET", "http://vendor/", ""))
					defer cancel()
					resp, err := stage.RoundTrip(req)
					if err != nil || resp.StatusCode != 503 {
						t.Fatalf("got %v, %v", resp, err)
					}
					if len(v.times) != tc.attempts {
						t.Fatalf("%d attempts, want %d", len(v.times), tc.attempts)
					}
					if tc.attempts > 1 {
						if pause := v.times[1].Sub(v.times[0]); pause < tc.from || pause > tc.to {
							t.Errorf("a pause of %v, want %v to %v", pause, tc.from, tc.to)
						}
					}
				})
			})
		}
	}
}

// TestHeldAttemptsGoDownAtOnce leaves the waiting to the stage below, and gives the answer back that led to an attempt
// which that stage refused.
func TestHeldAttemptsGoDownAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := errors.New("would be held for too long")
		for name, tc := range map[string]struct {
			hold    time.Duration
			err     error
			budget  float64
			instead bool
			code    int
			failure error
		}{
			"held and sent":                     {hold: 30 * time.Second, budget: 10, code: 200},
			"held and sent without a budget":    {hold: 30 * time.Second, code: 200},
			"refused, with an answer before":    {err: refused, instead: true, code: 429},
			"refused, without one":              {err: refused, failure: refused},
			"broken, with an answer before":     {err: errBroken, instead: true, failure: errBroken},
			"held past the deadline of retries": {hold: 2 * time.Hour, code: 200},
		} {
			first := &http.Response{StatusCode: 429, Body: http.NoBody}
			attempts := 0
			stage := retry(roundTripper(func(*http.Request) (*http.Response, error) {
				if attempts++; attempts == 1 {
					return first, nil
				}
				<-time.After(tc.hold)
				if tc.err != nil {
					return nil, tc.err
				}
				return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
			}))
			stage.Budget = resilience.NewBudget(resilience.RetryConfig{Budget: new(float64), BudgetMin: &tc.budget})
			stage.Refused = func(err error) bool { return errors.Is(err, refused) }
			stage.Should = func(_ *http.Request, resp *http.Response, err error) resilience.Verdict {
				v := resilience.Verdict{Again: resp != nil && resp.StatusCode == 429, Held: true, After: time.Hour, HasAfter: true}
				if tc.instead {
					v.Instead = first
				}
				return v
			}
			start := time.Now()
			resp, err := stage.RoundTrip(request(t, "GET", "http://vendor/", ""))
			if err != nil {
				resp = &http.Response{Body: http.NoBody}
			}
			resp.Body.Close()
			if resp.StatusCode != tc.code || !errors.Is(err, tc.failure) || attempts != 2 || time.Since(start) != tc.hold {
				t.Errorf("%s: %d, %v after %d attempts and %v", name, resp.StatusCode, err, attempts, time.Since(start))
			}
		}
	})
}

func TestRetryEndsWithItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		v := &vendor{codes: []int{503}}
		stage := retry(v)
		stage.Should = func(*http.Request, *http.Response, error) resilience.Verdict {
			time.AfterFunc(time.Second, cancel)
			return resilience.Verdict{Again: true, HasAfter: true, After: 5 * time.Second}
		}
		start := time.Now()
		resp, err := stage.RoundTrip(request(t, "GET", "http://vendor/", "").WithContext(ctx))
		if err == nil {
			resp.Body.Close()
		}
		if !errors.Is(err, context.Canceled) || time.Since(start) != time.Second || len(v.times) != 1 {
			t.Errorf("%v after %v and %d attempts", err, time.Since(start), len(v.times))
		}
	})
}

func TestRetryDoesNotAmplify(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var attempts atomic.Int64
		stage := retry(roundTripper(func(*http.Request) (*http.Response, error) {
			attempts.Add(1)
			return &http.Response{StatusCode: 503, Body: http.NoBody}, nil
		}))
		const requests = 10000
		var callers sync.WaitGroup
		for range requests {
			<-time.After(2 * time.Millisecond)
			callers.Go(func() {
				resp, err := stage.RoundTrip(request(t, "GET", "http://vendor/", ""))
				if err != nil {
					t.Error(err)
					return
				}
				resp.Body.Close()
			})
		}
		callers.Wait()
		if share := float64(attempts.Load()) / requests; share > 1.2 || share < 1.15 {
			t.Errorf("%.3f attempts a request, want at most 1.2", share)
		}
	})
}

func TestRetryClosesTheBodyOnceAndLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := &watchedBody{Reader: bytes.NewReader([]byte("{}"))}
		v := &vendor{codes: []int{503, 503, 200}}
		stage := retry(roundTripper(func(req *http.Request) (*http.Response, error) {
			if body.closed != 0 {
				t.Error("the caller's body is closed before the last attempt")
			}
			return v.RoundTrip(req)
		}))
		req := request(t, "PUT", "http://vendor/", "{}")
		req.Body = body
		resp, err := stage.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if body.closed != 1 {
			t.Errorf("the caller's body was closed %d times", body.closed)
		}
		if diff := cmp.Diff([]string{"{}", "{}", "{}"}, v.bodies); diff != "" {
			t.Error(diff)
		}
	})
}

type watchedBody struct {
	io.Reader
	closed int
}

func (b *watchedBody) Close() error { b.closed++; return nil }

func TestRetryContinuesABodyThatIsStillComing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := io.Pipe()
		go func() {
			io.WriteString(out, "first ")
			<-time.After(time.Minute)
			io.WriteString(out, "second")
			out.Close()
		}()
		var bodies []string
		stage := retry(roundTripper(func(req *http.Request) (*http.Response, error) {
			defer req.Body.Close()
			if len(bodies) == 0 { // breaks in the middle
				p := make([]byte, 6)
				n, _ := io.ReadFull(req.Body, p)
				bodies = append(bodies, string(p[:n]))
				return nil, errBroken
			}
			all, err := io.ReadAll(req.Body)
			bodies = append(bodies, string(all))
			return &http.Response{StatusCode: 200, Body: http.NoBody}, err
		}))
		req := request(t, "PUT", "http://vendor/", "-")
		req.Body, req.ContentLength = in, -1
		resp, err := stage.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if diff := cmp.Diff([]string{"first ", "first second"}, bodies); diff != "" {
			t.Error(diff)
		}
	})
}
