package normalize

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// phrases are patterns of which one must match. Most texts hold nothing of what a pattern cannot match without, and
// looking for that is far cheaper than trying the pattern. The zero value matches nothing.
type phrases []phrase

// phrase is one pattern. Whatever it matches holds one of needs; without any it is always tried.
type phrase struct {
	pattern *regexp.Regexp
	needs   []string
}

// newPhrases compiles patterns, each between the same two ends.
func newPhrases(before string, patterns []string, behind string) phrases {
	list := make(phrases, 0, len(patterns))
	for _, pattern := range patterns {
		list = append(list, newPhrase(before+`(?:`+pattern+`)`+behind))
	}
	return list
}

func newPhrase(pattern string) phrase {
	compiled := regexp.MustCompile(pattern)
	return phrase{compiled, needsOf(compiled)}
}

// in is true if a text holds one of the phrases.
func (list phrases) in(text string) bool {
	for i := range list {
		if list[i].mayBeIn(text) && list[i].pattern.MatchString(text) {
			return true
		}
	}
	return false
}

func (p *phrase) mayBeIn(text string) bool {
	for _, need := range p.needs {
		if strings.Contains(text, need) {
			return true
		}
	}
	return len(p.needs) == 0
}

// maxNeeds is how many texts are looked for before trying the pattern is as cheap.
const maxNeeds = 48

// needsOf lists texts of which every match holds one; none where that cannot be told.
func needsOf(pattern *regexp.Regexp) []string {
	parsed, err := syntax.Parse(pattern.String(), syntax.Perl)
	if err != nil {
		return nil // cannot be: it is compiled
	}
	needs := literals(parsed)
	if len(needs) > maxNeeds {
		return nil
	}
	return needs
}

// literals is needsOf for a part.
func literals(re *syntax.Regexp) []string {
	switch {
	case re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase == 0:
		return []string{string(re.Rune)}
	case re.Op == syntax.OpCapture, re.Op == syntax.OpPlus, re.Op == syntax.OpRepeat && re.Min > 0:
		return literals(re.Sub[0])
	case re.Op == syntax.OpConcat: // all parts must match: the one that is rarest will do
		var best []string
		for _, part := range re.Sub {
			if found := literals(part); isRarer(found, best) {
				best = found
			}
		}
		return best
	case re.Op == syntax.OpAlternate: // any part may match
		var all []string
		for _, part := range re.Sub {
			found := literals(part)
			if len(found) == 0 {
				return nil
			}
			all = append(all, found...)
		}
		return all
	}
	return nil
}

// isRarer guesses which of two lists fewer texts hold: the one whose shortest text is longer.
func isRarer(a, b []string) bool {
	switch short, than := shortest(a), shortest(b); {
	case len(a) == 0 || len(b) == 0:
		return len(a) > 0
	case short != than:
		return short > than
	}
	return len(a) < len(b)
}

func shortest(texts []string) int {
	least := 0
	for i, text := range texts {
		if i == 0 || len(text) < least {
			least = len(text)
		}
	}
	return least
}
