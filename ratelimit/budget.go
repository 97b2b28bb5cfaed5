package ratelimit

import (
	"math"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// budget is something that a request is paid from: a configured window, the rest that a vendor reported, or a rate that was
// found by trying. Its methods are called with times that never go back, and with the limiter's mutex held.
type budget interface {
	due(now time.Time, cost int) time.Duration   // until one request of this cost may be sent
	forecast(now time.Time, n int) time.Duration // until so many more may have been sent, one after another
	take(now time.Time, cost int)                // even where it is not due: the debt is paid by those who follow
	drain(now time.Time)                         // what was saved up; after a cool-down it refills from nothing
	perSecond() float64                          // in the long run
	policy(now time.Time) Policy
	text() string // of a problem: "100 requests per 1s"
}

// Policy is the state of one limit, as the RateLimit and RateLimit-Policy headers tell it
// (draft-ietf-httpapi-ratelimit-headers-10).
type Policy struct {
	Name      string        // its window, "1h"; of a scope "bookings:5m"; "vendor" for what was told, "found" for what was tried
	Quota     int64         // requests in Window; -1 if unknown
	Window    time.Duration // 0 if unknown
	Remaining int64
	Reset     time.Duration // until the quota is whole again
}

// spanText writes d as a configuration would: "1h", not "1h0m0s".
func spanText(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// forever is longer than anybody waits, and can still be added to a time.
const forever = time.Duration(math.MaxInt64 / 2)

// paceWait returns how long it takes until lim has n tokens.
func paceWait(lim *rate.Limiter, now time.Time, n int) time.Duration {
	short := float64(n) - lim.TokensAt(now)
	if short <= 0 {
		return 0
	}
	wait := short / float64(lim.Limit()) * float64(time.Second)
	if wait >= float64(forever) {
		return forever
	}
	return time.Duration(wait) + time.Microsecond // the bucket's own arithmetic rounds
}

// spend takes n tokens from lim, which may go into debt.
func spend(lim *rate.Limiter, now time.Time, n int) {
	if lim.AllowN(now, n) {
		return
	}
	for burst := lim.Burst(); n > 0 && burst > 0; n -= burst {
		lim.ReserveN(now, min(n, burst))
	}
}

// empty takes the saved tokens from lim. A debt stays.
func empty(lim *rate.Limiter, now time.Time) {
	burst := lim.Burst()
	lim.SetBurstAt(now, 0)
	lim.SetBurstAt(now, burst)
}
