package ratehint

import (
	"net/http"
	"time"
)

// retryAfterMillis are headers that say the same as Retry-After in milliseconds.
var retryAfterMillis = []string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"}

// Wait returns how long the headers of an answer ask to wait: by Retry-After, else until a quota that is used up is whole
// again.
func Wait(h http.Header, received time.Time) (Span, bool) {
	if span, ok := RetryAfter(h, received); ok {
		return span, true
	}
	return ResetAfter(Quotas(h, received))
}

// RetryAfter returns how long the vendor asks to wait by the header of that name.
// RFC 9110, section 10.2.3 knows seconds and HTTP dates; vendors also send fractions, ISO 8601 and spans such as 1m30s.
// Dates count from h's own Date, else from the time of receipt. It is false, which leaves the choice to whoever retries,
// where the header is missing, comes twice, has passed, or is none of these.
func RetryAfter(h http.Header, received time.Time) (Span, bool) {
	now := nowOf(h, received)
	if span, ok := only(h.Values("Retry-After"), time.Second, now); ok {
		return span, true
	}
	for _, name := range retryAfterMillis {
		if span, ok := only(h.Values(name), time.Millisecond, now); ok {
			return span, true
		}
	}
	return Span{}, false
}

// only reads the values of one header.
func only(values []string, unit time.Duration, now time.Time) (Span, bool) {
	if len(values) != 1 {
		return Span{}, false
	}
	seconds, ok := secondsOf(values[0], unit, now)
	if !ok || seconds < 0 {
		return Span{}, false
	}
	return wholeSeconds(seconds), true
}

// Parse reads a time to wait that stands in a body, in every form that RetryAfter knows and with the same bounds; h and
// received are the answer's. Passed is true, and span 0, for a moment that lies behind: it asks for no wait.
func Parse(value string, h http.Header, received time.Time) (span Span, passed, ok bool) {
	seconds, ok := secondsOf(value, time.Second, nowOf(h, received))
	if !ok {
		return Span{}, false, false
	}
	return wholeSeconds(seconds), seconds < 0, true
}

// ResetAfter returns how long it takes until the last of the exhausted quotas is whole again. It is false if no quota is
// exhausted, or none of those tells its reset: a reset of a quota that has something left says nothing about this answer.
func ResetAfter(quotas []Quota) (span Span, ok bool) {
	for _, q := range quotas {
		if q.Remaining == 0 && q.HasReset {
			span, ok = Span{max(span.Wait, q.Reset), max(span.Asked, q.AskedReset)}, true
		}
	}
	return span, ok
}
