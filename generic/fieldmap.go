package generic

import (
	"regexp"
	"strings"

	"gateway/document"
	"gateway/meaning"
	"gateway/wording"
)

// noFields are names in field maps that stand for the whole object.
var noFields = map[string]bool{"": true, "base": true, "nonfielderrors": true, "all": true, "schema": true, "general": true, "global": true, "errors": true, "common": true, "fields": true}

// numberedError is how those are called that have no better name: Err1, error_2.
var numberedError = regexp.MustCompile(`^(?i)err(?:or)?[_-]?\d+$`)

// isFieldMap is true for a map from fields to what is wrong with them: lists of texts, or objects with texts. A lenient
// one may have plain texts too, as long as no name says that the object is itself an error.
func isFieldMap(n *document.Node, lenient bool) bool {
	if n == nil || n.Kind != document.Object || len(n.Members) == 0 || locates(n) {
		return false
	}
	found := false
	for _, m := range n.Members {
		if m.Value.IsEmpty() {
			continue
		}
		if !isComplaint(m, lenient, len(n.Members) == 1) {
			return false
		}
		found = true
	}
	return found
}

// locates is true for an object that says where something is wrong, and not what: {source, keys}.
func locates(n *document.Node) bool {
	for _, m := range n.Members {
		is := roleOf(m.Name).role
		if is != fieldRole && is != whereRole || strings.Contains(document.TextOf([]*document.Node{m.Value}), " ") {
			return false
		}
	}
	return len(n.Members) > 1
}

// isComplaint is true for a member that says what is wrong with the field it is named for. One that is alone may be
// the list of messages itself.
func isComplaint(m document.Member, lenient, alone bool) bool {
	holder := holdsErrors(m.Name)
	switch m.Value.Kind {
	case document.List:
		first := m.Value.Items[0]
		if first.Kind == document.String {
			names := roleOf(m.Name).role == fieldRole && !strings.Contains(first.Text, " ") // {"target": ["email"]}
			return !holder && !names && !(alone && isMessage(m.Name))
		}
		return first.Kind == document.Object && !holder && !isMessage(m.Name) && (hasText(first) || isFieldMap(first, lenient) || isEmptyItem(first))
	case document.Object:
		is := roleOf(m.Name)
		if !lenient && (is.role == statusRole || is.role == fieldRole) || is.role == textRole && is.rank > 2 && alone {
			return false
		}
		return !holder && !isMessage(m.Name) && !isAside(m.Name) && !wrapsAnswers(m.Name) && (isFieldMap(m.Value, lenient) || hasText(m.Value))
	case document.String:
		return lenient && !holder && (!tellsError(roleOf(m.Name), m.Value.Text) && !isErrorName(wording.PlainName(m.Name)) || speaksOf(m.Value.Text, m.Name))
	}
	return false
}

// speaksOf is true for a sentence that begins with the words of a name, as those about a field do.
func speaksOf(sentence, name string) bool {
	sentence = strings.ToLower(sentence)
	return strings.HasPrefix(sentence, meaning.CodeWords(name)+" ") || strings.HasPrefix(sentence, strings.ToLower(name)+" ")
}

// holdsErrors is true for names under which errors stand, and no field's.
func holdsErrors(name string) bool {
	if name == "_errors" { // of one field, beside those of what is below it
		return false
	}
	switch roleOf(name).role {
	case manyRole, errorRole, oneRole:
		return true
	}
	return false
}

// isMessage is true for the names that most vendors give to an error's words.
func isMessage(name string) bool {
	switch wording.PlainName(name) {
	case "message", "msg", "detail", "errormessage":
		return true
	}
	return false
}

// isAside is true for names of objects that stand beside an error.
func isAside(name string) bool {
	switch roleOf(name).role {
	case extraRole, bagRole, docsRole:
		return true
	}
	return wording.PlainName(name) == "header"
}

// saysWhatIsWrong is true for an object of nothing but sentences that say what is wrong with a value, under names that
// errors do not have: {"name": "This value should not be blank."}.
func saysWhatIsWrong(n *document.Node) bool {
	for _, m := range n.Members {
		is := roleOf(m.Name).role
		if is != noRole && is != nameRole && is != fieldRole || isErrorName(wording.PlainName(m.Name)) || m.Value.Kind != document.String || !strings.Contains(m.Value.Text, " ") ||
			!isComplaining(m.Value.Text) && !(speaksOf(m.Value.Text, m.Name) && meaning.FindsFault(m.Value.Text)) {
			return false
		}
	}
	return len(n.Members) > 0
}

// isEmptyItem is true for {}, which stands for a good item of a list.
func isEmptyItem(n *document.Node) bool { return n.Kind == document.Object && len(n.Members) == 0 }

// tellsError is true for names that an error object has for its own words and codes.
func tellsError(is meant, text string) bool {
	return is.role == textRole && is.rank < 3 || is.role == titleRole || is.role == codeRole || is.role == statusRole ||
		is.role == kindRole && wording.IsToken(text)
}

// hasText is true for an object with words of its own.
func hasText(n *document.Node) bool {
	for _, m := range n.Members {
		is := roleOf(m.Name).role
		if m.Value.Kind == document.String && (is == textRole && m.Value.Text != "" || is == errorRole && strings.Contains(m.Value.Text, " ")) {
			return true
		}
	}
	return false
}

// hasSentence is true if a map's texts are more than single words.
func hasSentence(n *document.Node) bool {
	for _, m := range n.Members {
		if strings.Contains(document.TextOf([]*document.Node{m.Value}), " ") || m.Value.Kind == document.Object && (hasText(m.Value) || hasSentence(m.Value)) {
			return true
		}
	}
	return false
}

// saysSentences is true for an object all of whose values are sentences.
func saysSentences(n *document.Node) bool {
	for _, m := range n.Members {
		if m.Value.Kind != document.String || !strings.Contains(strings.TrimSpace(m.Value.Text), " ") {
			return false
		}
	}
	return len(n.Members) > 0
}
