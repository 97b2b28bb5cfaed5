package normalize

import (
	"regexp"
	"strings"

	"gateway/document"
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
			w.clues[saysNo] = w.clues[saysNo] || k == saysAway && turnsDown.In(plainWords(one.text, false))
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
	case wording.IsCode(text) && findsFault(codeWords(text)):
		w.add(saysFault)
	}
}

// saysWhat is what a sentence speaks for; numClues if for nothing.
func saysWhat(s sentence) clue {
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
		if !complains(s) {
			return numClues
		}
		return saysState
	case (means != "" || complains(s)) && isAboutCall(s.text), means == problem.InvalidRequest, Says(MeansMissingParameter, s.text), Says(MeansBadValue, s.text):
		return saysAsks
	case means != "", Says(MeansTryAgain, s.text):
		return saysKnown
	case refusal.MatchString(plainWords(s.text, false)), faulty.MatchString(s.text):
		return saysKnown
	case complains(s):
		return saysFault
	}
	return numClues
}

// isAboutCall is true for a complaint about what was called and by whom, of which no thing tells.
func isAboutCall(text string) bool {
	switch subjectOf(text) {
	case problem.Unauthenticated, problem.MethodNotAllowed:
		return true
	}
	return namesFunction.MatchString(text) || countWords(text) > 2 && namesRequest.MatchString(text)
}

// faulty is a sentence that names what is wrong and no more.
var faulty = regexp.MustCompile(`(?i)^(?:invalid|missing|unknown|unsupported|unrecogni[sz]ed) [\w ]+[.!]?$`)

// turnsDown is how a sentence says no to who asks, and does not only tell what became of a credential.
var turnsDown = wording.NewPhrases(`\b`, []string{`invalid`, `not valid`, `incorrect`, `wrong`, `missing`, `required`, `un-?auth\w*`, `not (?:be )?(?:provided|found|supplied|authori[sz]ed|authenticated)`, `denied`, `must`, `please`, `exceed\w*`, `too many`}, `\b`)

// praises is true for a sentence that says that all went well. An error that says so complains.
func praises(s sentence) bool {
	t, plain := tones(), plainWords(s.text, false)
	return !findsFault(s.text) && t.praises.In(plain) && !(s.ofError && t.complains.In(plain))
}

// comesToNothing is true for a sentence that says that a search has found nothing.
func comesToNothing(s sentence) bool {
	return !findsFault(s.text) && tones().finds.In(plainWords(s.text, false)) && !s.ofError
}

func complains(s sentence) bool {
	return findsFault(s.text) || s.ofError && tones().complains.In(plainWords(s.text, false))
}

// meaningOf is the type that a sentence means without any status.
func meaningOf(text string) problem.Type {
	f := fault{texts: []ranked{{text: text}}}
	return f.byWords(&view{answer: &document.Answer{}}, 0, "")
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
	sense, known := senseOfCode(text)
	return known && sense.firm && wording.IsToken(text)
}

// turnsAwayByCode is true for a code that is about the caller.
func turnsAwayByCode(text string) bool {
	sense, known := senseOfCode(text)
	return known && sense.firm && isAway(sense.as)
}
