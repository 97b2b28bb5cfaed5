package generic

import (
	"slices"
	"strings"

	"gateway/document"
	"gateway/wording"
)

// member looks at one member: a flag, nothing, a fact, a scalar, errors, part of an envelope, or else a payload.
func (w *weigher) member(m document.Member, depth int) {
	m = unpacked(m)
	name, is := wording.PlainName(m.Name), roleOf(m.Name)
	text, scalar := m.Value.Scalar()
	switch {
	case scalar && strings.Contains(m.Name, "."): // a key of texts
		w.add(keyed)
	case scalar && w.addFlag(name, text):
	case holdsNothing(m.Value):
		w.addNothing(m.Value, is, isErrorName(name))
	case isBeside(m, name, is):
	case scalar:
		w.scalar(m, name, is, text)
	case echoes(name, is):
		w.addEcho(m.Value)
	case is.role == textRole && m.Value.Kind == document.List && !isTexts(m.Value), is.role == manyRole && m.Value.Kind == document.Object && isFieldMap(m.Value, false):
		w.addErrors(m, name, isErrorName(name))
	case holdsComplaints(m, name, is), is.role == bagRole && m.Value.Kind == document.Object && saysWhatIsWrong(m.Value):
		w.addErrors(m, name, isErrorName(name))
	case isOutcome(name) && isTexts(m.Value):
		for _, item := range m.Value.Items {
			w.addOutcome(name, item.Text)
		}
	case (is.role == textRole || is.role == manyRole) && isTexts(m.Value):
		for _, item := range m.Value.Items {
			w.say(false, item.Text)
		}
		w.messages = true
	case depth > 0 && m.Value.Kind == document.List && len(m.Value.Items) == 1 && m.Value.Items[0].Kind == document.Object && (wraps(name) || isAnswerName(name)):
		w.clues[listed], w.clues[listedIn], w.clues[listedData] = true, true, w.clues[listedData] || name == "data"
		w.object(m.Value.Items[0], depth-1)
	case depth > 0 && m.Value.Kind == document.Object && (wraps(name) || is.role == statusRole || is.role == textRole || is.role == codeRole || is.role == manyRole):
		w.envelope(m.Value, name, is, depth)
	case areTokens(m.Value):
		w.addExtra()
	default:
		w.payloads = append(w.payloads, m)
	}
}

// unpacked is a member without the letter before its name that tells its type, as in cStat, and with the JSON that its text
// holds.
func unpacked(m document.Member) document.Member {
	m.Name = unprefixed(m.Name)
	if text := m.Value.Text; m.Value.Kind == document.String && len(text) > 2 && (text[0] == '{' || text[0] == '[') {
		if before, inner := m.Value.ParseText(document.DefaultLimits()); inner != nil && before == "" {
			m.Value = inner
		}
	}
	return m
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

// isBeside is true for what tells nothing of how the call went.
func isBeside(m document.Member, name string, is meant) bool {
	text, scalar := m.Value.Scalar()
	switch {
	case isFact(name) && is.role != textRole && (scalar || !wrapsAnswers(m.Name)):
		return true
	case !scalar:
		return name == "paging" || name == "pagination" || strings.HasPrefix(name, "meta") && holdsFacts(m.Value)
	}
	return wording.IsDigits(text) && (countsNothing(name, text) || strings.Trim(text, "0") == "" && (is.role == bagRole || is.role == noRole && !isErrorName(name) && !isOutcome(name) && name != "state"))
}

// echoes is true for names under which answers repeat what they were asked.
func echoes(name string, is meant) bool {
	return is.role == argumentRole || slices.Contains([]string{"args", "arguments", "request", "params", "query"}, name)
}

// addEcho takes what repeats the request, which may tell what is wrong with it.
func (w *weigher) addEcho(n *document.Node) {
	var inner weigher
	if inner.object(n, 1); inner.has(failResult, failStatus, flagFalse, errorWords) {
		w.take(&inner)
	}
	w.trusted = true
}

// envelope takes an object that tells of the answer as a whole.
func (w *weigher) envelope(n *document.Node, name string, is meant, depth int) {
	var inner weigher
	inner.object(n, depth-1)
	if is.role != statusRole && len(inner.said) > 0 && inner.has(codeShort, codeTold, codeLong) { // its description is the answer's
		inner.clues[codeTold], inner.messages = true, true
	}
	if !slices.Contains([]string{"result", "response", "d", "body"}, name) {
		w.clues[codeInHead] = w.clues[codeInHead] || inner.clues[codeOfHTTP]
		if is.role == statusRole {
			w.add(inStatus)
		} else if len(inner.said) > 0 {
			w.add(inHead)
		}
	}
	w.take(&inner)
	w.trusted = true
}

// addNothing takes what is empty: no errors, or no data.
func (w *weigher) addNothing(n *document.Node, is meant, ofError bool) {
	switch {
	case ofError:
		w.add(noErrors)
	case n.Kind == document.List, n.Kind == document.String, n.Kind == document.Bool:
	case is.role == noRole, is.role == bagRole, is.role == oneRole:
		w.add(absent)
	}
}

// addFlag takes what says yes or no; false if it does not.
func (w *weigher) addFlag(name, text string) bool {
	word := strings.ToLower(text)
	yes, no := word == "true", word == "false"
	switch {
	case slices.Contains(flags, name):
		no = no || slices.Contains([]string{"0", "no", "n", "f"}, word) || slices.Contains(failWords, word) || slices.Contains(weakWords, word)
		yes = yes || slices.Contains([]string{"1", "yes", "y"}, word) || isGoodWord(word)
		w.addYesNo(yes, no, settles, flagFalse)
	case !yes && !no:
	case slices.Contains(checks, name):
		w.addYesNo(yes, no, extra, checked)
	case isOutcome(name), name == "response", name == "flag":
		w.addYesNo(yes, no, settles, flagOutcome)
	case isErrorName(name), isErrorFlag(name):
		w.addYesNo(no, yes, settles, flagError)
	default:
		return false
	}
	return yes || no
}

func (w *weigher) addYesNo(yes, no bool, ifYes, ifNo clue) {
	w.clues[ifYes] = w.clues[ifYes] || yes
	w.clues[ifNo] = w.clues[ifNo] || no
}
