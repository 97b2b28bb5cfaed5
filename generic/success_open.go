package generic

import (
	"strings"

	"gateway/document"
)

// open finds where the members of an answer are: an envelope of SOAP and the elements of XML-RPC are none of them.
func (w *weigher) open(d document.Document) *document.Node {
	root := d.Root
	if d.Format != document.FormatXML {
		return root
	}
	name := strings.ToLower(d.RootName)
	switch body := root.Get("Body"); {
	case name == "envelope" && body != nil:
		return body
	case name == "methodresponse":
		if result := resultOf(root); result != nil {
			return structOf(result)
		}
	case isErrorElement(name):
		w.addErrors(document.Member{Name: "error", Value: root}, "error", true)
		w.add(errorRoot)
	}
	return root
}

// ofRoot judges by the name of the root, which an answer of XML has, whether it is a thing's.
func (w *weigher) ofRoot(d document.Document) {
	switch {
	case d.Format != document.FormatXML, d.RootName == "methodResponse":
	case wrapsAnswers(d.RootName), d.RootName == "messages" && w.has(codeTold, codeLong, codeOfHTTP):
		w.clues[belowThing], w.clues[belowFar] = false, w.clues[belowThing] || w.clues[belowFar]
	case w.trusted:
		w.add(belowFar)
	default:
		w.add(belowRoot)
	}
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
