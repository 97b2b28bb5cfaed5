package generic

import (
	"slices"
	"strconv"
	"strings"

	"gateway/document"
	"gateway/meaning"
	"gateway/wording"
)

// scalar looks at a text or a number by the role of its name.
func (w *weigher) scalar(m document.Member, name string, is meant, text string) {
	switch {
	case isOwnName(m.Name):
		w.addOwn(text)
	case isOutcome(name):
		w.addOutcome(name, text)
	case name == "state" && wording.IsDigits(text):
		w.addOutcome(name, text)
	case name == "state" && slices.Contains(failWords, strings.ToLower(text)):
		w.add(failWeakly)
	case name == "state", name == "phase": // of things
		w.add(otherWord)
	case isErrorName(name):
		w.addError(name, is, text)
	case is.role == kindRole && wording.IsEnvelopeWord(text):
		w.clues[failType] = w.clues[failType] || slices.Contains(failWords, strings.ToLower(text))
	case is.role == codeRole:
		w.addCode(name, text, m.Value.Kind == document.Number)
	case is.role == textRole, is.role == titleRole, isMessageName(name):
		w.addMessage(name, text)
	case is.role == kindRole && wording.IsCode(text) && meaning.IsKindOfError(meaning.CodeWords(text)):
		w.add(codeKnown)
	case name == "type" && wording.IsToken(text):
		w.add(typed)
	case isDate(text):
		w.clues[dated] = w.clues[dated] || isOfLife(name)
	case is.role == bagRole, is.role == oneRole, is.role == manyRole, name == "response":
		w.addInPlace(text)
	default:
		w.addOther(name, is, text)
	}
}

// addOwn takes an id or a name, unless an error's number or code is called so.
func (w *weigher) addOwn(text string) {
	n, err := strconv.Atoi(text)
	switch {
	case err == nil && n < 0:
		w.add(codeNegative)
	case strings.Contains(strings.ToLower(text), "error") && wording.IsToken(text), wording.IsCode(text) && isFirmCode(text):
		w.add(codeTold)
	default:
		w.add(owned)
	}
}

// addOutcome takes a word for how the call went, or a number in its place.
func (w *weigher) addOutcome(name, text string) {
	word := strings.ToLower(text)
	n, err := strconv.Atoi(text)
	switch {
	case wording.IsReasonPhrase(text) && !wording.IsDigits(text):
		w.add(codeOfHTTP)
	case slices.Contains(failWords, word), slices.Contains(refusals, wording.PlainName(word)), word == "f":
		w.addYesNo(name == "status", name != "status", failStatus, failResult)
	case slices.Contains(weakWords, word):
		w.addYesNo(name == "status", name != "status", failWeakly, failTold)
	case err == nil && n == 0:
		w.add(failZero)
	case err == nil && n >= 200 && n <= 206 && strings.Contains(name, "status"):
		w.add(settlesHTTP)
	case isGoodWord(word), isGoodCode(word), err == nil && isGoodNumber(text):
		w.add(settles)
	case err == nil && isOfAnswer(name):
		w.addAnswerNumber(n, len(text), strings.HasSuffix(name, "code"))
	case err == nil, hexNumber.MatchString(text):
		w.addNumber(n, len(text), true)
	case strings.Contains(text, " "), !wording.IsASCII(text):
		w.add(failSaid)
		w.say(false, text)
	case w.addToken(text):
	case isAway(meaningOf(text)):
		w.clues[codeKnown], w.clues[saysAway] = true, true
	case strings.HasSuffix(name, "code") && wording.IsCode(text):
	case strings.HasSuffix(name, "code"), strings.Trim(text, "0123456789.-") == "":
		w.addExtra()
	default:
		w.add(otherWord)
	}
}

// addMessage takes words, or a word for how the call went in their place.
func (w *weigher) addMessage(name, text string) {
	if !isMessageName(name) && isOutcomeWord(text) {
		w.addOutcome(name, text)
		return
	}
	if isReason(name) && wording.IsCode(text) {
		w.add(codeTold)
	}
	w.messages = w.messages || isMessageName(name) || strings.HasPrefix(name, "status")
	w.say(false, text)
}

// addInPlace takes a text that stands where an answer would: {"data": "Invalid key"}.
func (w *weigher) addInPlace(text string) {
	switch {
	case isOutcomeWord(text):
		w.addOutcome("result", text)
	case wording.IsDigits(text) && !isGoodNumber(text):
		w.addAnswerNumber(1, len(text), false)
	case strings.Contains(text, " "), !wording.IsASCII(text):
		w.add(failSaid)
		w.say(false, text)
	case wording.IsCode(text):
		w.say(true, text)
	default:
		w.addExtra()
	}
}

// addOther takes what no name says anything of: it may be an error's word or code all the same.
func (w *weigher) addOther(name string, is meant, text string) {
	switch {
	case slices.Contains(failWords, strings.ToLower(text)) && !tellsHowBad(name):
		w.add(failOther)
	case is.role != nameRole && wording.IsCode(text) && (turnsAwayByCode(text) || strings.ToUpper(text) == text && meaning.FindsFault(meaning.CodeWords(text))):
		w.add(codeOther)
		w.clues[saysAway] = w.clues[saysAway] || turnsAwayByCode(text)
	case wording.IsWord(text) && meaning.FindsFault(text) && !tellsHowBad(name): // {"user": "invalid"}
		w.add(errorMap)
	case echoes(name, is):
	case is.role == docsRole && strings.HasPrefix(name, "ur"), is.role == docsRole && name == "link":
		w.addExtra()
	case is.role == idRole, is.role == docsRole, is.role == retryRole, is.role == againRole:
	default:
		if strings.Count(text, " ") > 1 {
			w.remarks = append(w.remarks, text)
		}
		w.addExtra()
	}
}

// tellsHowBad is true for names of what logs tell of their entries.
func tellsHowBad(name string) bool {
	return strings.HasSuffix(name, "level") || name == "severity" || name == "type"
}
