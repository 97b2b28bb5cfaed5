package normalize

import (
	"regexp"
	"slices"
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
	case slices.Contains(checks, name) && m.Value.Kind == document.Bool, m.Name == "__type" && !isKnownCode(text):
		s.thing = s.thing || m.Name != "__type"
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
		s.addBelow(m, ofError || s.refuses && (name == "messages" || name == "notifications") || is.role == manyRole && (strings.Contains(name, "validation") || strings.Contains(name, "violation")))
	case isOutcome(name):
		s.stateful = s.stateful || name == "status"
		s.addOutcome(text)
		s.firm = s.firm || s.coded && isOfAnswer(name)
	case strings.HasPrefix(name, "status") && isDigits(text):
		s.told = true
	case ofError:
		s.addErrors(name, text)
	case is.role == kindRole && isEnvelopeWord(text):
		s.addOutcome(text)
	case is.role == codeRole && isOfAnswer(name) && isOutcomeWord(text):
		s.addOutcome(text)
	case is.role == codeRole && (is.rank < endingRank || isDigits(text) || isKnownCode(text)):
		s.addCode(text)
		s.firm = s.firm || s.number && (m.Value.Kind == document.Number && len(text) >= 3 || isOfAnswer(name) || len(text) >= 5)
	case is.role == textRole && (s.coded || isMessageName(name)):
		s.addWords(text)
	case is.role == textRole && isOutcomeWord(text):
		s.addOutcome(text)
	case is.role == titleRole, s.refuses && is.role == nameRole && isCode(text) && isKnownCode(text), strings.HasPrefix(text, "ERROR_"), strings.HasPrefix(text, "ERR_"):
		s.addTitle(text, is.role == titleRole)
	case is.role == kindRole && kindOfCode.MatchString(codeWords(text)) && isCode(text), name == "objecttype" && kindOfCode.MatchString(codeWords(text)):
		s.coded, s.fault = true, true
	case name == "type" && isToken(text):
		s.typed = true
	case isDate(text) && (name == "createdat" || name == "created"):
	case is.role == bagRole && strings.Contains(text, " "):
		s.addWords(text)
	case is.role == idRole, is.role == docsRole, is.role == retryRole:
	default:
		s.thing = true
	}
}

// addTitle adds the name of an error, which says that it is one where the answer failed.
func (s *signs) addTitle(text string, titled bool) {
	s.addToken(text)
	s.coded = s.coded || isCode(text)
	s.refuses = s.refuses || titled && s.failed
}

// addBelow takes what is no scalar: errors, or a thing.
func (s *signs) addBelow(m document.Member, ofError bool) {
	if (roleOf(m.Name).role == textRole || plainName(m.Name) == "messages") && isTexts(m.Value) {
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
	s.listed = s.listed || isErrorName(plainName(m.Name)) && m.Value.Kind == document.List && slices.ContainsFunc(texts, findsFault)
}

// isTexts is true for a list of nothing but texts.
func isTexts(n *document.Node) bool {
	return n.Kind == document.List && len(n.Items) > 0 && !slices.ContainsFunc(n.Items, func(item *document.Node) bool { return item.Kind != document.String })
}

// countsNothing is true for a count of none, and for what pages through a list.
func countsNothing(name, number string) bool {
	return isPaging(name) || strings.Trim(number, "0") == "" && (strings.HasPrefix(name, "is") || strings.HasPrefix(name, "has") || strings.HasSuffix(name, "count") || strings.HasPrefix(name, "total") || strings.HasSuffix(name, "total"))
}

// isDate is true for a time, which says when and not what.
func isDate(text string) bool { return date.MatchString(text) }

var date = regexp.MustCompile(`^\d{4}-\d\d-\d\d(?:[T ]\d\d:|$)`)

// holdsNumbers is true for an object of what a head tells of the call: numbers, flags and words alone.
func holdsNumbers(n *document.Node) bool {
	return n.Kind == document.Object && !slices.ContainsFunc(n.Members, func(m document.Member) bool { _, scalar := m.Value.Scalar(); return !scalar })
}
