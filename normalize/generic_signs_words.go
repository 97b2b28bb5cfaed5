package normalize

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gateway/document"
)

// addOutcome takes a word for how the call went, or a number in its place.
func (s *signs) addOutcome(text string) {
	word := strings.ToLower(text)
	switch {
	case slices.Contains(failWords, word), slices.Contains(refusals, word), word == "f":
		s.refuses = true
	case strings.Contains(text, " ") && findsFault(text):
		s.says = true
		s.addWords(text)
	case slices.Contains(weakWords, word):
		s.weak = true
	case isGoodWord(word):
		s.settles = true
	case isDigits(text), hexNumber.MatchString(text):
		n, _ := strconv.Atoi(text)
		s.number, s.failed = s.number || !isGoodNumber(text), s.failed || n >= 400 && n <= 599
		s.firm, s.told = s.firm || s.number && len(text) >= 3, true
	case isCode(text) && findsFault(codeWords(text)):
		s.refuses = true
		s.addToken(text)
	default:
		s.addCode(text)
	}
}

// addErrors takes what stands under an error's name.
func (s *signs) addErrors(name, text string) {
	switch {
	case isGoodCode(text), isDigits(text) && isGoodNumber(text):
		s.settles = true
	case strings.Contains(text, " "), !isASCII(text):
		s.fault, s.tells = true, s.tells || isMessageName(name)
		s.addWords(text)
	case strings.HasSuffix(name, "count"), strings.HasSuffix(name, "rate"):
		s.thing = true
	default:
		sense, known := senseOfCode(text)
		s.away = s.away || known && sense.firm && isAway(sense.as) && isCode(text)
		_, err := strconv.Atoi(text)
		s.coded = s.coded || known || isCode(text) || err == nil
		s.thing = s.thing || !s.coded
		s.named = s.named || s.coded
		if s.coded && isMessageName(name) && isReasonPhrase(text) {
			s.words, s.known = true, true
		}
	}
}

// hexNumber is a number of an error in hexadecimal.
var hexNumber = regexp.MustCompile(`^0[xX](?:0*[1-9a-fA-F])[0-9a-fA-F]*$`)

// isOutcomeWord is true for a word in the place of a code that says how the call went.
func isOutcomeWord(text string) bool {
	word := strings.ToLower(text)
	return slices.Contains(failWords, word) || slices.Contains(weakWords, word) || slices.Contains(refusals, word) || isGoodWord(word) || word == "f"
}

// lettered is a number of an error that letters lead: E0001, ERR-17.
var lettered = regexp.MustCompile(`^[A-Z]{1,4}[_-]?\d{2,}$`)

// addCode takes a machine code.
func (s *signs) addCode(text string) {
	n, err := strconv.Atoi(text)
	if hexNumber.MatchString(text) {
		n, err = 1, nil
	}
	sense, known := senseOfCode(text)
	switch {
	case isGoodCode(text), err == nil && n >= 0 && isGoodNumber(text):
		s.settles = true
	case err == nil:
		s.number, s.refuses = true, s.refuses || n < 0
	case known && sense.firm && isToken(text), kindOfCode.MatchString(codeWords(text)):
		s.coded = true
	case isCode(text) && findsFault(codeWords(text)):
		s.coded = true
	case lettered.MatchString(text):
		good := strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-0") == ""
		s.number, s.settles = s.number || !good, s.settles || good
	default:
		s.thing = true
	}
}

func (s *signs) addWords(text string) {
	if isToken(text) && isASCII(text) {
		s.addToken(text)
		return
	}
	if s.words = true; isReasonPhrase(text) { // of an answer that the vendor got, perhaps
		return
	}
	s.asks = s.asks || Says(MeansMissingParameter, text)
	s.known = s.known || s.asks || meansSomething(text) || Says(MeansBadValue, text)
	s.away = s.away || turnsAway(text)
	s.faults = s.faults || findsFault(text)
}

// addToken takes a token where words should be.
func (s *signs) addToken(text string) {
	sense, known := senseOfCode(text)
	switch {
	case isGoodWord(strings.ToLower(text)):
		s.settles = true
	case known && sense.firm:
		s.known = true
		s.coded, s.words, s.away = true, true, s.away || isAway(sense.as)
	}
}

// holdsFacts is true for an object that tells of the answer alone.
func holdsFacts(n *document.Node) bool {
	return n.Kind == document.Object && !slices.ContainsFunc(n.Members, func(m document.Member) bool { return !isFact(plainName(m.Name)) && !holdsNothing(m.Value) })
}
