package normalize

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleanText makes a vendor's words fit for a problem: valid UTF-8 without control, bidirectional or invisible
// characters, white space collapsed, a leading ": " of an empty path gone, at most most bytes.
func cleanText(s string, most int) string {
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

// clipWords shortens s to at most n bytes and shows that it did.
func clipWords(s string, n int) string {
	const more = "…"
	if len(s) <= n {
		return s
	}
	return strings.TrimRight(clip(s, n-len(more)), " ") + more
}
