package normalize

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// statusRange is a range of statuses, both ends included.
type statusRange struct{ from, to int }

// parseStatus reads 404, 4xx or 500-599.
func parseStatus(text string) (statusRange, error) {
	if class, ok := strings.CutSuffix(text, "xx"); ok && len(class) == 1 && class >= "2" && class <= "5" {
		from := 100 * int(class[0]-'0')
		return statusRange{from, from + 99}, nil
	}
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	from, err1 := strconv.Atoi(first)
	to, err2 := strconv.Atoi(last)
	switch {
	case err1 != nil || err2 != nil:
		return statusRange{}, fmt.Errorf("%q is no status: write 404, 4xx or 500-599", text)
	case from > to || to > 999 || from < 200:
		return statusRange{}, fmt.Errorf("%q can never match: answers that rules see are from 200 to 999", text)
	case from == to && !mayHaveBody(from):
		return statusRange{}, fmt.Errorf("%q can never match: such an answer has no body and is no error", text)
	}
	return statusRange{from, to}, nil
}

// mayHaveBody is false for answers that end after their header (RFC 9110, section 6.4.1).
func mayHaveBody(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// wantsStatus is true for every error if no status is set. A success matches only a rule that lists its status.
func (m *matcher) wantsStatus(status int) bool {
	if len(m.statuses) == 0 {
		return status >= 400
	}
	return slices.ContainsFunc(m.statuses, func(r statusRange) bool { return r.from <= status && status <= r.to })
}

// wants is true if method and status match.
func (m *matcher) wants(method string, status int) bool {
	return m.wantsStatus(status) && (len(m.methods) == 0 || slices.Contains(m.methods, method))
}

// wantsSuccess is true if some 2xx may match.
func (m *matcher) wantsSuccess() bool {
	return slices.ContainsFunc(m.statuses, func(r statusRange) bool { return r.from < 300 })
}

// covers is true if m matches every status that other matches.
func (m *matcher) covers(other *matcher) bool {
	for status := 200; status < 1000; status++ {
		if other.wantsStatus(status) && !m.wantsStatus(status) {
			return false
		}
	}
	return true
}
