package generic

import (
	"strconv"
	"strings"

	"gateway/meaning"
	"gateway/wording"
)

// addCode takes a machine code, or a word for how the call went in its place.
func (w *weigher) addCode(name, text string, number bool) {
	n, err := strconv.Atoi(text)
	switch {
	case isOutcomeWord(text):
		w.addOutcome("status", text)
	case wording.LeadsWithStatus(text) && strings.Contains(text, " "):
		w.add(codeOfHTTP)
	case isGoodCode(text), err == nil && n >= 0 && isGoodNumber(text):
		w.add(settles)
	case err == nil && isOfAnswer(name):
		w.clues[codeOfAnswer], w.clues[codeNegative] = true, w.clues[codeNegative] || n < 0
	case err == nil:
		w.addNumber(n, len(text), number || len(text) > 4)
	case hexNumber.MatchString(text):
		w.addNumber(0, len(text), true)
	case !w.addToken(text):
		w.addExtra()
	}
}

// addNumber takes an error's number of so many digits; firm is false for what may be the number of a thing.
func (w *weigher) addNumber(n, digits int, firm bool) {
	switch {
	case n >= 400 && n <= 599:
		w.add(codeOfHTTP)
	case n < 0:
		w.add(codeNegative)
	case digits < 3:
		w.add(codeShort)
	case firm:
		w.add(codeLong)
	default:
		w.add(codeTold)
	}
}

// addAnswerNumber takes a number under a name that only an answer has.
func (w *weigher) addAnswerNumber(n, digits int, code bool) {
	switch {
	case code:
		w.add(codeOfAnswer)
	case digits < 3 && n > 0:
		w.add(codeTold)
	default:
		w.addNumber(n, digits, true)
	}
}

// addToken takes a code in words or letters; false if it is not known as an error's.
func (w *weigher) addToken(text string) bool {
	words := meaning.CodeWords(text)
	switch {
	case isFirmCode(text), meaning.IsKindOfError(words), wording.IsCode(text) && meaning.FindsFault(words):
		w.add(codeKnown)
	case !lettered.MatchString(text):
		return false
	case strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-0") == "":
		w.add(settles)
	default:
		w.add(codeLong)
	}
	w.clues[saysAway] = w.clues[saysAway] || turnsAwayByCode(text)
	return true
}
