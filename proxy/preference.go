package proxy

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"gateway/ratelimit"
)

// preferredWait is the longest time that a caller wants to wait: "Prefer: wait=N", in seconds (RFC 7240, section 4.3). Of
// several, the first counts (section 2).
func preferredWait(header http.Header) (time.Duration, bool) {
	for _, line := range header["Prefer"] {
		for preference := range strings.SplitSeq(line, ",") {
			preference, _, _ = strings.Cut(preference, ";")
			name, value, _ := strings.Cut(preference, "=")
			if !strings.EqualFold(strings.TrimSpace(name), "wait") {
				continue
			}
			seconds, err := strconv.ParseUint(strings.Trim(strings.TrimSpace(value), `"`), 10, 31)
			if err != nil {
				return 0, false // what cannot be understood is ignored (section 2)
			}
			return time.Duration(seconds) * time.Second, true
		}
	}
	return 0, false
}

// tellPreference reports that the caller's preference was honoured (RFC 7240, section 3).
func (x *exchange) tellPreference(header http.Header) {
	if x.upstream == nil || x.upstream.Throttle.Mode != ratelimit.ModeEnforce {
		return
	}
	if wait, ok := preferredWait(x.header); ok {
		header.Add("Preference-Applied", "wait="+strconv.FormatInt(int64(wait/time.Second), 10))
	}
}

// urgency is the u parameter of a Priority header, 0 to 7 (RFC 9218, section 4.1). An unreadable header gives the default.
func urgency(header http.Header) int {
	for _, line := range header["Priority"] {
		for member := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(member, "=")
			if u, err := strconv.ParseUint(strings.TrimSpace(value), 10, 3); err == nil && strings.TrimSpace(name) == "u" {
				return int(u)
			}
		}
	}
	return ratelimit.DefaultPriority
}
