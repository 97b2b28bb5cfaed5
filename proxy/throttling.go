package proxy

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
	"net/http"
	"strings"
	"time"

	"gateway/normalize"
	"gateway/problem"
	"gateway/ratehint"
	"gateway/ratelimit"
)

// throttle is the stage that takes a token of the vendor's quota for each attempt.
func (u *upstream) throttle(next http.RoundTripper) http.RoundTripper {
	return &ratelimit.Transport{
		Next: next, Limiter: u.lasting.limiter, Ask: u.ask, Hear: hear,
		OnDecision: func(r *http.Request, d ratelimit.Decision) { exchangeOf(r.Context()).decided(d) },
	}
}

// ask returns what an attempt needs of the quota.
func (u *upstream) ask(r *http.Request) ratelimit.Request {
	x := exchangeOf(r.Context())
	ask := ratelimit.Request{Key: u.quotaKey(r, x), Consumer: x.Consumer, Priority: urgency(x.header), MaxWait: x.patience()}
	if len(u.Throttle.Routes) == 0 {
		return ask
	}
	return u.Throttle.Apply(ask, r.Method, r.URL.EscapedPath())
}

// timeToAnswer is how much of timeouts.total is left to the upstream after the longest wait.
const timeToAnswer = 100 * time.Millisecond

// patience is how much longer the exchange may be held: by the configuration, the caller's preference and the deadline.
func (x *exchange) patience() time.Duration {
	most := *x.upstream.Throttle.MaxWait
	if wait, ok := preferredWait(x.header); ok {
		most = min(most, wait)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return max(0, min(most-x.ThrottleWait, time.Until(x.clock.deadline)-timeToAnswer))
}

// decided records what the throttle did with an attempt. In observe mode nothing was held.
func (x *exchange) decided(d ratelimit.Decision) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.Throttled = append(x.Throttled, d)
	if d.Kind != ratelimit.WouldWait && d.Kind != ratelimit.WouldRefuse {
		x.ThrottleWait += d.Wait
	}
}

// quotaKey identifies the attempt's quota. It is a hash, because its parts may be secrets or a caller's own text.
func (u *upstream) quotaKey(r *http.Request, x *exchange) string {
	if len(u.Throttle.Key) == 1 && u.Throttle.Key[0] == "upstream" {
		return ""
	}
	sum := sha256.New()
	for _, part := range u.Throttle.Key {
		switch header, isHeader := strings.CutPrefix(part, "header:"); {
		case isHeader:
			addParts(sum, x.header.Values(header))
		case part == "credential" && x.account != "":
			addParts(sum, []string{x.account}) // a token that is renewed is of the same account
		case part == "credential":
			addParts(sum, r.Header.Values("Authorization"))
		}
	}
	return string(sum.Sum(nil)[:16])
}

// addParts writes texts in a way that no two lists give the same bytes.
func addParts(w io.Writer, texts []string) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(texts)))
	_, _ = w.Write(n[:]) // a hash never fails
	for _, text := range texts {
		binary.BigEndian.PutUint64(n[:], uint64(len(text)))
		_, _ = w.Write(n[:])
		_, _ = io.WriteString(w, text)
	}
}

// hear reads from an answer what it says about the vendor's limits, by the vendor's own clock.
func hear(resp *http.Response) ratelimit.Report {
	var report ratelimit.Report
	if out := normalize.OutcomeOf(resp); out != nil && asksForRest(out.Reading) {
		said := out.Reading
		report = ratelimit.Report{Refused: true, Wait: said.RetryAfter, HasWait: said.HasRetryAfter, Whole: said.Type != problem.RateLimited}
	}
	for _, q := range ratehint.Quotas(resp.Header, time.Now()) {
		if q.Remaining >= 0 && q.HasReset {
			report.Counts = append(report.Counts, ratelimit.Count{
				Name: q.Name, Limit: q.Limit, Remaining: q.Remaining, Window: q.Window, Reset: q.Reset,
			})
		}
	}
	return report
}

// asksForRest is true for an error by which the vendor asks for fewer requests: a limit, or a quota or outage whose end it
// names. A quota that ends only by paying is no reason to hold everybody else.
func asksForRest(said problem.Reading) bool {
	switch said.Type {
	case problem.RateLimited:
		return true
	case problem.QuotaExceeded, problem.UpstreamUnavailable:
		return said.HasRetryAfter
	}
	return false
}
