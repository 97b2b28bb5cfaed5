package meaning_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gateway/meaning"
	"gateway/wording"
)

// TestPhrasesAreTriedWhereTheyMatch has every pattern of the tables make texts that it matches.
func TestPhrasesAreTriedWhereTheyMatch(t *testing.T) {
	const texts = 20
	patterns := 0
	for phrase := range meaning.AllPhrases() {
		pattern := phrase.String()
		matching := rapid.StringMatching(strings.ReplaceAll(pattern, `\b`, ``)) // most of them stand between words
		compiled, tried := regexp.MustCompile(pattern), wording.Phrases{phrase}
		for seed := range texts {
			if text := matching.Example(seed); compiled.MatchString(text) && !tried.In(text) {
				t.Errorf("%s matches %q and would not be tried", pattern, text)
			}
		}
		patterns++
	}
	if patterns < 300 {
		t.Errorf("only %d patterns are there", patterns)
	}
}
