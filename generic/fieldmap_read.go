package generic

import (
	"strconv"

	"gateway/document"
	"gateway/wording"
)

// fieldMap makes a map into items, each with its field; nested names are joined with dots.
func (w *walker) fieldMap(n *document.Node, prefix string, at place) []fault {
	var out []fault
	for _, m := range n.Members {
		field := joinField(prefix, m.Name)
		values := m.Value.Items
		if m.Value.Kind != document.List {
			values = []*document.Node{m.Value}
		}
		for i, value := range values {
			if w.left--; w.left < 0 {
				return out
			}
			nested := field
			if m.Value.Kind == document.List && value.Kind == document.Object && !hasText(value) && messagesOf(value) == nil {
				nested = joinField(field, strconv.Itoa(i))
			}
			out = append(out, w.complaint(value, nested, at)...)
		}
	}
	return out
}

// unnamed takes away the names of what items are about.
func unnamed(items []fault) []fault {
	for i := range items {
		items[i].fields = nil
	}
	return items
}

// complaint is one thing that is wrong with a field, or a map of what is wrong below it.
func (w *walker) complaint(n *document.Node, field string, at place) []fault {
	switch n.Kind {
	case document.String:
		if text := wording.CleanText(n.Text, wording.MaxTextBytes); text != "" {
			return []fault{(&fault{texts: []ranked{{text: text}}}).named(field)}
		}
	case document.Object:
		if messages := messagesOf(n); messages != nil {
			return w.fieldMap(&document.Node{Kind: document.Object, Members: []document.Member{{Name: field, Value: messages}}}, "", at)
		}
		if !hasText(n) {
			return w.fieldMap(n, field, at)
		}
		f := w.object(n, inList())
		f.fields = nil
		return []fault{f.named(field)}
	}
	return nil
}

// messagesOf is the list of texts that an object has for its messages; nil if there is none.
func messagesOf(n *document.Node) *document.Node {
	for _, m := range n.Members {
		if isMessage(m.Name) && isTexts(m.Value) {
			return m.Value
		}
	}
	return nil
}

func joinField(prefix, name string) string {
	switch {
	case noFields[wording.PlainName(name)], numberedError.MatchString(name):
		return prefix
	case prefix == "":
		return name
	}
	return prefix + "." + name
}
