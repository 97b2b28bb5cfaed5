package normalize_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gateway/normalize"
)

// TestPhrasesAreTriedWhereTheyMatch has every pattern of the tables make texts that it matches.
func TestPhrasesAreTriedWhereTheyMatch(t *testing.T) {
	const texts = 20
	patterns, skipping := 0, 0
	for pattern, worthTrying := range normalize.AllPhrases() {
		matching := rapid.StringMatching(strings.ReplaceAll(pattern, `\b`, ``)) // most of them stand between words
		compiled := regexp.MustCompile(pattern)
		for seed := range texts {
			if text := matching.Example(seed); compiled.MatchString(text) && !worthTrying(text) {
				t.Errorf("%s matches %q and would not be tried", pattern, text)
			}
		}
		patterns++
		if !worthTrying("") {
			skipping++
		}
	}
	t.Logf("%d of %d patterns are skipped where what they need is missing", skipping, patterns)
	if patterns < 300 || skipping < patterns*9/10 {
		t.Error("nearly every pattern should need something")
	}
}

func TestPatternsAreTriedInEitherCaseAndInTurn(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{`(?i)^(?:Validation failed\.?|.*does not comply)$`, "VALIDATION FAILED.", true},
		{`(?i)^(?:Validation failed\.?|.*does not comply)$`, "It Does Not Comply", true},
		{`(?i)^(?:Validation failed\.?|.*does not comply)$`, "The price must be greater than 0.", false},
		{`(?i)kind of task`, "\u212Aind of tas\u212A", true}, // KELVIN SIGN
		{`(?i)sum`, "\u017Fum", true}, // LATIN SMALL LETTER LONG S
		{`already (?:in use|taken)`, "already taken", true},
		{`already (?:in use|taken)`, "taken already", false},
		{`already (?:in use|taken)`, "already set", false},
		{`(?:ab|abc)(?:cd|d)`, "abcd", true},
		{`(?:aa)+a`, "aa", false},
		{`\d+`, "none", true}, // needs nothing that can be looked for
	} {
		if got := normalize.IsWorthTrying(c.pattern, c.text); got != c.want {
			t.Errorf("%s on %q: %v, want %v", c.pattern, c.text, got, c.want)
		}
		if regexp.MustCompile(c.pattern).MatchString(c.text) && !c.want {
			t.Errorf("%s matches %q", c.pattern, c.text)
		}
	}
}
