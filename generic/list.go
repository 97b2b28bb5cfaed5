package generic

import (
	"regexp"
	"slices"
	"strings"

	"gateway/document"
	"gateway/meaning"
	"gateway/problem"
	"gateway/wording"
)

// listMember reads a member that is a list.
func (w *walker) listMember(f *fault, m document.Member, is meant, at place) fault {
	var inner fault
	switch is.role {
	case textRole, titleRole, errorRole, statusRole, oneRole, manyRole:
		w.list(&inner, m.Value, under(m.Name))
	case codeRole, kindRole:
		if holdsObjects(m.Value) {
			w.list(&inner, m.Value, under(m.Name))
		} else if len(m.Value.Items) > 0 {
			return w.scalar(f, document.Member{Name: m.Name, Value: m.Value.Items[0]}, is, at)
		}
	case fieldRole:
		w.fields(f, m)
	case docsRole:
		f.docs.better(linkIn(m.Value), is.rank)
	case bagRole:
		if at.inList && wording.PlainName(m.Name) == "params" {
			w.fields(f, m)
			break
		}
		w.list(&inner, m.Value, under(m.Name))
		if !areComplaints(m.Value) {
			inner.items, inner.docs = holding(inner.items), ranked{}
		}
	case noRole, nameRole:
		if holdsObjects(m.Value) {
			w.list(&inner, m.Value, inList())
			inner = fault{items: violating(inner.items)}
		} else if areLabelled(m.Value) {
			w.list(&inner, m.Value, inList())
		} else if areComplaints(m.Value) {
			inner = fault{items: w.fieldMap(&document.Node{Kind: document.Object, Members: []document.Member{m}}, "", inList())}
		}
	}
	return inner
}

// areLabelled is true for texts that put before a colon what they are about: "name: must not be empty".
func areLabelled(n *document.Node) bool {
	return len(n.Items) > 0 && !slices.ContainsFunc(n.Items, func(item *document.Node) bool { return !label.MatchString(item.Text) })
}

var label = regexp.MustCompile(`^[\w.\[\]-]+: \S+ \S+`)

// areComplaints is true for texts that say what is wrong with the field that they stand under, beside an error's own
// members: {"message": …, "email": ["is invalid"]}.
func areComplaints(n *document.Node) bool {
	for _, item := range n.Items {
		if item.Kind != document.String || !strings.Contains(item.Text, " ") || strings.Contains(item.Text, ":") || !isComplaining(item.Text) {
			return false
		}
	}
	return len(n.Items) > 0
}

// isComplaining is true for a sentence that says that something is wrong with a value.
func isComplaining(text string) bool {
	return meaning.Says(meaning.BadValue, text) || meaning.Says(meaning.MissingParameter, text) || meaning.Says(meaning.AlreadyExists, text) || refusal.MatchString("it "+meaning.PlainWords(text, false))
}

// list reads several errors.
func (w *walker) list(f *fault, n *document.Node, at place) {
	for _, item := range n.Items {
		if w.left--; w.left < 0 || len(f.items) > 2*problem.MaxViolations {
			return
		}
		switch item.Kind {
		case document.Object:
			w.listItem(f, item, at)
		case document.String:
			if text := wording.CleanText(item.Text, wording.MaxTextBytes); wording.IsWord(text) {
				f.addKind(text, nameRank)
			} else if text != "" {
				var one fault
				if more := w.text(&one, item, meant{role: textRole}); more.tells() {
					one = more
				}
				f.addItem(one)
			}
		}
	}
}

// listItem reads one object of a list; those of google.rpc say by their type what they are for.
func (w *walker) listItem(f *fault, item *document.Node, at place) {
	switch kind := typeName(item.Get("@type")); kind {
	case "LocalizedMessage", "DebugInfo":
		return
	case "Help", "RequestInfo", "RetryInfo":
		inner := w.object(item, inList())
		f.addFacts(&inner)
		return
	}
	if item.Get("@type") != nil { // what it calls name is none of a field
		at = place{}
	}
	inner := w.value(item, at)
	if len(inner.items) > 0 && !inner.hasWords() && len(inner.codes)+len(inner.kinds) == 0 {
		f.addFacts(&inner)
		f.items = append(f.items, inner.items...)
		return
	}
	f.addItem(inner)
}

// isTuple is true for a list that is an error without names: ["error", 10100, "apikey: invalid"].
func isTuple(n *document.Node) bool {
	if isPair(n) {
		return true
	}
	if n.Kind != document.List || len(n.Items) != 3 {
		return false
	}
	kind, words := n.Items[0], n.Items[2]
	return kind.Kind == document.String && wording.IsEnvelopeWord(kind.Text) && n.Items[1].Kind == document.Number && words.Kind == document.String
}

// isPair is true for a code and its words: ["ERROR_LOGIN", "wrong password"].
func isPair(n *document.Node) bool {
	return n.Kind == document.List && len(n.Items) == 2 && n.Items[0].Kind == document.String && n.Items[1].Kind == document.String && wording.IsCode(n.Items[0].Text) && strings.Contains(n.Items[1].Text, " ")
}

// holding keeps of a list's items those that hold errors themselves: the rest is data.
func holding(items []fault) (out []fault) {
	for _, item := range items {
		if len(item.items)+len(item.inner) > 0 {
			item.texts, item.titles, item.codes, item.kinds, item.fields = nil, nil, nil, nil, nil
			out = append(out, item)
		} else if item.hasWords() && (len(item.fields) > 0 || item.isNamed()) {
			out = append(out, item)
		}
	}
	return out
}

// violating returns items if each says what is wrong with a field: then they are violations whatever their list is
// called.
func violating(items []fault) []fault {
	for i := range items {
		if len(items[i].texts) == 0 || len(items[i].fields) == 0 {
			return nil
		}
	}
	return items
}

// typeName is the last part of a type's name, as in type.googleapis.com/google.rpc.BadRequest.
func typeName(n *document.Node) string {
	text, _ := n.Scalar()
	return text[strings.LastIndexByte(text, '.')+1:]
}
