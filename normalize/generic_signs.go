package normalize

import (
	"slices"
	"strconv"
	"strings"
)

// signs tell an answer that is an error from one that tells of things, which may well have failed.
type signs struct {
	refuses bool // it says that it is none: {"success": false}, {"status": "error"}, {"code": -1}
	flag    bool // it refuses by a flag
	settles bool // it says that all is well: {"code": 0}
	coded   bool // an error's code under an error's name, or one whose meaning is known
	failed  bool // a status of HTTP that is an error's
	number  bool // a number for a code that is none of a success
	fault   bool // words under an error's name
	words   bool // a message
	empty   bool // where data would be there is none
	none    bool // a list that data would be in is empty
	known   bool // what the words mean is known
	alone   bool // nothing stands beside it
	away    bool // they turn the caller away
	thing   bool // there is more than an error and what envelopes have
}

// areOfError weighs the signs. Whatever has more in it than an error is a thing.
func (s signs) areOfError() bool {
	switch {
	case s.thing, s.settles && !s.refuses:
		return s.away && (s.flag || s.fault && s.none)
	case s.refuses:
		return s.fault || s.words || s.coded
	case s.coded:
		return s.fault || s.alone || s.words && (s.number || s.known)
	case s.number:
		return s.fault || s.away
	}
	return s.fault && s.away
}

// areOfAnswer is areOfError for what a whole answer is, in which a number and a sentence say enough.
func (s signs) areOfAnswer() bool {
	return s.areOfError() || !s.thing && !s.settles && s.number && s.known && s.empty
}

// arePlain is true where nothing is left to doubt: it is none, why, and by which code.
func (s signs) arePlain() bool {
	return s.areOfError() && s.refuses && s.fault && (s.coded || s.number)
}

// signsOf looks for signs among the members of an object.
func signsOf(n *Node) (s signs) {
	s.empty = true
	for _, m := range n.Members {
		s.add(m)
	}
	s.alone = len(n.Members) == 1
	return s
}

func (s *signs) add(m Member) {
	name, is := plainName(m.Name), roleOf(m.Name)
	text, scalar := m.Value.Scalar()
	ofError := isErrorName(name)
	switch {
	case strings.Contains(m.Name, "."): // a key of texts
		s.thing = true
	case slices.Contains(flags, name) && (text == "false" || text == "true"):
		s.flag = s.flag || text == "false"
		s.refuses, s.settles = s.refuses || text == "false", s.settles || text == "true"
	case isOutcome(name) && m.Value.Kind == Bool:
		s.flag, s.number = s.flag || text == "false", s.number || text == "false"
	case ofError && m.Value.Kind == Bool:
		s.refuses, s.settles = s.refuses || text == "true", s.settles || text == "false"
	case m.Value.Kind == List && len(m.Value.Items) == 0:
		s.empty = s.empty && is.role != bagRole
		s.none = s.none || is.role == bagRole || isAnswerName(name)
	case holdsNothing(m.Value), isFact(name):
	case !scalar:
		s.addBelow(m, ofError)
	case isOutcome(name):
		s.addOutcome(text)
	case ofError:
		s.addErrors(name, text)
	case is.role == kindRole && isEnvelopeWord(text):
		s.addOutcome(text)
	case is.role == codeRole && (is.rank < endingRank || isDigits(text)):
		s.addCode(text)
	case is.role == textRole && (s.coded || isMessageName(name)):
		s.addWords(text)
	case is.role == bagRole && strings.Contains(text, " "):
		s.addWords(text)
	case is.role == idRole, is.role == docsRole, is.role == retryRole:
	default:
		s.thing = true
	}
}

// addBelow takes what is no scalar: errors, or a thing.
func (s *signs) addBelow(m Member, ofError bool) {
	if !ofError {
		s.thing = true
		return
	}
	f := walk(&Node{Kind: Object, Members: []Member{m}}, Limits{}.orDefault())
	s.fault = s.fault || f.saysSomething()
	s.away = s.away || slices.ContainsFunc(append(f.allTexts(), textsOf(append(leaves(f.items), f.inner...))...), turnsAway)
}

// addOutcome takes a word for how the call went, or a number in its place.
func (s *signs) addOutcome(text string) {
	word := strings.ToLower(text)
	switch {
	case slices.Contains(failWords, word), slices.Contains(refusals, word), word == "f":
		s.refuses = true
	case isGoodWord(word):
		s.settles = true
	case isDigits(text):
		n, _ := strconv.Atoi(text)
		s.number, s.failed = s.number || !isGoodNumber(text), s.failed || n >= 400 && n <= 599
	default:
		s.addCode(text)
	}
}

// addErrors takes what stands under an error's name.
func (s *signs) addErrors(name, text string) {
	switch {
	case isGoodCode(text), isDigits(text) && isGoodNumber(text):
		s.settles = true
	case strings.Contains(text, " "):
		s.fault = true
		s.addWords(text)
	case strings.HasSuffix(name, "count"), strings.HasSuffix(name, "rate"):
		s.thing = true
	default:
		_, known := senseOfCode(text)
		_, err := strconv.Atoi(text)
		s.coded = s.coded || known || isCode(text) || err == nil
		s.thing = s.thing || !s.coded
	}
}

// addCode takes a machine code.
func (s *signs) addCode(text string) {
	n, err := strconv.Atoi(text)
	sense, known := senseOfCode(text)
	switch {
	case isGoodCode(text), err == nil && n >= 0 && isGoodNumber(text):
		s.settles = true
	case err == nil:
		s.number, s.refuses = true, s.refuses || n < 0
	case known && sense.firm && isToken(text), kindOfCode.MatchString(codeWords(text)):
		s.coded = true
	default:
		s.thing = true
	}
}

func (s *signs) addWords(text string) {
	if isToken(text) && isASCII(text) {
		s.addToken(text)
		return
	}
	s.words = true
	s.known = s.known || meansSomething(text) || Says(MeansMissingParameter, text) || Says(MeansBadValue, text)
	s.away = s.away || turnsAway(text)
}

// addToken takes a token where words should be.
func (s *signs) addToken(text string) {
	sense, known := senseOfCode(text)
	switch {
	case isGoodWord(strings.ToLower(text)):
		s.settles = true
	case known && sense.firm:
		s.coded, s.words, s.away = true, true, s.away || isAway(sense.as)
	}
}
