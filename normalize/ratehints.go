package normalize

import (
	"net/http"
	"strconv"
	"time"
)

// Quota is what a vendor's headers tell of one of its budgets.
type Quota struct {
	Name      string        // of the budget, such as "requests", "daily" or a policy's name; "" if the vendor has one
	Limit     int64         // -1 if unknown
	Remaining int64         // -1 if unknown
	Window    time.Duration // 0 if unknown
	Reset     time.Duration // from now until it is whole again, in whole seconds; meaningful if HasReset
	HasReset  bool
}

// Quotas reads every known family of rate-limit headers. received is our clock at the receipt of h; the vendor's
// own Date counts where it sends one.
func Quotas(h http.Header, received time.Time) []Quota {
	limit, err := strconv.ParseInt(h.Get("X-RateLimit-Limit"), 10, 64)
	if err != nil {
		return nil
	}
	remaining, err := strconv.ParseInt(h.Get("X-RateLimit-Remaining"), 10, 64)
	if err != nil {
		remaining = -1
	}
	q := Quota{Limit: limit, Remaining: remaining}
	if reset, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		wait := time.Unix(reset, 0).Sub(nowOf(h, received))
		q.Reset, q.HasReset = wholeSeconds(wait.Seconds())
	}
	return []Quota{q}
}

// ResetAfter returns the wait until the last of the exhausted budgets is whole again, for a rate-limited answer
// that has no Retry-After; false if no budget is exhausted or none tells its reset.
func ResetAfter(quotas []Quota) (time.Duration, bool) {
	var wait time.Duration
	found := false
	for _, q := range quotas {
		if q.Remaining == 0 && q.HasReset {
			wait, found = max(wait, q.Reset), true
		}
	}
	return wait, found
}
