package normalize

import (
	"slices"
	"strings"

	"gateway/document"
)

// isEnvelope is true for an object all of whose members belong to errors, or hold nothing.
func isEnvelope(n *document.Node) bool {
	if isIdentified(n) {
		return false
	}
	for _, m := range n.Members {
		if holdsNothing(m.Value) || belongsToErrors(m) {
			continue
		}
		return false
	}
	return len(n.Members) > 0
}

// belongsToErrors is true for a member that an error has for itself.
func belongsToErrors(m document.Member) bool {
	switch plainName(m.Name) {
	case "jsonrpc", "timestamp", "path", "version", "apiversion", "time", "date", "servertime", "docs", "traceid", "host", "method", "locale", "systemtime", "conversationid":
		return true
	case "result":
		return slices.Contains(failWords, strings.ToLower(m.Value.Text)) || isDigits(m.Value.Text) && !isGoodNumber(m.Value.Text)
	case "id":
		_, scalar := m.Value.Scalar()
		return scalar
	case "name", "title", "description", "category", "key", "tag", "fields", "items", "elements", "results", "data", "response", "body", "value", "links":
		return false
	}
	switch roleOf(m.Name).role {
	case textRole, titleRole, errorRole, codeRole, kindRole, statusRole, manyRole, idRole, docsRole, retryRole, againRole, extraRole:
		return true
	}
	return strings.HasPrefix(plainName(m.Name), "error") && m.Value.Kind == document.String && isToken(m.Value.Text) || plainName(m.Name) == "meta" || plainName(m.Name) == "fault" || plainName(m.Name) == "header"
}

// holdsNothing is true for values that are empty, blank, false or null, and for objects of such.
func holdsNothing(n *document.Node) bool {
	switch {
	case n.IsEmpty(), n.Kind == document.Null:
		return true
	case n.Kind == document.Bool, n.Kind == document.String:
		return strings.EqualFold(n.Text, "false") || strings.TrimSpace(n.Text) == ""
	case n.Kind == document.Object:
		return !slices.ContainsFunc(n.Members, func(m document.Member) bool { return !holdsNothing(m.Value) })
	}
	return false
}

// answerIn takes the answer out of the only member that is named as one: {"Response": {"Error": …}}.
func answerIn(root *document.Node) *document.Node {
	if root.Kind == document.Object && len(root.Members) == 1 && root.Members[0].Value.Kind == document.Object && isAnswerName(root.Members[0].Name) {
		return root.Members[0].Value
	}
	return root
}
