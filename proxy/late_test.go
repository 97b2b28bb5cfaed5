package proxy_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"gateway/credentials"
	"gateway/problem"
	"gateway/proxy"
	"gateway/ratelimit"
	"gateway/resilience"
)

// slowBody comes at a thousand bytes a second.
type slowBody struct{ seconds int }

func (b *slowBody) Read(p []byte) (int, error) {
	if b.seconds == 0 {
		return 0, io.EOF
	}
	<-time.After(time.Second)
	b.seconds--
	return copy(p, make([]byte, 1000)), nil
}

// silentAfter is a vendor that answers so many requests at once and then no more, while it goes on reading.
func silentAfter(answers int) dialFunc {
	return pipeTo(func(conn net.Conn) {
		in := bufio.NewReader(conn)
		for ; answers > 0; answers-- {
			if _, err := http.ReadRequest(in); err != nil {
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		}
		_, _ = io.Copy(io.Discard, in)
	})
}

// TestWhoHadTheTimeIsToBlame where timeouts.total is over: the vendor's breaker and counters do not move for what the
// caller, the throttle or a token endpoint used up (traps 12 and 13).
func TestWhoHadTheTimeIsToBlame(t *testing.T) {
	oneIn := func(per time.Duration) func(*proxy.Upstream) {
		return func(u *proxy.Upstream) {
			u.Throttle = ratelimit.Config{Limits: []ratelimit.Limit{{Requests: 1, Per: per}}, MaxWait: new(time.Minute)}
		}
	}
	slowToken := func(u *proxy.Upstream) {
		u.Credentials = []credentials.Config{bearer("http://vendor.example/token")}
		u.Timeouts.Total = 10 * time.Second // before the token endpoint is given up
	}
	for name, c := range map[string]struct {
		option  func(*proxy.Upstream)
		body    int // seconds
		before  int // requests that use up the quota
		code    problem.Type
		fault   problem.Fault
		breaker string
	}{
		"the vendor":                     {code: problem.UpstreamTimeout, fault: problem.FaultVendor, breaker: "open"},
		"the vendor, held for a third":   {option: oneIn(20 * time.Second), before: 1, code: problem.UpstreamTimeout, fault: problem.FaultVendor, breaker: "open"},
		"the vendor, after a short body": {body: 25, code: problem.UpstreamTimeout, fault: problem.FaultVendor, breaker: "open"},
		"the limits":                     {option: oneIn(50 * time.Second), before: 1, code: problem.UpstreamTimeout, fault: problem.FaultGateway, breaker: "closed"},
		"the caller":                     {body: 40, code: problem.RequestTimeout, fault: problem.FaultCaller, breaker: "closed"},
		"the token":                      {option: slowToken, code: problem.CredentialsUnavailable, fault: problem.FaultCredentials, breaker: "closed"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				options := []func(*proxy.Upstream){once, func(u *proxy.Upstream) {
					u.Timeouts.Header = time.Hour
					u.Breaker = resilience.BreakerConfig{MinRequests: 1, FailureRatio: 0.5, OpenFor: time.Hour}
				}}
				if c.option != nil {
					options = append(options, c.option)
				}
				g := newFakeGateway(t, to("http://vendor.example", options...), silentAfter(c.before))
				for range c.before {
					g.get(t)
				}
				a := g.put(t, c.body)
				if p := a.problem(t); p.Code != c.code || p.Fault != c.fault {
					t.Errorf("%+v", p)
				}
				x := g.exchanges[len(g.exchanges)-1]
				for _, attempt := range x.Attempts {
					if attempt.Aborted != (c.fault != problem.FaultVendor) {
						t.Errorf("%+v", attempt)
					}
				}
				if got := g.shared.Status().Upstreams["up"].Circuit.State; got != c.breaker {
					t.Errorf("the breaker is %s, want %s", got, c.breaker)
				}
			})
		})
	}
}

// put sends a body that takes so many seconds.
func (g *fakeGateway) put(t *testing.T, seconds int) answer {
	t.Helper()
	req := httptest.NewRequestWithContext(context.WithValue(t.Context(), http.ServerContextKey, &http.Server{}), "PUT", "/up/x", &slowBody{seconds})
	w := httptest.NewRecorder()
	g.ServeHTTP(w, req)
	return readAnswer(w.Result())
}
