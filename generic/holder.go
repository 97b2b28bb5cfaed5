package generic

import (
	"slices"

	"gateway/document"
	"gateway/meaning"
	"gateway/wording"
)

// objectMember reads a member that is an object.
func (w *walker) objectMember(f *fault, m document.Member, is meant, at place) fault {
	switch is.role {
	case manyRole:
		if at.inList && wording.PlainName(m.Name) == "constraints" { // of class-validator: by rule, not by field
			return fault{items: unnamed(w.fieldMap(m.Value, "", inList()))}
		}
		return w.holder(m.Value, is, at)
	case textRole, titleRole, errorRole, codeRole, statusRole, oneRole, kindRole:
		return w.holder(m.Value, is, at)
	case bagRole:
		return w.bag(m.Value, wording.PlainName(m.Name), at)
	case fieldRole:
		if !at.inList && (hasText(m.Value) || wording.PlainName(m.Name) == "header") {
			return w.holder(m.Value, is, at)
		}
		w.source(f, m)
	case docsRole:
		f.docs.better(linkIn(m.Value), is.rank)
	case idRole:
		if namesErrors(m.Value) { // {"request": {"errorMessage": …}}
			return w.object(m.Value, at)
		}
	case noRole:
		return fault{wait: w.object(m.Value, place{}).wait}
	case extraRole, argumentRole:
		inner := w.object(m.Value, at)
		return fault{id: inner.id, docs: inner.docs, wait: inner.wait}
	}
	return fault{}
}

// holder reads an object that is an error, holds one under a further name, or is a map from fields to texts.
func (w *walker) holder(n *document.Node, is meant, at place) fault {
	if text, ok := n.Get("value").Scalar(); ok && is.role == textRole { // OData 2: {"lang": …, "value": …}
		return fault{texts: []ranked{{wording.CleanText(text, wording.MaxTextBytes), is.rank}}}
	}
	lenient := is.role == errorRole && hasSentence(n) || is.role == manyRole && (is.rank == 0 || saysSentences(n) && findsFaults(n)) || is.role == textRole && is.rank == 1
	if isFieldMap(n, lenient) && !(is.role == errorRole && isWrapped(n)) {
		return fault{items: w.fieldMap(n, "", inList())}
	}
	inner := w.object(n, at)
	switch {
	case is.role != manyRole || len(inner.items) > 0 || is.rank > 0 && inner.isJustWords():
	case inner.hasWords():
		var outer fault
		outer.addItem(inner)
		return outer
	default: // it describes the thing, not the error
		inner.codes, inner.kinds = nil, nil
	}
	return inner
}

// bag reads an object that may hold an error among other things.
func (w *walker) bag(n *document.Node, name string, at place) fault {
	if isFieldMap(n, name == "params" && !at.inList) && hasSentence(n) || saysWhatIsWrong(n) {
		return fault{items: w.fieldMap(n, "", inList())}
	}
	inner := w.object(n, at)
	if len(inner.items)+len(inner.inner)+len(inner.texts) == 0 && !slices.ContainsFunc(inner.codes, func(code ranked) bool { return code.rank == worstRank && isKnownCode(code.text) }) {
		rest := fault{status: inner.status, id: inner.id, docs: inner.docs, wait: inner.wait}
		if at.inList && inner.fieldRank <= 2 {
			rest.fields = inner.fields
		}
		return rest
	}
	return inner
}

// findsFaults is true for an object of which a text finds fault.
func findsFaults(n *document.Node) bool {
	return slices.ContainsFunc(n.Members, func(m document.Member) bool { return meaning.FindsFault(m.Value.Text) })
}
