package normalize

import (
	"slices"
	"strings"

	"gateway/document"
)

// hidesInRefusal is true for {"status": "0", "message": "NOTOK", "result": "Invalid API Key"}.
func hidesInRefusal(d document.Document) bool {
	return d.Format == document.FormatJSON && d.Root.Kind == document.Object && isRefusal(d.Root)
}

// isRefusal is true for an envelope with nothing in it that says no and why: a plain no beside a sentence whose meaning
// is known, or an error's number beside one that the caller is turned away with, as in
// {"retCode": 10003, "retMsg": "API key is invalid.", "result": {}}.
func isRefusal(n *document.Node) bool {
	var no, number, known, away bool
	for _, m := range n.Members {
		text, _ := m.Value.Scalar()
		is := roleOf(m.Name)
		switch {
		case plainName(m.Name) == "id":
			return false
		case holdsNothing(m.Value):
		case is.role == textRole, is.role == oneRole && text != "":
			no = no || isRefusalWord(text)
			known, away = known || meansSomething(text), away || is.rank <= 1 && turnsAway(text)
		case is.role == statusRole:
			no = no || isRefusalWord(text)
		case is.role == codeRole && is.rank <= 1:
			no, number = no || isRefusalWord(text), number || isDigits(text) && !isGoodNumber(text)
		case !belongsToErrors(m):
			return false
		}
	}
	return no && known || number && away
}

// refusals are words by which an answer says no more than that it is none.
var refusals = []string{"notok", "nok", "ko", "no", "error", "fail", "failure"}

func isRefusalWord(text string) bool { return slices.Contains(refusals, plainName(text)) }

// isGoodNumber is true for 0 and for what begins like the status of a success.
func isGoodNumber(number string) bool {
	return strings.Trim(number, "0") == "" || len(number) >= 3 && number[0] == '2' && number[1] == '0'
}

// meansSomething is true for a sentence whose meaning is known by itself.
func meansSomething(text string) bool { return meaningOf(text) != "" }

// turnsAway is true for a sentence that is about the caller, and not about a thing that may well have failed.
func turnsAway(text string) bool {
	return isAway(meaningOf(text))
}

// isAway is true for types that are about the caller.
func isAway(t Type) bool {
	switch t {
	case Unauthenticated, RateLimited, QuotaExceeded:
		return true
	}
	return false
}

// meaningOf is the type that a sentence means without any status.
func meaningOf(text string) Type {
	f := fault{texts: []ranked{{text: text}}}
	return f.byWords(&view{answer: &Answer{}}, 0, "")
}
