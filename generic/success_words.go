package generic

import (
	"regexp"
	"strings"

	"gateway/document"
	"gateway/meaning"
	"gateway/problem"
	"gateway/wording"
)

// words looks at all that is said.
func (w *weigher) words() {
	for _, one := range w.said {
		if wording.IsToken(one.text) && (wording.IsCode(one.text) || !wording.IsWord(strings.ToLower(one.text))) {
			w.addSaidCode(one.text)
		} else if k := saysWhat(one); k != numClues {
			w.add(k)
			w.clues[saysNo] = w.clues[saysNo] || k == saysAway && turnsDown.In(meaning.PlainWords(one.text, false))
		}
	}
}

// addSaidCode takes a code that stands where words should.
func (w *weigher) addSaidCode(text string) {
	switch {
	case isGoodWord(strings.ToLower(text)):
		w.add(settles)
	case isFirmCode(text):
		w.add(codeKnown)
		w.clues[saysAway] = w.clues[saysAway] || turnsAwayByCode(text)
	case wording.IsCode(text) && meaning.FindsFault(meaning.CodeWords(text)):
		w.add(saysFault)
	}
}

// saysWhat is what a sentence speaks for; numClues if for nothing.
func saysWhat(s sentence) clue {
	if code, rest, cut := strings.Cut(s.text, ":"); cut && wording.IsToken(code) && strings.Contains(rest, " ") { // EGeneral:Invalid arguments
		s.text = strings.TrimSpace(rest)
	}
	means := meaningOf(s.text)
	switch {
	case isAway(means):
		return saysAway
	case wording.IsReasonPhrase(s.text):
		return saysReason
	case comesToNothing(s):
		return saysNone
	case praises(s):
		return saysWell
	case means == problem.PaymentRequired, means == problem.Conflict:
		switch {
		case complains(s):
			return saysState
		case meaning.Says(meaning.TryAgain, s.text):
			return saysKnown
		}
		return numClues
	case (means != "" || complains(s)) && isAboutCall(s.text), means == problem.InvalidRequest, meaning.Says(meaning.MissingParameter, s.text), meaning.Says(meaning.BadValue, s.text):
		return saysAsks
	case means != "", meaning.Says(meaning.TryAgain, s.text):
		return saysKnown
	case refusal.MatchString(meaning.PlainWords(s.text, false)), faulty.MatchString(s.text):
		return saysKnown
	case complains(s):
		return saysFault
	}
	return numClues
}

// isAboutCall is true for a complaint about what was called and by whom, of which no thing tells.
func isAboutCall(text string) bool {
	switch meaning.SubjectOf(text) {
	case problem.Unauthenticated, problem.MethodNotAllowed:
		return true
	}
	return namesFunction.MatchString(text) || countWords(text) > 2 && namesRequest.MatchString(text)
}

// faulty is a sentence that names what is wrong and no more.
var faulty = regexp.MustCompile(`(?i)^(?:invalid|missing|unknown|unsupported|unrecogni[sz]ed) [\w ]+[.!]?$`)

// turnsDown is how a sentence says no to who asks, and does not only tell what became of a credential.
var turnsDown = wording.NewPhrases(`\b`, []string{
	`invalid`, `not valid`, `incorrect`, `wrong`, `missing`, `required`, `un-?auth\w*`, `not (?:be )?(?:provided|found|supplied|authori[sz]ed|authenticated)`, `denied`, `must`, `please`, `exceed\w*`, `too many`,
	`requise?`, `requerid[oa]`, `necess[aá]ri[oa]`, `erforderlich`, `richiest[oa]`, `invalides?`, `inv[aá]lid[oa]`, `manquante?`, `fehlt`, `falt[ao]\w*`,
}, `\b`)

// praises is true for a sentence that says that all went well. An error that says so complains.
func praises(s sentence) bool {
	plain := meaning.PlainWords(s.text, false)
	return !meaning.FindsFault(s.text) && meaning.Praises(plain) && !(s.ofError && meaning.Complains(plain))
}

// comesToNothing is true for a sentence that says that a search has found nothing.
func comesToNothing(s sentence) bool {
	return !meaning.FindsFault(s.text) && meaning.FindsNothing(meaning.PlainWords(s.text, false)) && !s.ofError
}

func complains(s sentence) bool {
	return meaning.FindsFault(s.text) || s.ofError && meaning.Complains(meaning.PlainWords(s.text, false))
}

// meaningOf is the type that a sentence means without any status.
func meaningOf(text string) problem.Type {
	f := fault{texts: []ranked{{text: text}}}
	return f.byWords(&seen{answer: &document.Answer{}}, 0, "")
}

// isAway is true for types that are about the caller, and not about a thing that may well have failed.
func isAway(t problem.Type) bool {
	switch t {
	case problem.Unauthenticated, problem.RateLimited, problem.QuotaExceeded:
		return true
	}
	return false
}

// isFirmCode is true for a token that means the same at all vendors.
func isFirmCode(text string) bool {
	sense, known := meaning.SenseOfCode(text)
	return known && sense.Firm && wording.IsToken(text)
}

// turnsAwayByCode is true for a code that is about the caller.
func turnsAwayByCode(text string) bool {
	sense, known := meaning.SenseOfCode(text)
	return known && sense.Firm && isAway(sense.As)
}
