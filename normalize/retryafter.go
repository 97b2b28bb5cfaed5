package normalize

import "time"

// retryAfterMillis are headers that say the same as Retry-After in milliseconds.
var retryAfterMillis = []string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"}

// RetryAfter returns how long the vendor asks to wait by a's Retry-After header, in whole seconds from 0 to
// MaxRetryAfter. RFC 9110, section 10.2.3 knows seconds and HTTP dates; vendors also send fractions, ISO 8601 and
// spans such as 1m30s. Dates count from a's own Date, else from the time of receipt. It is false, which leaves the
// choice to whoever retries, where the header is missing, comes twice, has passed, or is none of these.
func RetryAfter(a *Answer) (time.Duration, bool) {
	now := nowOf(a.Header, a.Received)
	if wait, ok := retryAfter(a.Header.Values("Retry-After"), time.Second, now); ok {
		return wait, true
	}
	for _, name := range retryAfterMillis {
		if wait, ok := retryAfter(a.Header.Values(name), time.Millisecond, now); ok {
			return wait, true
		}
	}
	return 0, false
}

// retryAfter reads the values of one header.
func retryAfter(values []string, unit time.Duration, now time.Time) (time.Duration, bool) {
	if len(values) != 1 {
		return 0, false
	}
	seconds, ok := waitOf(values[0], unit, now)
	if !ok || seconds < 0 {
		return 0, false
	}
	return wholeSeconds(seconds), true
}

// ResetAfter returns how long it takes until the last of the exhausted quotas is whole again, for a rate-limited
// answer that has no Retry-After. It is false if no quota is exhausted, or none of those tells its reset: a reset of a
// quota that has something left says nothing about this answer.
func ResetAfter(quotas []Quota) (wait time.Duration, ok bool) {
	for _, q := range quotas {
		if q.Remaining == 0 && q.HasReset {
			wait, ok = max(wait, q.Reset), true
		}
	}
	return wait, ok
}
