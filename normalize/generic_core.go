package normalize

import (
	"slices"
	"strings"

	"gateway/document"
)

// hidesInCore is true for an answer that has nothing in it but an error, below whatever wraps all answers of the vendor.
func hidesInCore(d document.Document) bool {
	root := d.Root
	if root.Kind == document.Object && root.Get("jsonrpc") != nil { // what a result tells is a thing
		return false
	}
	if d.Format == document.FormatXML {
		s := signsOf(root)
		trusted := wrapsAnswers(d.RootName)
		return s.alone && s.fault && (trusted || s.away) || trusted && s.areOfAnswer() || isChainToError(root, trusted, maxAnswerDepth) ||
			(!s.full || trusted || s.away || s.refuses) && isCoreOfError(root, maxAnswerDepth)
	}
	if areErrors(root) {
		return true
	}
	if only := onlyItem(root); only != nil {
		s := signsOf(only)
		return s.areOfError() && s.coded && s.away
	}
	return root.Kind == document.Object && (signsOf(root).areOfAnswer() || isCoreOfError(root, maxAnswerDepth))
}

// onlyItem is the only object of a list that is all of an answer; nil for anything else.
func onlyItem(n *document.Node) *document.Node {
	if n.Kind == document.Object && len(n.Members) == 1 && roleOf(n.Members[0].Name).role == bagRole {
		n = n.Members[0].Value
	}
	if n.Kind != document.List || len(n.Items) != 1 || n.Items[0].Kind != document.Object {
		return nil
	}
	return n.Items[0]
}

// areErrors is true for a list of objects of which each holds an error and nothing else.
func areErrors(n *document.Node) bool {
	for _, item := range n.Items {
		if failure := item.Get("error"); len(item.Members) != 1 || failure == nil || failure.Kind != document.Object || !hasText(failure) {
			return false
		}
	}
	return len(n.Items) > 0
}

// isCoreOfError looks at an object, and at the only one in it that has anything in it.
func isCoreOfError(n *document.Node, depth int) bool {
	if n == nil || n.Kind != document.Object || depth == 0 {
		return false
	}
	s := signsOf(n)
	if inner := onlyObject(n, introduces); inner != nil && signsOf(inner).areOfAnswer() {
		return true
	}
	if inner := onlyObject(n, isAnswerName); inner != nil && signsOf(inner).areOfAnswer() {
		return true
	}
	if next := onlyObject(n, isAnyName); isChainToError(next, wrapsAnswers(memberName(n, next)), depth-1) {
		return true
	}
	return s.areOfError() || depth < maxAnswerDepth && s.failed && !s.thing || isCoreOfError(onlyObject(n, wraps), depth-1)
}

// isChainToError looks at the end of elements of which each holds one other, as those do that repeat what was called. One
// of them must have the name of an answer, unless the error at the end turns the caller away: a thing may have one, too.
func isChainToError(n *document.Node, trusted bool, depth int) bool {
	if n == nil || n.Kind != document.Object || depth == 0 {
		return false
	}
	if s := signsOf(n); s.areExplicit() {
		return trusted || s.away
	}
	next := onlyObject(n, isAnyName)
	return isChainToError(next, trusted || wrapsAnswers(memberName(n, next)), depth-1)
}

// memberName is the name that a member has.
func memberName(n, value *document.Node) string {
	for _, m := range n.Members {
		if m.Value == value {
			return m.Name
		}
	}
	return ""
}

// wrapsAnswers is true for names of answers, of what they begin with, and of errors.
func wrapsAnswers(name string) bool {
	plain := plainName(name)
	return isAnswerName(plain) || wraps(plain) || isErrorName(plain) || strings.HasSuffix(plain, "api") || isOfAnswer(plain) && strings.HasSuffix(plain, "data") || slices.Contains([]string{"results", "headers", "common", "doc", "retorno", "xml", "root"}, plain)
}

// isAnyName is true for all names but that of GraphQL's data, whose fields may have failed one by one.
func isAnyName(name string) bool { return name != "data" }

// wrappers are names under which vendors put whatever they answer, and what it begins with.
var wrappers = []string{"response", "answer", "reply", "d", "e", "header", "meta", "metadata", "message", "status", "result", "request", "head", "body", "resultinfo", "responsedata", "info"}

func wraps(name string) bool { return slices.Contains(wrappers, name) || introduces(name) }

// introduces is true for names of what tells of the answer as a whole.
func introduces(name string) bool {
	return name == "baseresp" || name == "baseresponse" || name == "responseheader"
}

// onlyObject is the object that n wraps under a name that may: nothing stands beside it but facts, and the request that
// it answers.
func onlyObject(n *document.Node, may func(name string) bool) *document.Node {
	var only, request *document.Node
	for _, m := range n.Members {
		name := plainName(m.Name)
		switch {
		case holdsNothing(m.Value), isFact(name), isOutcome(name) && m.Value.Kind != document.Object, isEnvelopeWord(m.Value.Text):
		case only != nil || m.Value.Kind != document.Object || !may(name):
			return nil
		case name == "request", name == "head", name == "auth":
			request = m.Value
		default:
			only = m.Value
		}
	}
	if only == nil {
		return request
	}
	return only
}
