package admin

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"gateway/document"
	"gateway/problem"
)

// fingerprint is what failures of one group have in common. It is comparable, because it is the key of a map.
type fingerprint struct {
	upstream string
	rule     string // "" where none mapped it
	typ      problem.Type
	code     string // the vendor's
	template string // of the words
	passed   bool   // it was a success to the caller; the rest is what the shadow profile would make of it
}

// id is short enough for a link, and the same in every process.
func (f fingerprint) id() string {
	sum := sha256.New()
	for _, part := range []string{f.upstream, f.rule, string(f.typ), f.code, f.template} {
		sum.Write([]byte(part))
		sum.Write([]byte{0})
	}
	if f.passed {
		sum.Write([]byte("passed"))
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// Bounds on the texts of a fingerprint.
const (
	maxTemplateBytes = 240
	maxCodeBytes     = 64
)

// Blanks stand for what differs between occurrences of one failure.
const (
	blankValue = "#" // a number, an id, an address
	blankQuote = "“…”"
)

// template blanks what differs between occurrences: quoted values, and words that contain a digit or an address. Words and
// their order stay. A list of values becomes one blank, however long it is.
func template(words string) string {
	out := make([]byte, 0, min(len(words), maxTemplateBytes)+utf8.UTFMax)
	blank, end := "", 0 // the last blank, and where it ends in out
	for rest := strings.TrimSpace(words); rest != "" && len(out) < maxTemplateBytes; {
		part, after := cutQuote(rest)
		if part == "" {
			part, after = cutWord(rest)
		} else {
			part = blankQuote
		}
		rest = after
		if part == blank && strings.Trim(string(out[end:]), " ,;|&/") == "" {
			out = out[:end]
			continue
		}
		out = append(out, part...)
		if part == blankQuote || part == blankValue {
			blank, end = part, len(out)
		}
	}
	return document.Clip(string(out), maxTemplateBytes)
}

// closingOf returns the mark that ends a quoted value, by the one that begins it.
func closingOf(opening rune) (closing rune, ok bool) {
	switch opening {
	case '"', '\'', '`':
		return opening, true
	case '“':
		return '”', true
	case '„':
		return '“', true
	case '‘':
		return '’', true
	case '«':
		return '»', true
	}
	return 0, false
}

// cutQuote splits off a quoted value; "" if none begins here. An apostrophe within a word is not a quote.
func cutQuote(s string) (quoted, rest string) {
	opening, size := utf8.DecodeRuneInString(s)
	closing, ok := closingOf(opening)
	if !ok {
		return "", s
	}
	for from := size; ; {
		n := strings.IndexRune(s[from:], closing)
		if n < 0 {
			return "", s
		}
		end := from + n + utf8.RuneLen(closing)
		if next, _ := utf8.DecodeRuneInString(s[end:]); closing != '\'' || !isWord(next) {
			return s[:end], s[end:]
		}
		from = end
	}
}

// cutWord splits off a word or one other character. A word that is a value gives a blank.
func cutWord(s string) (part, rest string) {
	end := strings.IndexFunc(s, func(r rune) bool { return !isToken(r) })
	switch {
	case end < 0:
		end = len(s)
	case end == 0:
		_, size := utf8.DecodeRuneInString(s)
		if isSpace := strings.TrimLeftFunc(s, unicode.IsSpace); len(isSpace) < len(s) {
			return " ", isSpace
		}
		return s[:size], s[size:]
	}
	word := strings.TrimRight(s[:end], ".:")
	if isValue(word) {
		return blankValue, s[len(word):]
	}
	if word == "" { // dots alone
		word = s[:end]
	}
	return word, s[len(word):]
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// isToken is what numbers, ids, addresses, dates and paths consist of.
func isToken(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return true
	case r < utf8.RuneSelf:
		return strings.IndexByte("_-.:@/%+#$~=", byte(r)) >= 0
	}
	return isWord(r)
}

// isValue is true for what no sentence repeats: a number, an id, an e-mail address, a URL.
func isValue(token string) bool {
	return strings.ContainsFunc(token, unicode.IsDigit) || strings.Contains(token, "@") || strings.Contains(token, "://") ||
		token == blankValue
}
