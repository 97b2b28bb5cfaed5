package generic

import (
	"cmp"
	"slices"
	"strings"

	"gateway/document"
	"gateway/meaning"
	"gateway/problem"
	"gateway/wording"
)

// named gives f the field that it is about.
func (f *fault) named(field string) fault {
	if field != "" {
		f.fields = []string{field}
	}
	return *f
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
	if text = wording.CleanText(text, wording.MaxTextBytes); text == "" {
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
func (w *walker) fields(f *fault, m document.Member) {
	if name := wording.PlainName(m.Name); name != "loc" && name != "path" && !strings.HasSuffix(name, "path") {
		for _, item := range m.Value.Items {
			if text, ok := item.Scalar(); ok {
				f.addField(text)
			} else if saysSentences(item) && isFieldMap(item, true) {
				f.items = append(f.items, w.fieldMap(item, "", inList())...)
			} else if item.Kind == document.Object {
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
	f.fields = []string{wording.CleanText(strings.Join(steps, "."), wording.MaxTextBytes)}
	where, known := placesOf[steps[0]]
	if known {
		f.where = where
	}
	if where != "" && len(steps) > 1 { // the place is told apart
		f.fields = []string{wording.CleanText(strings.Join(steps[1:], "."), wording.MaxTextBytes)}
	}
	if !known || steps[0] == "body" {
		f.pointer = pointerOf(steps[btoi(known):])
	}
}

// addFieldObject takes a field that is described by an object: what is wrong with it, or no more than its name.
func (f *fault) addFieldObject(field fault) {
	if field.hasWords() || field.isNamed() || len(field.items) > 0 || len(field.fields) == 0 {
		f.addItem(field)
		return
	}
	f.fields = append(f.fields, field.fields...)
	f.where = cmp.Or(f.where, field.where)
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

// fieldOutOfCodes takes a field's name from among what stands where codes do: one that the words begin with. One that
// stands for the whole object says nothing.
func (f *fault) fieldOutOfCodes() {
	if len(f.fields) > 0 {
		return
	}
	words := best(f.texts)
	isField := func(code ranked) bool {
		if _, known := meaning.SenseOfCode(code.text); known || !speaksOf(words, code.text) {
			return false
		}
		f.addField(code.text)
		return true
	}
	if len(f.codes)+len(f.kinds) > 1 {
		f.codes = slices.DeleteFunc(f.codes, func(code ranked) bool { return isField(code) || noFields[wording.PlainName(code.text)] })
	}
	if len(f.fields) == 0 {
		f.kinds = slices.DeleteFunc(f.kinds, func(kind ranked) bool { return kind.rank == nameRank && isField(kind) })
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
	return problem.FieldPointer(strings.Join(steps, "/"), false)
}

// source reads what a field's member holds as an object: JSON:API's source, or a map from fields to texts.
func (w *walker) source(f *fault, m document.Member) {
	n := m.Value
	if text, ok := n.Get(document.XMLText).Scalar(); ok {
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
	if wording.PlainName(m.Name) == "fields" && isFieldMap(n, true) && hasSentence(n) {
		f.items = append(f.items, w.fieldMap(n, "", inList())...)
	}
}
