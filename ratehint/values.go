package ratehint

import (
	"math"
	"strings"
	"time"
)

// maxWindow is the longest window that is believed: a year.
const maxWindow = 366 * 24 * time.Hour

// wholeWindow makes seconds into a window of at least a millisecond, as some are shorter than a second.
func wholeWindow(seconds float64) time.Duration {
	millis := math.Ceil(min(seconds, maxWindow.Seconds()) * 1000)
	return time.Duration(millis) * time.Millisecond
}

// count reads a number of requests: digits, with a fraction that is cut, since half a request cannot be sent. Less
// than nothing is nothing.
func count(value string) (int64, bool) {
	value = strings.Trim(value, `" `)
	unsigned, negative := strings.CutPrefix(value, "-")
	n, ok := decimal(unsigned)
	switch {
	case !ok:
		return 0, false
	case negative:
		return 0, true
	case n >= math.MaxInt64:
		return math.MaxInt64, true
	}
	return int64(n), true
}

// setCount stores the number that value begins with: parameters such as ;w=60 may follow.
func setCount(to *int64, value string) {
	value, _, _ = strings.Cut(value, ";")
	if n, ok := count(value); ok {
		*to = n
	}
}

// setLimit reads a limit in any of its forms: a number with policies behind it (100, 100;w=60), used/limit, or the
// window in place of the number.
func (q *partialQuota) setLimit(value string) {
	if q.setUsage(value) {
		return
	}
	if span, ok := spanOf(value); ok {
		q.Window = span
		return
	}
	for i, item := range listItems(value) {
		n, ok := count(item.bare)
		switch {
		case !ok:
		case i == 0:
			q.Limit = n
			q.Window = max(q.Window, item.window())
		default:
			q.policies = append(q.policies, Quota{Limit: n, Remaining: -1, Window: item.window()})
		}
	}
}

// setUsage reads used/limit; false if value is something else.
func (q *partialQuota) setUsage(value string) bool {
	used, limit, ok := strings.Cut(value, "/")
	u, usedOK := count(used)
	l, limitOK := count(limit)
	if !ok || !usedOK || !limitOK {
		return false
	}
	q.used, q.Limit = u, l
	return true
}

// listItem is one item of a structured field's list (RFC 9651), as far as rate limits need it: 100;w=60.
type listItem struct {
	bare   string
	params []param
}

// param is one name=value.
type param struct{ name, value string }

// listItems takes a list apart. It is lenient, as the forms of old drafts are not structured fields.
func listItems(value string) []listItem {
	var items []listItem
	for _, part := range splitUnquoted(value, ',') {
		fields := splitUnquoted(part, ';')
		item := listItem{bare: strings.TrimSpace(fields[0])}
		if strings.Contains(item.bare, "=") && !strings.HasPrefix(item.bare, `"`) {
			item.bare, fields = "", append([]string{""}, fields...)
		}
		for _, f := range fields[1:] {
			name, v, _ := strings.Cut(f, "=")
			item.params = append(item.params, param{strings.ToLower(strings.TrimSpace(name)), strings.Trim(v, `" `)})
		}
		items = append(items, item)
	}
	return items
}

// splitUnquoted splits s at each sep that is not within double quotes.
func splitUnquoted(s string, sep byte) []string {
	var parts []string
	start, quoted := 0, false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// window returns the item's parameter w, in seconds, as a span.
func (i listItem) window() time.Duration {
	for _, p := range i.params {
		if seconds, ok := decimal(p.value); ok && p.name == "w" {
			return wholeWindow(seconds)
		}
	}
	return 0
}

// params are the names of parameters and dictionary members, by what they tell.
var params = map[string]role{
	"q": roleLimit, "limit": roleLimit, "total": roleLimit, "r": roleRemaining, "remaining": roleRemaining,
	"t": roleReset, "reset": roleReset, "resets": roleReset, "w": roleWindow, "window": roleWindow, "used": roleUsed,
}

// structured reads a value that tells a whole quota, or several: the RateLimit and RateLimit-Policy fields of all
// drafts, a plain number, or pairs as Zendesk writes them.
func (c *collector) structured(n headerName, value string) {
	for _, item := range listItems(value) {
		name := strings.Trim(item.bare, `"`)
		number, isNumber := count(item.bare)
		q := c.quota(n.family, n.quota)
		switch {
		case isNumber && len(item.params) > 0:
			q.policies = append(q.policies, Quota{Limit: number, Remaining: -1, Window: item.window()})
			continue
		case isNumber:
			q.Limit = number
		case name != "":
			q = c.quota(n.family, name)
		}
		for _, p := range item.params {
			if role, ok := params[p.name]; ok {
				q.set(role, time.Second, p.value, c.now)
			}
		}
	}
}
