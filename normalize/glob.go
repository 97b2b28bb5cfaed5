package normalize

import (
	"regexp"
	"slices"
	"strings"
)

// glob is a pattern in which * matches anything but a separator, and ** anything at all; case does not matter.
type glob struct {
	begin   string // before its first *, for a quick look
	pattern *regexp.Regexp
}

// globs compiles patterns. Without a separator, * also matches anything.
func globs(patterns []string, sep string) []glob {
	star := `.*`
	if sep != "" {
		star = `[^` + sep + `]*`
	}
	out := make([]glob, len(patterns))
	for i, p := range patterns {
		quoted := regexp.QuoteMeta(p)
		quoted = strings.ReplaceAll(quoted, `\*\*`, "\x00")
		quoted = strings.ReplaceAll(quoted, `\*`, star)
		begin, _, _ := strings.Cut(p, "*")
		out[i] = glob{begin, regexp.MustCompile(`(?i)^` + strings.ReplaceAll(quoted, "\x00", `.*`) + `$`)}
	}
	return out
}

// matches is true if the pattern matches the whole text.
func (g glob) matches(s string) bool {
	return len(s) >= len(g.begin) && strings.EqualFold(s[:len(g.begin)], g.begin) && g.pattern.MatchString(s)
}

// anyMatches is also true if there are no patterns.
func anyMatches(patterns []glob, s string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(g glob) bool { return g.matches(s) })
}
