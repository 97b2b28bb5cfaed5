package ratehint

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Span is a time to wait that a vendor names.
type Span struct {
	Wait  time.Duration // in whole seconds, from 0 to MaxWait
	Asked time.Duration // what the vendor named, where that is cut to MaxWait; else 0. It ends at 292 years, as all do
}

// MaxWait caps every time to wait that a vendor names. It is above the longest reset that is worth waiting for,
// a daily quota's, and far below what overflows a time.Duration or makes a burst out of a rest.
const MaxWait = 24 * time.Hour

// Numbers above these are no spans of time but moments, in seconds or milliseconds of Unix time.
const (
	minUnixSeconds = 1e9
	minUnixMillis  = 1e12
)

// secondsOf reads a time to wait that has no fixed form: a span such as 1m30s, a moment as HTTP date or ISO 8601, or a
// number, which counts units unless it is so large that it must be Unix time. The result is in seconds, below zero for
// a moment that has passed, and infinite for a number beyond all bounds.
func secondsOf(value string, unit time.Duration, now time.Time) (seconds float64, ok bool) {
	value = strings.TrimSpace(value)
	if n, ok := decimal(value); ok {
		switch {
		case n >= minUnixMillis:
			return n/1000 - unixSeconds(now), true
		case unit == time.Second && n >= minUnixSeconds:
			return n - unixSeconds(now), true
		}
		return n * unit.Seconds(), true
	}
	if span, ok := spanOf(value); ok {
		return span.Seconds(), true
	}
	at, ok := momentOf(value)
	return at.Sub(now).Seconds(), ok
}

// wholeSeconds rounds up, so that nobody comes too early.
func wholeSeconds(seconds float64) Span {
	const most = math.MaxInt64 / int64(time.Second)
	whole := time.Duration(math.Ceil(max(0, min(seconds, float64(most))))) * time.Second
	if whole > MaxWait {
		return Span{Wait: MaxWait, Asked: whole}
	}
	return Span{Wait: whole}
}

// unixSeconds returns t with its fraction.
func unixSeconds(t time.Time) float64 { return float64(t.Unix()) + float64(t.Nanosecond())/1e9 }

// decimal reads digits with at most one point between them: no sign, no exponent. What no float64 holds is infinite.
func decimal(s string) (float64, bool) {
	whole, fraction, pointed := strings.Cut(s, ".")
	if !isDigits(whole) || pointed && !isDigits(fraction) {
		return 0, false
	}
	n, _ := strconv.ParseFloat(s, 64)
	return n, true
}

// isDigits is true for one digit or more.
func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// spanOf reads spans as Go writes them, and whole days.
func spanOf(s string) (time.Duration, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	if days, isDays := strings.CutSuffix(s, "d"); isDays {
		n, err := strconv.ParseUint(days, 10, 16)
		return time.Duration(n) * 24 * time.Hour, err == nil
	}
	span, err := time.ParseDuration(s)
	return span, err == nil
}

// isoForms are the forms of ISO 8601 that vendors use; a fraction of a second may follow the seconds of each.
var isoForms = []string{
	time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05",
	"2006-01-02T15:04Z07:00", time.RFC1123Z,
}

// momentOf reads an HTTP date (RFC 9110, section 5.6.7) or ISO 8601; without a zone it is UTC.
func momentOf(s string) (time.Time, bool) {
	if at, err := http.ParseTime(s); err == nil {
		return at, true
	}
	for _, form := range isoForms {
		if at, err := time.Parse(form, s); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// nowOf returns what the vendor takes for now, its Date header, so that a skewed clock does no harm; else received.
func nowOf(h http.Header, received time.Time) time.Time {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		return date
	}
	return received
}
