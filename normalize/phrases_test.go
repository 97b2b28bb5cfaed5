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
		for seed := range texts {
			if text := matching.Example(seed); regexp.MustCompile(pattern).MatchString(text) && !worthTrying(text) {
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
