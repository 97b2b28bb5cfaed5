package normalize

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gateway/document"
)

func (s *signs) add(m document.Member) {
	name, is := plainName(m.Name), roleOf(m.Name)
	text, scalar := m.Value.Scalar()
	ofError := isErrorName(name)
	s.owned = s.owned || isOwnName(m.Name)
	switch {
	case strings.Contains(m.Name, "."): // a key of texts
		s.thing = true
	case slices.Contains(flags, name) && (text == "true" || saysNo(m.Value)):
		s.flag = s.flag || text != "true"
		s.refuses, s.settles = s.refuses || text != "true", s.settles || text == "true"
	case isOutcome(name) && m.Value.Kind == document.Bool:
		s.flag, s.number = s.flag || text == "false", s.number || text == "false"
	case ofError && m.Value.Kind == document.Bool:
		s.refuses, s.settles = s.refuses || text == "true", s.settles || text == "false"
	case m.Value.Kind == document.List && len(m.Value.Items) == 0:
		s.empty = s.empty && is.role != bagRole
		s.none = s.none || is.role == bagRole || isAnswerName(name)
	case holdsNothing(m.Value), isFact(name), strings.HasPrefix(name, "meta") && holdsFacts(m.Value), isDigits(text) && countsNothing(name, text):
	case !scalar && (is.role == argumentRole || name == "args" || name == "arguments"):
	case !scalar && introduces(name) && holdsNumbers(m.Value):
		for _, inner := range m.Value.Members {
			s.add(inner)
		}
	case !scalar:
		s.addBelow(m, ofError || s.refuses && name == "messages" || is.role == manyRole && (strings.Contains(name, "validation") || strings.Contains(name, "violation")))
	case isOutcome(name):
		s.addOutcome(text)
		s.firm = s.firm || s.coded && isOfAnswer(name)
	case ofError:
		s.addErrors(name, text)
	case is.role == kindRole && isEnvelopeWord(text):
		s.addOutcome(text)
	case is.role == codeRole && isOfAnswer(name) && isOutcomeWord(text):
		s.addOutcome(text)
	case is.role == codeRole && (is.rank < endingRank || isDigits(text) || isKnownCode(text)):
		s.addCode(text)
		s.firm = s.firm || s.number && (m.Value.Kind == document.Number || isOfAnswer(name) || len(text) >= 5)
	case is.role == textRole && (s.coded || isMessageName(name)):
		s.addWords(text)
	case is.role == titleRole, is.role == nameRole && isCode(text) && isKnownCode(text), strings.HasPrefix(text, "ERROR_"), strings.HasPrefix(text, "ERR_"):
		s.addToken(text)
		s.coded = s.coded || isCode(text)
		s.refuses = s.refuses || is.role == titleRole && s.failed
	case is.role == kindRole && kindOfCode.MatchString(codeWords(text)) && isCode(text), name == "objecttype" && kindOfCode.MatchString(codeWords(text)):
		s.coded, s.fault = true, true
	case isDate(text) && (name == "createdat" || name == "created"):
	case is.role == bagRole && strings.Contains(text, " "):
		s.addWords(text)
	case is.role == idRole, is.role == docsRole, is.role == retryRole:
	default:
		s.thing = true
	}
}

// addBelow takes what is no scalar: errors, or a thing.
func (s *signs) addBelow(m document.Member, ofError bool) {
	if roleOf(m.Name).role == textRole && isTexts(m.Value) {
		s.addWords(m.Value.Items[0].Text)
		return
	}
	if !ofError {
		s.thing = true
		return
	}
	if areTokens(m.Value) && !slices.ContainsFunc(m.Value.Items, turnsAwayByCode) {
		return
	}
	f := walk(&document.Node{Kind: document.Object, Members: []document.Member{m}}, document.DefaultLimits())
	texts := append(f.allTexts(), textsOf(append(leaves(f.items), f.inner...))...)
	s.fault = s.fault || f.saysSomething()
	s.away = s.away || slices.ContainsFunc(texts, turnsAway)
	code := f.code(0)
	s.full = s.full || len(texts) > 0 && code != "" && !isGoodCode(code)
	s.listed = s.listed || m.Value.Kind == document.List && slices.ContainsFunc(texts, findsFault)
}

// isTexts is true for a list of nothing but texts.
func isTexts(n *document.Node) bool {
	return n.Kind == document.List && len(n.Items) > 0 && !slices.ContainsFunc(n.Items, func(item *document.Node) bool { return item.Kind != document.String })
}

// countsNothing is true for a count of none, and for what pages through a list.
func countsNothing(name, number string) bool {
	return isPaging(name) || strings.Trim(number, "0") == "" && (strings.HasSuffix(name, "count") || strings.HasPrefix(name, "total") || strings.HasSuffix(name, "total"))
}

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
		s.firm, s.told = s.firm || s.number, true
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
	s.words = true
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

// isDate is true for a time, which says when and not what.
func isDate(text string) bool { return date.MatchString(text) }

var date = regexp.MustCompile(`^\d{4}-\d\d-\d\d(?:[T ]\d\d:|$)`)

// holdsNumbers is true for an object of what a head tells of the call: numbers, flags and words alone.
func holdsNumbers(n *document.Node) bool {
	return n.Kind == document.Object && !slices.ContainsFunc(n.Members, func(m document.Member) bool { _, scalar := m.Value.Scalar(); return !scalar })
}
