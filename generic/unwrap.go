package generic

import (
	"slices"

	"gateway/document"
	"gateway/wording"
)

// isWrapped is true for an object that holds an error alone, or a list of such, under whatever name.
func isWrapped(n *document.Node) bool {
	if len(n.Members) != 1 {
		return false
	}
	only := n.Members[0].Value
	return only.Kind == document.Object && hasText(only) || only.Kind == document.List && holdsObjects(only) && hasText(only.Items[0])
}

// unwrap goes into the only object of one that says nothing itself, as envelopes of any name hold one. Of several it is
// the only one that tells of an error.
func (w *walker) unwrap(f *fault, n *document.Node, at place) {
	var all, ofErrors []document.Member
	for _, m := range n.Members {
		if m.Value.Kind != document.Object && m.Value.Kind != document.List || m.Value.IsEmpty() || !isUnnamed(roleOf(m.Name).role) || wording.PlainName(m.Name) == "head" && !namesErrors(m.Value) {
			continue
		}
		all = append(all, m)
		if namesErrors(m.Value) {
			ofErrors = append(ofErrors, m)
		}
	}
	if len(all) > 1 {
		all = ofErrors
	}
	if len(all) != 1 || all[0].Value.Kind == document.List && !holdsObjects(all[0].Value) {
		return
	}
	only := all[0]
	inner := w.value(only.Value, at)
	if inner.saysSomething() && only.Value.Kind == document.Object && wording.IsCode(only.Name) && wording.IsCamel(only.Name) && !isAnswerName(only.Name) && len(n.Members) == 1 {
		inner.kinds = append(inner.kinds, ranked{only.Name, worstRank})
	}
	f.add(inner)
}

// namesErrors is true for an object with something under an error's name.
func namesErrors(n *document.Node) bool {
	return slices.ContainsFunc(n.Members, func(m document.Member) bool { return isErrorName(wording.PlainName(m.Name)) && !holdsNothing(m.Value) })
}

// isUnnamed is true for names that say nothing of what an object holds.
func isUnnamed(is role) bool { return is == noRole || is == whereRole }

func holdsObjects(n *document.Node) bool {
	for _, item := range n.Items {
		if item.Kind == document.Object {
			return true
		}
	}
	return false
}
