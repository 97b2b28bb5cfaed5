package generic

import (
	"net/http"
	"strconv"
	"strings"

	"gateway/document"
	"gateway/meaning"
	"gateway/wording"
)

// scalar reads a member that is a string or a number. JSON in a string is returned as what it holds.
func (w *walker) scalar(f *fault, m document.Member, is meant, at place) fault {
	text := wording.CleanText(m.Value.Text, wording.MaxTextBytes)
	if text == "" {
		return fault{}
	}
	switch is.role {
	case textRole:
		if isReason(wording.PlainName(m.Name)) && wording.IsToken(text) {
			f.addReason(text)
			return fault{}
		}
		return w.text(f, m.Value, is)
	case errorRole:
		return w.errorText(f, m.Value, text, is)
	case manyRole, bagRole, oneRole:
		return w.inPlace(f, m.Value, text, is)
	case titleRole:
		f.addTitle(text, is.rank)
	case codeRole:
		f.addNamedCode(wording.PlainName(m.Name), text, is.rank)
	case kindRole:
		f.addKind(text, is.rank+1)
	case statusRole:
		f.addStatus(text)
	case againRole: // as XML writes it
		again := strings.EqualFold(text, "true")
		f.again = &again
	default:
		f.addFact(m.Name, text, is, at)
	}
	return fault{}
}

// errorText reads a text under the name error.
func (w *walker) errorText(f *fault, n *document.Node, text string, is meant) fault {
	if _, inner := n.ParseText(w.limits); inner != nil {
		return w.text(f, n, is)
	}
	if is.rank < endingRank || strings.Contains(text, " ") {
		f.addError(text)
	}
	return fault{}
}

// inPlace reads a text that stands where an error object, or a list of them, usually does.
func (w *walker) inPlace(f *fault, n *document.Node, text string, is meant) fault {
	isCode := wording.IsCode(text)
	switch {
	case is.role == oneRole && wording.IsDigits(text) && len(text) >= 2 && len(text) <= 5:
		f.codes = append(f.codes, ranked{text, worstRank})
	case isKnownCode(text) && (isCode || strings.Contains(text, ".")),
		isCode && meaning.IsKindOfError(meaning.CodeWords(text)):
		f.addKind(text, nameRank)
	case is.role == manyRole, strings.Contains(text, " "):
		return w.text(f, n, meant{textRole, 2})
	}
	return fault{}
}

// text takes words, or a code that stands in their place.
func (w *walker) text(f *fault, n *document.Node, is meant) fault {
	text := wording.CleanText(n.Text, wording.MaxTextBytes)
	if before, inner := n.ParseText(w.limits); inner != nil {
		if found := w.value(inner, place{}); before == "" || !found.isEmpty() {
			return found.below(ranked{wording.CleanText(before, wording.MaxTextBytes), is.rank})
		}
	}
	switch {
	case n.Kind == document.Number, wording.IsEnvelopeWord(text):
	case wording.IsLink(text):
		f.docs.better(wording.AbsoluteLink(text), worstRank)
	case wording.IsCode(text):
		f.codes = append(f.codes, ranked{text, worstRank})
	default:
		f.texts = append(f.texts, ranked{text, is.rank})
	}
	return fault{}
}

// addReason takes a reason that is one word: a code, which gives way to any other if it is a plain one.
func (f *fault) addReason(text string) {
	if wording.IsWord(text) {
		f.kinds = append(f.kinds, ranked{text, 1})
		return
	}
	f.codes = append(f.codes, ranked{text, 1})
}

// addError takes what a member called error says: a sentence, a reason phrase or a token.
func (f *fault) addError(text string) {
	switch {
	case wording.IsReasonPhrase(text) && !wording.IsDigits(text):
		f.titles = append(f.titles, ranked{text, 1})
	case text == "1": // a flag, beside 0 for success
	case wording.IsToken(text):
		f.addKind(text, 0)
	default:
		f.texts = append(f.texts, ranked{text, 2})
	}
}

// addTitle takes a title; a code in its place is a class of errors, unless it only spells a status.
func (f *fault) addTitle(text string, rank int) {
	switch {
	case !wording.IsCode(text):
		f.titles = append(f.titles, ranked{text, rank})
	case !wording.SpellsStatus(text):
		f.addKind(text, 3)
	}
}

// addNamedCode takes what stands under the name of a code. Behind an ending, which says less than a name, it has to look
// like a code.
func (f *fault) addNamedCode(name, text string, rank int) {
	switch {
	case name == "faultcode":
		f.addCode(withoutPrefix(text), rank)
	case rank < endingRank, strings.HasSuffix(name, "errorcode"), wording.IsCode(text), isKnownCode(text),
		wording.IsDigits(text) && isOfAnswer(name):
		f.addCode(text, rank)
	case isNumberOfError(text): // where nothing better is there
		f.addKind(text, rank)
	}
}

// addCode takes a machine code; a sentence in its place is words.
func (f *fault) addCode(text string, rank int) {
	if strings.Count(text, " ") > 3 {
		f.texts = append(f.texts, ranked{text, 3})
		return
	}
	if wording.LeadsWithStatus(text) && strings.Contains(text, " ") && wording.IsReasonPhrase(text) { // 403 Forbidden
		f.titles = append(f.titles, ranked{text, 1})
		return
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(text, "-")); err == nil && IsErrorStatus(n) && f.status == 0 && text[0] != '0' {
		f.status, f.statusOfCode = n, true
	}
	f.codes = append(f.codes, ranked{wording.BareCode(text), rank})
}

// nameRank is the rank of a class that stands under a mere name.
const nameRank = 3

// idRank is the rank of a class that stands under the name id, where most things have an id of their own.
const idRank = 4

// addKind takes a class of errors, or the type of a problem document.
func (f *fault) addKind(text string, rank int) {
	switch {
	case wording.IsURI(text):
		f.uri = text
	case wording.IsToken(text) && !wording.IsEnvelopeWord(wording.BareCode(text)) && !wording.IsStatusName(text) && (rank != idRank || isNumberOfError(text) || !strings.ContainsAny(text, "0123456789")):
		f.kinds = append(f.kinds, ranked{wording.BareCode(text), rank})
	}
}

// isNumberOfError is true for an id that is as short as a code.
func isNumberOfError(id string) bool { return wording.IsDigits(id) && len(id) >= 3 && len(id) <= 5 }

// addStatus takes the HTTP status that a body names, or a word in its place.
func (f *fault) addStatus(text string) {
	n, err := strconv.Atoi(text)
	switch {
	case err != nil && wording.LeadsWithStatus(text) && wording.IsReasonPhrase(text): // 400 Bad Request
		f.status, _ = strconv.Atoi(text[:3])
	case err != nil && strings.Contains(text, " ") && !wording.IsReasonPhrase(text):
		f.texts = append(f.texts, ranked{text, endingRank})
	case err != nil:
		f.addKind(text, 5)
	case (n == 200 || n >= 300) && http.StatusText(n) != "" || n >= 400 && n <= 599:
		f.status = n
	case n != 0:
		f.codes = append(f.codes, ranked{text, worstRank})
	}
}
