package normalize

// readXMLRPC reads the fault of an XML-RPC answer: a struct of faultCode and faultString, whose members have their
// names in elements of their own.
func readXMLRPC(v *view) (fault, bool) {
	if v.doc.Format != FormatXML || v.doc.RootName != "methodResponse" {
		return fault{}, false
	}
	value := v.doc.Root.Get("fault").Get("value")
	if value == nil {
		value = resultOf(v.doc.Root)
	}
	if value == nil {
		return fault{}, false
	}
	return walk(structOf(value), Limits{}.orDefault()), true
}

// resultOf is the only value that a method returned, if it is a struct.
func resultOf(root *Node) *Node {
	value := root.Get("params").Get("param").Get("value")
	if text, scalar := bare(value).Scalar(); value.Get("struct") == nil && !(scalar && isKnownCode(text) && isCode(text)) {
		return nil
	}
	return value
}

// structOf makes a struct of XML-RPC into an object; any other value becomes a message.
func structOf(value *Node) *Node {
	plain := &Node{Kind: Object}
	members := value.Get("struct").Get("member")
	for _, m := range members.orItems() {
		if name, ok := m.Get("name").Scalar(); ok {
			plain.Members = append(plain.Members, Member{name, bare(m.Get("value"))})
		}
	}
	if len(plain.Members) == 0 {
		plain.Members = []Member{{"message", bare(value)}}
	}
	return plain
}

// orItems returns the items of a list, or n alone where an element is not repeated.
func (n *Node) orItems() []*Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == List:
		return n.Items
	}
	return []*Node{n}
}

// bare takes a value out of the element that tells its type.
func bare(value *Node) *Node {
	for value != nil && value.Kind == Object && len(value.Members) == 1 {
		value = value.Members[0].Value
	}
	return value
}
