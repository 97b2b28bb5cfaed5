package normalize

import (
	"strconv"
	"strings"
)

// noFields are names in field maps that stand for the whole object.
var noFields = map[string]bool{"": true, "base": true, "nonfielderrors": true, "all": true, "schema": true, "general": true, "global": true, "errors": true}

// isFieldMap is true for a map from fields to what is wrong with them: lists of texts, or objects with texts. A lenient
// one may have plain texts too, as long as no name says that the object is itself an error.
func isFieldMap(n *Node, lenient bool) bool {
	if n == nil || n.Kind != Object || len(n.Members) == 0 || locates(n) {
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
func locates(n *Node) bool {
	for _, m := range n.Members {
		is := roleOf(m.Name).role
		if is != fieldRole && is != whereRole || strings.Contains(textOf([]*Node{m.Value}), " ") {
			return false
		}
	}
	return len(n.Members) > 1
}

// isComplaint is true for a member that says what is wrong with the field it is named for. One that is alone may be
// the list of messages itself.
func isComplaint(m Member, lenient, alone bool) bool {
	holder := holdsErrors(m.Name)
	switch m.Value.Kind {
	case List:
		first := m.Value.Items[0]
		if first.Kind == String {
			return !holder && !(alone && isMessage(m.Name))
		}
		return first.Kind == Object && !holder && !isMessage(m.Name) && (hasText(first) || isFieldMap(first, lenient) || isEmptyItem(first))
	case Object:
		return !holder && !isMessage(m.Name) && !isAside(m.Name) && (isFieldMap(m.Value, lenient) || hasText(m.Value))
	case String:
		return lenient && !holder && !tellsError(roleOf(m.Name), m.Value.Text)
	}
	return false
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
	switch plainName(name) {
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
	return false
}

// isEmptyItem is true for {}, which stands for a good item of a list.
func isEmptyItem(n *Node) bool { return n.Kind == Object && len(n.Members) == 0 }

// tellsError is true for names that an error object has for its own words and codes.
func tellsError(is meant, text string) bool {
	return is.role == textRole && is.rank < 3 || is.role == titleRole || is.role == codeRole || is.role == statusRole ||
		is.role == kindRole && isToken(text)
}

// hasText is true for an object with words of its own.
func hasText(n *Node) bool {
	for _, m := range n.Members {
		if roleOf(m.Name).role == textRole && m.Value.Kind == String && m.Value.Text != "" {
			return true
		}
	}
	return false
}

// hasSentence is true if a map's texts are more than single words.
func hasSentence(n *Node) bool {
	for _, m := range n.Members {
		if strings.Contains(textOf([]*Node{m.Value}), " ") || m.Value.Kind == Object && (hasText(m.Value) || hasSentence(m.Value)) {
			return true
		}
	}
	return false
}

// saysSentences is true for an object all of whose values are sentences.
func saysSentences(n *Node) bool {
	for _, m := range n.Members {
		if m.Value.Kind != String || !strings.Contains(strings.TrimSpace(m.Value.Text), " ") {
			return false
		}
	}
	return len(n.Members) > 0
}

// fieldMap makes a map into items, each with its field; nested names are joined with dots.
func (w *walker) fieldMap(n *Node, prefix string, at place) []fault {
	var out []fault
	for _, m := range n.Members {
		field := joinField(prefix, m.Name)
		values := m.Value.Items
		if m.Value.Kind != List {
			values = []*Node{m.Value}
		}
		for i, value := range values {
			if w.left--; w.left < 0 {
				return out
			}
			nested := field
			if m.Value.Kind == List && value.Kind == Object && !hasText(value) {
				nested = joinField(field, strconv.Itoa(i))
			}
			out = append(out, w.complaint(value, nested, at)...)
		}
	}
	return out
}

// complaint is one thing that is wrong with a field, or a map of what is wrong below it.
func (w *walker) complaint(n *Node, field string, at place) []fault {
	switch n.Kind {
	case String:
		if text := cleanText(n.Text, MaxTextBytes); text != "" {
			return []fault{(&fault{texts: []ranked{{text: text}}}).named(field)}
		}
	case Object:
		if !hasText(n) {
			return w.fieldMap(n, field, at)
		}
		f := w.object(n, inList())
		f.fields = nil
		return []fault{f.named(field)}
	}
	return nil
}

// named gives f the field that it is about.
func (f *fault) named(field string) fault {
	if field != "" {
		f.fields = []string{field}
	}
	return *f
}

func joinField(prefix, name string) string {
	switch {
	case noFields[plainName(name)]:
		return prefix
	case prefix == "":
		return name
	}
	return prefix + "." + name
}

// setField takes the name of a field from the member whose rank is the lowest.
func (f *fault) setField(text string, rank int) {
	if len(f.fields) > 0 && f.fieldRank <= rank {
		return
	}
	f.fields, f.pointer, f.fieldRank = nil, "", rank
	f.addField(text)
}

// addField takes the name of a field, which may be a pointer into the caller's body.
func (f *fault) addField(text string) {
	if text = cleanText(text, MaxTextBytes); text == "" {
		return
	}
	f.fields = append(f.fields, text)
	if strings.HasPrefix(text, "#/") {
		f.pointer = text
	} else if strings.HasPrefix(text, "/") {
		f.pointer = "#" + text
	}
}

// fields reads a list of fields, or one field as the list of steps that lead to it.
func (w *walker) fields(f *fault, m Member, at place) {
	if name := plainName(m.Name); name != "loc" && name != "path" && !strings.HasSuffix(name, "path") {
		for _, item := range m.Value.Items {
			if text, ok := item.Scalar(); ok {
				f.addField(text)
			} else if item.Kind == Object {
				f.addFieldObject(w.object(item, place{inList: true, ofField: true}))
			}
		}
		return
	}
	var steps []string
	for _, item := range m.Value.Items {
		if text, ok := item.Scalar(); ok {
			steps = append(steps, text)
		}
	}
	if len(steps) == 0 {
		return
	}
	f.fields = []string{cleanText(strings.Join(steps, "."), MaxTextBytes)}
	where, known := placesOf[steps[0]]
	if known {
		f.where = where
	}
	if !known || steps[0] == "body" {
		f.pointer = pointerOf(steps[btoi(known):])
	}
}

// addFieldObject takes a field that is described by an object: what is wrong with it, or no more than its name.
func (f *fault) addFieldObject(field fault) {
	if field.hasWords() || len(field.items) > 0 || len(field.fields) == 0 {
		f.addItem(field)
		return
	}
	f.fields = append(f.fields, field.fields...)
	f.where = firstText(f.where, field.where)
}

// nameItems gives the only field of an object to the complaints that it lists without one.
func (f *fault) nameItems() {
	for i := range f.items {
		if len(f.fields) != 1 || len(f.items[i].fields) > 0 || len(f.items[i].items)+len(f.items[i].inner) > 0 {
			return
		}
	}
	for i := range f.items {
		f.items[i].fields, f.items[i].pointer, f.items[i].where = f.fields, f.pointer, f.where
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// pointerOf makes steps into the fragment of a JSON Pointer (RFC 6901, section 6).
func pointerOf(steps []string) string {
	if len(steps) == 0 {
		return ""
	}
	return fieldPointer(strings.Join(steps, "/"), false)
}

// source reads what a field's member holds as an object: JSON:API's source, or a map from fields to texts.
func (w *walker) source(f *fault, m Member, at place) {
	n := m.Value
	if text, ok := n.Get(xmlText).Scalar(); ok {
		f.setField(text, roleOf(m.Name).rank)
		return
	}
	for _, part := range []struct{ name, where string }{{"pointer", ""}, {"parameter", "query"}, {"header", "header"}} {
		if text, ok := n.Get(part.name).Scalar(); ok && text != "" {
			f.addField(text)
			f.where = part.where
			return
		}
	}
	if text, ok := n.Get("name").Scalar(); ok && !hasText(n) {
		f.addField(text)
		return
	}
	if plainName(m.Name) == "fields" && isFieldMap(n, true) && hasSentence(n) {
		f.items = append(f.items, w.fieldMap(n, "", inList())...)
	}
}
