package wording

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"gateway/document"
)

// MaxTextBytes bounds each text that a vendor's answer puts into a problem.
const MaxTextBytes = 1 << 10

// MaxCodeBytes bounds machine codes and ids.
const MaxCodeBytes = 128

// CleanText cleans a vendor's words for a problem: valid UTF-8 without control, bidirectional or invisible characters,
// markup or stack trace; white space collapsed; without a leading ": " of an empty path; at most most bytes.
func CleanText(s string, most int) string {
	s = withoutTags(withoutTrace(s))
	if IsTidy(s) && strings.IndexByte(":;,", s[0]) < 0 {
		return clipWords(s, most)
	}
	var b strings.Builder
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r):
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
		if b.Len() > most+utf8.UTFMax {
			break
		}
	}
	return clipWords(strings.TrimLeft(b.String(), ":;, "), most)
}

// IsTidy is true for printable ASCII with single spaces between words, as most texts are.
func IsTidy(s string) bool {
	before := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && before == ' ' {
			return false
		}
		before = c
	}
	return before != ' '
}

// clipWords shortens s to at most n bytes and marks that it did.
func clipWords(s string, n int) string {
	const more = "…"
	if len(s) <= n {
		return s
	}
	return strings.TrimRight(document.Clip(s, n-len(more)), " ") + more
}

// frame matches where a stack trace begins: .NET, Java and JavaScript, PHP, Python, Ruby, Go.
var frame = NewPhrase(`(?m)(?:^|\s{2,})\s*(?:at [\w$.<>\[\]` + "`" + `]+\s?\(.*\)|#\d+ +\S+\(|Traceback \(most recent call last\)|File ".+", line \d+|from \S+:\d+:in |goroutine \d+ \[|--- End of )`)

// withoutTrace returns what precedes a stack trace, which is of no use to callers and shows strangers too much.
func withoutTrace(s string) string {
	if !frame.mayBeIn(s) {
		return s
	}
	if at := frame.pattern.FindStringIndex(s); at != nil {
		return s[:at[0]]
	}
	return s
}

// tags match the HTML tags that servers put into sentences. Others, as in "expected <number>", are words.
var tags = regexp.MustCompile(`(?is)<(?:script|style)\b.*?</(?:script|style)\s*>|<!--.*?-->|` +
	`</?(?:a|b|br|code|div|em|font|h[1-6]|hr|i|iframe|img|input|li|object|ol|p|pre|script|small|span|strong|style|svg|table|tbody|td|th|tr|tt|u|ul)(?:[\s/][^<>]*)?>`)

// withoutTags returns what a browser would show of a sentence with markup in it.
func withoutTags(s string) string {
	if !strings.ContainsRune(s, '<') {
		return s
	}
	return tags.ReplaceAllString(s, " ")
}

// CleanID returns an id in the form in which it is shown and searched for; "" if it contains anything but printable ASCII.
func CleanID(id string) string {
	id = strings.TrimSpace(id)
	if strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r >= unicode.MaxASCII }) {
		return ""
	}
	return CleanText(id, MaxCodeBytes)
}

// IsDigits is true for one or more digits and nothing else.
func IsDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
