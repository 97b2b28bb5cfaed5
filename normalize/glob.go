package normalize

import (
	"regexp"
	"slices"
	"strings"
)

// glob is a pattern in which * is anything but a separator and ** anything at all, in any case.
type glob struct {
	begin   string // before its first *, for a quick look
	pattern *regexp.Regexp
}

// globs compiles patterns; without a separator * is anything, too.
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

// matches is true for a text that the whole pattern fits.
func (g glob) matches(s string) bool {
	return len(s) >= len(g.begin) && strings.EqualFold(s[:len(g.begin)], g.begin) && g.pattern.MatchString(s)
}

// anyMatches is true where there are no patterns, too.
func anyMatches(patterns []glob, s string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(g glob) bool { return g.matches(s) })
}
