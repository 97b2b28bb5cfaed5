package normalize

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxRetryAfter caps every wait that a vendor asks for. It is above the longest reset of a known vendor that is
// worth waiting for (a daily quota) and far below what overflows a time.Duration.
const MaxRetryAfter = 24 * time.Hour

// RetryAfter returns how long the vendor asks to wait, in whole seconds from 0 to MaxRetryAfter, from a's
// Retry-After header (RFC 9110, section 10.2.3); false if there is none that can be used.
func RetryAfter(a *Answer) (time.Duration, bool) {
	values := a.Header.Values("Retry-After")
	if len(values) != 1 {
		return 0, false
	}
	value := strings.TrimSpace(values[0])
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds >= 0 {
		return wholeSeconds(seconds)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	wait := at.Sub(nowOf(a.Header, a.Received))
	return wholeSeconds(wait.Seconds())
}

// wholeSeconds rounds up and caps; false for a time that has passed.
func wholeSeconds(seconds float64) (time.Duration, bool) {
	if seconds < 0 || math.IsNaN(seconds) {
		return 0, false
	}
	return time.Duration(math.Ceil(min(seconds, MaxRetryAfter.Seconds()))) * time.Second, true
}

// nowOf returns the vendor's idea of now, its Date header, so that a skewed clock does no harm; else received.
func nowOf(h http.Header, received time.Time) time.Time {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		return date
	}
	return received
}
