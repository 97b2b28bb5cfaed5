package generic

import (
	"slices"
	"strconv"
	"strings"

	"gateway/document"
	"gateway/meaning"
	"gateway/wording"
)

// holdsComplaints is true for what stands under the name of an error, or is a list or a map of what is wrong.
func holdsComplaints(m document.Member, name string, is meant) bool {
	switch {
	case isErrorName(name), strings.HasPrefix(name, "failure"), strings.Contains(name, "validation"), strings.Contains(name, "violation"):
		return true
	case is.role == fieldRole && m.Value.Kind == document.List && holdsObjects(m.Value) && hasText(m.Value.Items[0]):
		return true
	case is.role != manyRole || name == "messages" && m.Value.Kind != document.List || name == "descriptions":
		return false
	}
	return m.Value.Kind == document.List && !isTexts(m.Value) || m.Value.Kind == document.Object && is.rank == 0
}

// addErrors takes what is no scalar and holds errors.
func (w *weigher) addErrors(m document.Member, name string, ofError bool) {
	if areTokens(m.Value) {
		w.add(errorTokens)
		w.clues[saysAway] = w.clues[saysAway] || slices.ContainsFunc(m.Value.Items, func(item *document.Node) bool { return turnsAwayByCode(item.Text) })
		return
	}
	f := walk(&document.Node{Kind: document.Object, Members: []document.Member{m}}, document.DefaultLimits())
	texts := append(f.allTexts(), textsOf(append(leaves(f.items), f.inner...))...)
	code := f.code(0)
	coded := code != "" && !isGoodCode(code)
	switch {
	case len(texts) == 0 && !coded:
		w.add(noErrors)
	case ofError && isFieldMap(m.Value, false) && !reports(m.Value):
		w.add(errorFields)
	case reports(m.Value):
		w.add(errorMap)
	case name == "messages" && coded:
		w.clues[errorMap], w.clues[codeTold] = true, true
	case !ofError && m.Value.Kind == document.List && (!coded || name != "reasons"), !coded && m.Value.Kind == document.Object && len(f.allTexts()) == 0 && len(f.items) > 0 && (!ofError || strings.HasSuffix(name, "s")) && namesField(f.items):
		w.add(errorMap)
	case name == "fault":
		w.add(errorFault)
	case coded && ofError:
		w.add(errorFull)
	case m.Value.Kind == document.List && !coded && isTexts(m.Value) && !strings.Contains(name, "message"):
		w.add(errorList)
	case m.Value.Kind == document.List && !coded:
		w.add(errorItems)
	default:
		w.add(errorPart)
	}
	w.say(true, texts...)
	w.messages = true
}

// namesField is true if one of the faults is about a field.
func namesField(faults []fault) bool {
	return slices.ContainsFunc(leaves(faults), func(f fault) bool { return len(f.fields) > 0 })
}

// reports is true for errors that are told by their place in a document, which somebody asked to have checked.
func reports(n *document.Node) bool {
	if n.Kind == document.List {
		return slices.ContainsFunc(n.Items, reports)
	}
	return slices.ContainsFunc(n.Members, func(m document.Member) bool {
		return slices.Contains([]string{"line", "linenumber", "column", "row", "rownumber", "lastline"}, wording.PlainName(m.Name)) || m.Value.Kind == document.Object && reports(m.Value)
	})
}

// addError takes a scalar under the name of an error: words, a code, or how many there are.
func (w *weigher) addError(name string, is meant, text string) {
	_, err := strconv.Atoi(text)
	_, known := meaning.SenseOfCode(text)
	worded := strings.Contains(text, " ") || !wording.IsASCII(text)
	switch {
	case isGoodCode(text), err == nil && isGoodNumber(text):
		w.add(settles)
	case worded && is.role == titleRole:
		w.say(true, text)
	case worded && is.role == noRole && strings.HasPrefix(name, "err"):
		w.say(true, text)
	case worded, wording.IsReasonPhrase(text):
		w.add(errorWords)
		w.messages = true
		w.say(true, text)
	case strings.HasSuffix(name, "count"):
	case err == nil && name == "error" && len(text) == 1:
		w.add(errorCount)
	case err == nil, lettered.MatchString(text):
		w.add(errorCode)
	case wording.IsToken(text) && (is.role == kindRole || is.role == codeRole) && !known && !wording.IsCode(text):
		w.add(errorCode)
	case known, wording.IsCode(text), wording.IsClassName(text):
		w.add(errorKnown)
		w.clues[saysAway] = w.clues[saysAway] || wording.IsCode(text) && turnsAwayByCode(text)
	default:
		w.addExtra()
	}
}

// areTokens is true for a list of codes alone, which may be the outcome that the caller asked for: of a check.
func areTokens(n *document.Node) bool {
	return n.Kind == document.List && !slices.ContainsFunc(n.Items, func(item *document.Node) bool { return item.Kind != document.String || !wording.IsToken(item.Text) })
}

// isTexts is true for a list of nothing but texts.
func isTexts(n *document.Node) bool {
	return n.Kind == document.List && len(n.Items) > 0 && !slices.ContainsFunc(n.Items, func(item *document.Node) bool { return item.Kind != document.String })
}
