package wording_test

import (
	"regexp"
	"testing"

	"gateway/wording"
)

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
		if got := wording.IsWorthTrying(c.pattern, c.text); got != c.want {
			t.Errorf("%s on %q: %v, want %v", c.pattern, c.text, got, c.want)
		}
		if regexp.MustCompile(c.pattern).MatchString(c.text) && !c.want {
			t.Errorf("%s matches %q", c.pattern, c.text)
		}
	}
}
