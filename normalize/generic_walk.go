package normalize

import (
	"slices"
	"strings"

	"gateway/document"
)

// walker makes the objects of a body into faults, by the roles of their members. It looks at so many members and no
// more, whatever a body holds.
type walker struct {
	limits document.Limits
	left   int
}

// maxMembers is how many members of a body are looked at.
const maxMembers = 20_000

// place says where an object stands, on which the role of some names depends.
type place struct {
	inList  bool // one of several: it may name a field
	ofField bool // in a list of fields: its name is one
}

// inList is the place of one of several.
func inList() place { return place{inList: true} }

// fieldLists are parts of the names of lists whose items name fields.
var fieldLists = []string{"violation", "field", "param", "propert", "attribut", "validation"}

// under is the place of the items of a list with this name.
func under(name string) place {
	name = plainName(name)
	ofField := slices.ContainsFunc(fieldLists, func(part string) bool { return strings.Contains(name, part) })
	return place{inList: true, ofField: ofField}
}

// walk reads a whole body.
func walk(root *document.Node, l document.Limits) fault {
	w := walker{limits: l, left: maxMembers}
	return w.value(root, place{})
}

// value reads what holds an error or several.
func (w *walker) value(n *document.Node, at place) fault {
	switch {
	case n == nil:
		return fault{}
	case isTuple(n):
		last := len(n.Items) - 1
		return w.object(&document.Node{Kind: document.Object, Members: []document.Member{{Name: "code", Value: n.Items[last-1]}, {Name: "message", Value: n.Items[last]}}}, at)
	case n.Kind == document.List:
		var f fault
		w.list(&f, n, inList())
		return f
	case n.Kind == document.Object && isFieldMap(n, false) && !isWrapped(n):
		return fault{items: w.fieldMap(n, "", at)}
	case n.Kind == document.Object:
		return w.object(n, at)
	}
	var f fault
	w.text(&f, n, meant{role: textRole})
	return f
}

// object reads the members of an error object.
func (w *walker) object(n *document.Node, at place) fault {
	var (
		f     fault
		below []fault
	)
	for _, m := range n.Members {
		if w.left--; w.left < 0 {
			break
		}
		if more := w.member(&f, m, at); more.tells() {
			below = append(below, more)
		}
	}
	if f.hasWords() {
		f.addOwnID(n)
	}
	for _, more := range below {
		f.add(more)
	}
	f.fill(n)
	if at.inList {
		f.nameItems()
	}
	if f.isEmpty() || !at.inList && !f.hasWords() && len(f.items)+len(f.inner) == 0 {
		w.unwrap(&f, n, at)
	}
	if !f.saysWords() {
		f.addRemark(n)
	}
	if at.inList {
		f.fieldOutOfCodes()
	}
	return f
}

// addRemark takes the only sentence of an object that has none under a name for it.
func (f *fault) addRemark(n *document.Node) {
	var remark string
	for _, m := range n.Members {
		if m.Value.Kind != document.String || roleOf(m.Name).role != noRole || !isRemark(m.Value.Text) {
			continue
		}
		if remark != "" {
			return
		}
		remark = m.Value.Text
	}
	if remark = cleanText(remark, MaxTextBytes); remark != "" && (!f.isEmpty() || len(f.fields) > 0 || f.status >= 400 || findsFault(remark)) {
		f.texts = append(f.texts, ranked{remark, worstRank})
	}
}

// worstRank is behind all that names give; those that are known by their ending alone come before it.
const (
	endingRank = 8
	worstRank  = 9
)

// member reads one member into f; what stands below it and may be a fault of its own is returned.
func (w *walker) member(f *fault, m document.Member, at place) fault {
	is := roleOf(m.Name)
	switch m.Value.Kind {
	case document.String, document.Number:
		return w.scalar(f, m, is, at)
	case document.Bool:
		if is.role == againRole {
			again := m.Value.Text == "true"
			f.again = &again
		}
	case document.List:
		return w.listMember(f, m, is, at)
	case document.Object:
		return w.objectMember(f, m, is, at)
	}
	return fault{}
}

// objectMember reads a member that is an object.
func (w *walker) objectMember(f *fault, m document.Member, is meant, at place) fault {
	switch is.role {
	case manyRole:
		if at.inList && plainName(m.Name) == "constraints" { // of class-validator: by rule, not by field
			return fault{items: unnamed(w.fieldMap(m.Value, "", inList()))}
		}
		return w.holder(m.Value, is, at)
	case textRole, titleRole, errorRole, codeRole, statusRole, oneRole, kindRole:
		return w.holder(m.Value, is, at)
	case bagRole:
		return w.bag(m.Value, plainName(m.Name), at)
	case fieldRole:
		if !at.inList && (hasText(m.Value) || plainName(m.Name) == "header") {
			return w.holder(m.Value, is, at)
		}
		w.source(f, m, at)
	case docsRole:
		f.docs.better(linkIn(m.Value), is.rank)
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
		return fault{texts: []ranked{{cleanText(text, MaxTextBytes), is.rank}}}
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
	if isFieldMap(n, name == "params" && !at.inList) && hasSentence(n) {
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
	return slices.ContainsFunc(n.Members, func(m document.Member) bool { return findsFault(m.Value.Text) })
}
