package ratehint_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gateway/ratehint"
)

// noon is the vendor's Date in these tests; our own clock is half an hour ahead of it.
var noon = time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

const (
	none = -1
	most = 86400
)

// retryAfterValues are what is seen in the wild, and what an attacker would try.
var retryAfterValues = []struct {
	value   string
	seconds int // none: no use
}{
	{"0", 0},
	{"1", 1},
	{"15", 15},
	{"287", 287},
	{"3600", 3600},
	{"86400", most},
	{" 30 ", 30},
	{"007", 7},
	{"0.0", 0},
	{"2.0", 2},
	{"2.128", 3},
	{"64.57", 65},
	{"0.001", 1},
	{"0.9999999999999999999", 1},
	{"86401", most},
	{"999999", most},
	{"2147483648", most},
	{"4294967296", most},
	{"9223372036", most},
	{"9223372037", most},
	{"9223372036854775807", most},
	{"9223372036854775808", most},
	{"18446744073709551616", most},
	{strings.Repeat("9", 400), most},
	{strings.Repeat("9", 400) + ".5", most},
	{"1795348830", 30},    // Unix seconds
	{"1795348830500", 31}, // Unix milliseconds
	{"1795348799", none},
	{"Sun, 22 Nov 2026 12:00:42 GMT", 42},
	{"Sunday, 22-Nov-26 12:00:42 GMT", 42},
	{"Sun Nov 22 12:00:42 2026", 42},
	{"Sun, 22 Nov 2026 12:00:00 GMT", 0},
	{"Sun, 22 Nov 2026 13:00:00 GMT", 3600},
	{"Mon, 22 Nov 2027 12:00:00 GMT", most},
	{"Fri, 31 Dec 9999 23:59:59 GMT", most},
	{"Sun, 22 Nov 2026 12:00:42 +0000", 42},
	{"2026-11-22T12:00:42Z", 42},
	{"2026-11-22T12:00:42.2689176Z", 43},
	{"2026-11-22T13:00:42+01:00", 42},
	{"2026-11-22T13:00:42+0100", 42},
	{"2026-11-22T12:00:42", 42},
	{"2026-11-22 12:00:42", 42},
	{"2026-11-22T12:01Z", 60},
	{"30s", 30},
	{"1m30s", 90},
	{"120ms", 1},
	{"1d", most},
	{"Sun, 22 Nov 2026 11:59:59 GMT", none},
	{"Thu, 01 Jan 1970 00:00:00 GMT", none},
	{"2026-11-22T11:59:59.9Z", none},
	{"", none},
	{" ", none},
	{"-1", none},
	{"-0.5", none},
	{"+5", none},
	{"1e9", none},
	{"1E2", none},
	{"0x10", none},
	{"1_000", none},
	{"1,000", none},
	{"5, 10", none},
	{".5", none},
	{"5.", none},
	{"NaN", none},
	{"Inf", none},
	{"-Inf", none},
	{"infinity", none},
	{"soon", none},
	{"5 seconds", none},
	{"-5s", none},
	{"\u0665", none}, // a digit, but not one of ours
	{"Sun, 99 Nov 2026 12:00:42 GMT", none},
	{"9999999h", none},
	{"70000d", none},
}

func TestRetryAfterTakesWhatVendorsSendAndNothingElse(t *testing.T) {
	for _, test := range retryAfterValues {
		h := http.Header{"Date": {noon.Format(http.TimeFormat)}, "Retry-After": {test.value}}
		span, ok := ratehint.RetryAfter(h, noon.Add(30*time.Minute))
		want := time.Duration(max(0, test.seconds)) * time.Second
		if ok != (test.seconds != none) || span.Wait != want {
			t.Errorf("Retry-After %.60q: %v, %t; want %v, %t", test.value, span, ok, want, test.seconds != none)
		}
	}
}

// longest is what a time.Duration holds in whole seconds.
const longest = (1<<63 - 1) / time.Second * time.Second

