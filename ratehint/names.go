package ratehint

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// role is what a header says about a quota.
type role uint8

const (
	roleAll role = iota // the whole quota in one value
	roleLimit
	roleRemaining
	roleUsed
	roleReset     // a moment, or a span whose unit the value must show
	roleResetSpan // a span by its name
	roleWindow
)

// headerName is what the name of a header says.
type headerName struct {
	family string // what the headers of one set have in common, such as "x-ratelimit"
	quota  string
	role   role
	unit   time.Duration // of a number
}

// roles are the words for what a header says.
var roles = map[string]role{
	"limit": roleLimit, "max": roleLimit, "remaining": roleRemaining, "left": roleRemaining, "used": roleUsed, "observed": roleUsed,
	"reset": roleReset, "retry": roleResetSpan, "after": roleResetSpan,
	"interval": roleWindow, "window": roleWindow, "period": roleWindow, "policy": roleAll,
}

// units are words for the unit of a number, and those that say no more than that it is a time.
var units = map[string]time.Duration{
	"ms": time.Millisecond, "milliseconds": time.Millisecond, "seconds": time.Second, "time": time.Second,
	"at": time.Second, "in": time.Second, "epoch": time.Second, "utc": time.Second,
}

// asides are words of headers that describe a limit without saying how much of it is left.
var asides = []string{
	"name", "resource", "bucket", "scope", "global", "nearlimit", "fillrate", "reason", "category", "type", "problem",
}

// parseName splits a header's name (lower case) into its parts. ok is false for a header of no known family.
func parseName(name string) (n headerName, ok bool) {
	name = strings.ReplaceAll(strings.ReplaceAll(name, "_", "-"), "rate-limit", "ratelimit")
	words := strings.Split(name, "-")
	at := slices.IndexFunc(words, func(w string) bool { return strings.HasSuffix(w, "limit") && w != "limit" })
	if at < 0 {
		return n, false
	}
	n = headerName{family: strings.Join(words[:at+1], "-"), unit: time.Second}
	var quota []string
	if prefix := strings.TrimSuffix(words[at], "limit"); prefix != "rate" { // X-MinLimit-Remaining
		quota = append(quota, prefix)
	}
	for _, w := range words[at+1:] {
		if slices.Contains(asides, w) {
			return n, false
		}
		if !n.word(w) {
			quota = append(quota, w)
		}
	}
	n.quota = strings.Join(quota, "-")
	return n, n.role != roleAll || words[at] == "ratelimit"
}

// word reads a word as a role, a unit, or both at once (resetms); false if it is neither.
func (n *headerName) word(w string) bool {
	if unit, ok := units[w]; ok {
		n.unit = unit
		return true
	}
	for role := len(w); role > 0; role-- {
		r, isRole := roles[w[:role]]
		unit, isUnit := units[w[role:]]
		if isRole && (isUnit || role == len(w)) {
			n.role, n.unit = r, cmp.Or(unit, n.unit)
			return true
		}
	}
	return false
}

// windowOf returns the window that a quota's name tells, 0 if none.
func windowOf(name string) time.Duration {
	for word := range strings.SplitSeq(strings.ToLower(name), "-") {
		switch word {
		case "second", "secondly", "sec":
			return time.Second
		case "minute", "minutely", "min", "appmin":
			return time.Minute
		case "hour", "hourly":
			return time.Hour
		case "day", "daily":
			return 24 * time.Hour
		}
	}
	return 0
}
