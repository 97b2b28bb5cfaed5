// Package meaning tells what words mean: a sentence in many languages, or a machine code in any spelling. Its tables hold
// classes of words, never a vendor's sentences. Where a text stands in an answer is for others to weigh.
package meaning

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"gateway/document"
	"gateway/wording"
)

// Meaning is what a sentence says, in whatever words. Profiles ask for it by name: says: already-exists.
type Meaning string

// Meanings that rules can ask for.
const (
	AlreadyExists    Meaning = "already-exists"     // the thing is there, taken, not unique
	NotFound         Meaning = "not-found"          // some thing does not exist
	MissingSetup     Meaning = "missing-setup"      // some thing is not configured or switched on
	Unparsable       Meaning = "unparsable"         // the document itself could not be read
	BadCredentials   Meaning = "bad-credentials"    // a client, secret, user, password or token is wrong or over
	NotAllowed       Meaning = "not-allowed"        // known, but without the right to do it
	MissingParameter Meaning = "missing-parameter"  // a parameter is missing, empty or unknown
	TooLarge         Meaning = "too-large"          // too much of it
	RateLimited      Meaning = "rate-limited"       // too many requests in a short time
	Method           Meaning = "method-not-allowed" // the verb is not supported here
)

// vocabulary is how a meaning is worded: any of says, unless one of unless is said as well.
type vocabulary struct {
	says, unless wording.Phrases
	names        bool // Quoted names of credentials count as words
}

// entry is a vocabulary as the tables write it: patterns of RE2 for whole words, in lower case, with the parts of
// phraseParts in angle brackets.
type entry struct{ says, unless []string }

// vocabularies compiles all tables of words, once and when they are asked for: a command that reads no answer need not
// wait for it.
var vocabularies = sync.OnceValue(func() map[Meaning]vocabulary {
	compiled := map[Meaning]vocabulary{}
	for meaning, w := range plainMeanings {
		compiled[meaning] = w.compile(meaning)
	}
	for meaning, w := range strictMeanings() {
		v := w.compile(meaning)
		v.names = true
		compiled[meaning] = v
	}
	return compiled
})

// compile adds the patterns of other languages.
func (w entry) compile(m Meaning) vocabulary {
	says := append(wholeWords(w.says), wording.NewPhrases(`(?:^|[^\pL])`, foreignWords[m], `(?:$|[^\pL])`)...) // \b knows ASCII alone
	return vocabulary{says: append(says, wording.NewPhrases("", easternWords[m], "")...), unless: wholeWords(w.unless)}
}

// wholeWords compiles patterns that begin and end where words do.
func wholeWords(patterns []string) wording.Phrases {
	whole := make([]string, len(patterns))
	for i, pattern := range patterns {
		whole[i] = phraseParts.Replace(pattern)
	}
	return wording.NewPhrases(`\b`, whole, `\b`)
}

// quoted is what a sentence cites, such as a caller's own value, which must not be taken for the vendor's words.
var quoted = regexp.MustCompile("\"[^\"]*\"|“[^”]*”|‘[^’‘]*[’‘]|`[^`]*`|(?:^|[\\s(\\[:=,])'[^']*'")

// quoteMarks are what every match of quoted has one of.
const quoteMarks = "\"“‘`'"

// credentialName is a quoted name that is no caller's value: 'api_key', "clientToken".
var credentialName = regexp.MustCompile(`^\W*[A-Za-z]+(?:[_-](?i:key|token|secret|password)|Key|Token|Secret|Password)\W*$`)

// joinedName is where the words of an unquoted name of a credential meet, as in AccessToken.
var joinedName = wording.NewPhrase(`([a-z])(Keys?|Tokens?|Secrets?|Passwords?)\b`)

// Quotes returns what a sentence cites, with its marks.
func Quotes(sentence string) []string { return quoted.FindAllString(sentence, -1) }

// Says is true if sentence means m. It never looks at numbers and never at what the sentence quotes.
func Says(m Meaning, sentence string) bool {
	v, known := vocabularies()[m]
	if !known {
		return false
	}
	sentence = PlainWords(sentence, v.names)
	return v.says.In(sentence) && !v.unless.In(sentence)
}

// PlainWords prepares a sentence for the vocabularies; with names, quoted names of credentials stay.
func PlainWords(sentence string, names bool) string {
	sentence = document.Clip(sentence, 4*wording.MaxTextBytes)
	if strings.ContainsAny(sentence, quoteMarks) {
		sentence = quoted.ReplaceAllStringFunc(sentence, func(text string) string {
			if names && credentialName.MatchString(text) {
				return " " + CodeWords(text) + " "
			}
			return " "
		})
	}
	if names { // api_key, AccessToken
		sentence = strings.ReplaceAll(sentence, "_", " ")
		sentence = joinedName.Replaced(sentence, "$1 $2")
	}
	sentence = strings.ReplaceAll(sentence, "’", "'")
	sentence = strings.ToLower(sentence)
	if !wording.IsTidy(sentence) {
		sentence = strings.Join(strings.Fields(sentence), " ")
	}
	return strings.TrimRight(sentence, " .!")
}

// IsKnown is true for a name that says: knows.
func IsKnown(m Meaning) bool {
	for _, meanings := range []map[Meaning]entry{plainMeanings, meaningsOfCallers, meaningsOfThings} {
		if _, known := meanings[m]; known {
			return true
		}
	}
	return false
}

// All returns every meaning that says: knows, sorted. The slice is the caller's own.
func All() []Meaning {
	return slices.Sorted(maps.Keys(vocabularies()))
}
