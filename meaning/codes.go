package meaning

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"gateway/document"
	"gateway/problem"
	"gateway/wording"
)

// CodeSense is what a machine code means. A firm one beats words and status; a soft one only says more than a status
// that says little, because vendors use such codes for many things.
type CodeSense struct {
	As           problem.Type
	Firm         bool
	says, unless wording.Phrases
}

// codeWording is a CodeSense as the tables write it.
type codeWording struct {
	as           problem.Type
	firm         bool
	says, unless []string
}

// codeSenses compiles the tables once, when they are asked for. They are tried in this order on a code's words.
var codeSenses = sync.OnceValue(func() []CodeSense {
	var senses []CodeSense
	for _, w := range slices.Concat(codesOfCallers, codesOfThings, softCodes) {
		senses = append(senses, CodeSense{w.as, w.firm, codes(w.says), codes(w.unless)})
	}
	return senses
})

// codes compiles patterns that begin where words do.
func codes(patterns []string) wording.Phrases { return wording.NewPhrases(`\b`, patterns, "") }

// saidBy is true if a code's words mean this.
func (s CodeSense) saidBy(words string) bool {
	return s.says.In(words) && !s.unless.In(words)
}

// SenseOfCode returns the first sense of the tables that a machine code has, whatever its spelling: rate_limit_exceeded,
// RateLimitExceededException and RATE-LIMIT-EXCEEDED alike. It is false for codes that say nothing, as numbers do.
func SenseOfCode(code string) (CodeSense, bool) {
	words := CodeWords(code)
	if words == "" {
		return CodeSense{}, false
	}
	kernel := kindOfCode.ReplaceAllString(words, "")
	for _, sense := range codeSenses() {
		if sense.saidBy(words) || kernel != words && sense.saidBy(kernel) {
			return sense, true
		}
	}
	return CodeSense{}, false
}

// kindOfCode is what classes of exceptions end with.
var kindOfCode = regexp.MustCompile(`(?: exceptions?| errors?| faults?)+$`)

// IsKindOfError is true for the words of a code that end as classes of exceptions do.
func IsKindOfError(words string) bool { return kindOfCode.MatchString(words) }

// CodeWords gives the words of a code in lower case: NoSuchKey, no_such_key and NO-SUCH-KEY are "no such key".
func CodeWords(code string) string {
	var b strings.Builder
	runes := []rune(document.Clip(code, wording.MaxCodeBytes))
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteByte(' ')
			continue
		case unicode.IsUpper(r) && i > 0 && startsWord(runes, i):
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// startsWord is true for an upper-case letter after a lower-case one, and for the last of several before one.
func startsWord(runes []rune, i int) bool {
	return unicode.IsLower(runes[i-1]) || unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
}