// TestRetryAfterTellsWhatItCuts is trap 44: who caps a time says so, and so needs to know what was asked for.
func TestRetryAfterTellsWhatItCuts(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"3600": 0, "86400": 0, "1d": 0, "86401": 86401 * time.Second, "31536000": 365 * 24 * time.Hour,
		"Mon, 22 Nov 2027 12:00:00 GMT": 365 * 24 * time.Hour, strings.Repeat("9", 400): longest,
		"Fri, 31 Dec 9999 23:59:59 GMT": longest,
	} {
		h := http.Header{"Date": {noon.Format(http.TimeFormat)}, "Retry-After": {value}}
		if span, _ := ratehint.RetryAfter(h, noon); span.Asked != want {
			t.Errorf("Retry-After %.60q: %+v; want %v", value, span, want)
		}
	}
}

func TestRetryAfterCountsFromTheVendorsClock(t *testing.T) {
	until := noon.Add(90 * time.Second).Format(http.TimeFormat)
	for name, test := range map[string]struct {
		date     string
		received time.Time
		want     time.Duration
	}{
		"we are an hour ahead":   {noon.Format(http.TimeFormat), noon.Add(time.Hour), 90 * time.Second},
		"we are an hour behind":  {noon.Format(http.TimeFormat), noon.Add(-time.Hour), 90 * time.Second},
		"no Date, ours counts":   {"", noon.Add(30 * time.Second), 60 * time.Second},
		"broken Date, ours too":  {"yesterday", noon.Add(30 * time.Second), 60 * time.Second},
		"ours between seconds":   {"", noon.Add(1500 * time.Millisecond), 89 * time.Second},
		"a Date in RFC 850 form": {noon.Format(time.RFC850)[:len("Sunday, 22-Nov-26 12:00:00 ")] + "GMT", time.Time{}, 90 * time.Second},
	} {
		h := http.Header{"Date": {test.date}, "Retry-After": {until}}
		span, ok := ratehint.RetryAfter(h, test.received)
		if !ok || span.Wait != test.want {
			t.Errorf("%s: %v, %t; want %v", name, span, ok, test.want)
		}
	}
}

func TestRetryAfterNeedsOneHeader(t *testing.T) {
	for name, test := range map[string]struct {
		header http.Header
		want   time.Duration
		ok     bool
	}{
		"missing":                  {http.Header{}, 0, false},
		"no header at all":         {nil, 0, false},
		"twice":                    {http.Header{"Retry-After": {"5", "10"}}, 0, false},
		"in milliseconds":          {http.Header{"Retry-After-Ms": {"1500"}}, 2 * time.Second, true},
		"in milliseconds at Azure": {http.Header{"X-Ms-Retry-After-Ms": {"200"}}, time.Second, true},
		"both: seconds count":      {http.Header{"Retry-After": {"7"}, "Retry-After-Ms": {"1500"}}, 7 * time.Second, true},
	} {
		span, ok := ratehint.RetryAfter(test.header, noon)
		if span.Wait != test.want || ok != test.ok {
			t.Errorf("%s: %v, %t; want %v, %t", name, span, ok, test.want, test.ok)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, test := range retryAfterValues {
		f.Add(test.value, "")
		f.Add(test.value, noon.Format(http.TimeFormat))
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		h := http.Header{"Retry-After": {value}, "Date": {date}}
		span, ok := ratehint.RetryAfter(h, noon)
		wait, asked := span.Wait, span.Asked
		if wait < 0 || wait > ratehint.MaxWait || wait%time.Second != 0 || !ok && wait != 0 {
			t.Errorf("Retry-After %q at %q: %v, %t", value, date, wait, ok)
		}
		if asked != 0 && (asked <= ratehint.MaxWait || wait != ratehint.MaxWait) {
			t.Errorf("Retry-After %q at %q: %v cut to %v", value, date, asked, wait)
		}
	})
}
