package generic

import (
	"gateway/document"
	"gateway/wording"
)

// readXMLRPC reads the fault of an XML-RPC answer: a struct of faultCode and faultString, whose members have their
// names in elements of their own.
func readXMLRPC(v *seen) (fault, bool) {
	if v.doc.Format != document.FormatXML || v.doc.RootName != "methodResponse" {
		return fault{}, false
	}
	value := v.doc.Root.Get("fault").Get("value")
	if value == nil {
		value = resultOf(v.doc.Root)
	}
	if value == nil {
		return fault{}, false
	}
	return walk(structOf(value), document.DefaultLimits()), true
}

// resultOf is the only value that a method returned, if it is a struct.
func resultOf(root *document.Node) *document.Node {
	value := root.Get("params").Get("param").Get("value")
	if text, scalar := bare(value).Scalar(); value.Get("struct") == nil && !(scalar && isKnownCode(text) && wording.IsCode(text)) {
		return nil
	}
	return value
}

// structOf makes a struct of XML-RPC into an object; any other value becomes a message.
func structOf(value *document.Node) *document.Node {
	plain := &document.Node{Kind: document.Object}
	members := value.Get("struct").Get("member")
	for _, m := range itemsOr(members) {
		if name, ok := m.Get("name").Scalar(); ok {
			plain.Members = append(plain.Members, document.Member{Name: name, Value: bare(m.Get("value"))})
		}
	}
	if len(plain.Members) == 0 {
		plain.Members = []document.Member{{Name: "message", Value: bare(value)}}
	}
	return plain
}

// itemsOr returns the items of a list, or n alone where an element is not repeated.
func itemsOr(n *document.Node) []*document.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == document.List:
		return n.Items
	}
	return []*document.Node{n}
}

// bare takes a value out of the element that tells its type.
func bare(value *document.Node) *document.Node {
	for value != nil && value.Kind == document.Object && len(value.Members) == 1 {
		value = value.Members[0].Value
	}
	return value
}
