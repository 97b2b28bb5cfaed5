package generic

import (
	"slices"
	"strings"

	"gateway/document"
	"gateway/meaning"
	"gateway/wording"
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
	name = wording.PlainName(name)
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
	case n.Kind == document.Object && (isFieldMap(n, false) && !isWrapped(n) || saysWhatIsWrong(n)):
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
		if m.Value.Kind != document.String || roleOf(m.Name).role != noRole || !wording.IsRemark(m.Value.Text) {
			continue
		}
		if remark != "" {
			return
		}
		remark = m.Value.Text
	}
	if remark = wording.CleanText(remark, wording.MaxTextBytes); remark != "" && (!f.isEmpty() || len(f.fields) > 0 || f.status >= 400 || meaning.FindsFault(remark)) {
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
