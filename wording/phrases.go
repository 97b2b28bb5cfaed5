// Package wording recognises by its spelling what kind of text a vendor's text is: a code, a sentence, a link, the name of
// a status. It finds phrases in sentences fast, and cleans texts for a problem. What they mean is decided elsewhere.
package wording

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// Phrases are patterns of which one must match. Most texts lack something that a pattern needs, and checking that is far
// cheaper than trying the pattern. The zero value matches nothing.
type Phrases []Phrase

// Phrase is one pattern. Whatever it matches contains one text of each of needs, in that order and without overlap. A
// pattern without needs is always tried.
type Phrase struct {
	pattern *regexp.Regexp
	needs   [][]string
	rarest  []string   // of needs: what most texts lack is looked for first
	marks   []hallmark // of rarest, of which one must fit; without any all texts are looked at
	folds   bool       // the case of letters does not matter; needs are in lower case
}

// NewPhrases compiles patterns, each between the same beginning and end.
func NewPhrases(before string, patterns []string, behind string) Phrases {
	list := make(Phrases, 0, len(patterns))
	for _, pattern := range patterns {
		list = append(list, NewPhrase(before+`(?:`+pattern+`)`+behind))
	}
	return list
}

// NewPhrase compiles a pattern of a table; an invalid one panics.
func NewPhrase(pattern string) Phrase { return phraseOf(regexp.MustCompile(pattern)) }

// CompilePhrase compiles the pattern of a profile.
func CompilePhrase(pattern string) (*Phrase, error) {
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	p := phraseOf(compiled)
	return &p, nil
}

func phraseOf(pattern *regexp.Regexp) Phrase {
	parsed, err := syntax.Parse(pattern.String(), syntax.Perl)
	if err != nil {
		return Phrase{pattern: pattern} // cannot be: it is compiled
	}
	needs, folds := literals(parsed), hasFolded(parsed)
	if folds {
		for _, texts := range needs {
			lower(texts)
		}
	}
	rarest := rarestOf(needs)
	p := Phrase{pattern: pattern, needs: needs, rarest: rarest, folds: folds}
	if !folds {
		p.marks = hallmarksOf(rarest)
	}
	return p
}

// String returns the pattern.
func (p Phrase) String() string { return p.pattern.String() }

// hasFolded is true if a part of a pattern matches letters of either case.
func hasFolded(re *syntax.Regexp) bool {
	return re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase != 0 || slices.ContainsFunc(re.Sub, hasFolded)
}

func lower(texts []string) {
	for i, text := range texts {
		texts[i] = strings.ToLower(text)
	}
}

// In is true if a text contains one of the phrases.
func (list Phrases) In(text string) bool {
	has := pairsOf(text)
	for i := range list {
		if list[i].mayFit(&has, text) && list[i].pattern.MatchString(text) {
			return true
		}
	}
	return false
}

// IsIn is true if a text contains the phrase.
func (p *Phrase) IsIn(text string) bool { return p.mayBeIn(text) && p.pattern.MatchString(text) }

// Replaced returns text with what the pattern matches replaced, as by regexp.ReplaceAllString.
func (p *Phrase) Replaced(text, by string) string {
	if !p.mayBeIn(text) {
		return text
	}
	return p.pattern.ReplaceAllString(text, by)
}

// mayFit is false for a text, whose pairs are known, that lacks something the pattern needs.
func (p *Phrase) mayFit(has *pairs, text string) bool { return has.fitOne(p.marks) && p.mayBeIn(text) }

// mayBeIn is false for a text that lacks something the pattern needs.
func (p *Phrase) mayBeIn(text string) bool {
	switch {
	case len(p.needs) == 0, p.folds && !IsASCII(text): // two letters beyond ASCII count as k and s
		return true
	case p.folds:
		text = strings.ToLower(text)
	}
	return endOfFirst(p.rarest, text) >= 0 && (len(p.needs) == 1 || holdsInTurn(p.needs, text))
}

func holdsInTurn(needs [][]string, text string) bool {
	for _, texts := range needs {
		end := endOfFirst(texts, text)
		if end < 0 {
			return false
		}
		text = text[end:]
	}
	return true
}

// endOfFirst returns where the first of texts ends in text; -1 if none is there.
func endOfFirst(texts []string, text string) int {
	first := -1
	for _, each := range texts {
		if at := strings.Index(text, each); at >= 0 && (first < 0 || at+len(each) < first) {
			first = at + len(each)
		}
	}
	return first
}

// maxNeeds is how many texts are searched for in one place before trying the pattern is just as cheap.
const maxNeeds = 48

// literals lists the texts that every match contains, place by place.
func literals(re *syntax.Regexp) (needs [][]string) {
	switch {
	case re.Op == syntax.OpLiteral:
		return [][]string{{string(re.Rune)}}
	case re.Op == syntax.OpCapture, re.Op == syntax.OpPlus, re.Op == syntax.OpRepeat && re.Min > 0:
		return literals(re.Sub[0])
	case re.Op == syntax.OpConcat: // all parts must match
		for _, part := range re.Sub {
			needs = append(needs, literals(part)...)
		}
	case re.Op == syntax.OpAlternate: // any part may match
		var all []string
		for _, part := range re.Sub {
			found := rarestOf(literals(part))
			if all = append(all, found...); len(found) == 0 || len(all) > maxNeeds {
				return nil
			}
		}
		return [][]string{all}
	}
	return needs
}

// rarestOf returns the place whose texts are the rarest; nil for none.
func rarestOf(needs [][]string) (rarest []string) {
	for _, texts := range needs {
		if isRarer(texts, rarest) {
			rarest = texts
		}
	}
	return rarest
}

// isRarer guesses which of two lists appears in fewer texts: the one whose shortest text is longer.
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
