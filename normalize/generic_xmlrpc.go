package normalize

// readXMLRPC reads the fault of an XML-RPC answer: a struct of faultCode and faultString, whose members have their
// names in elements of their own.
func readXMLRPC(v *view) (fault, bool) {
	value := v.doc.Root.Get("fault").Get("value")
	if v.doc.Format != FormatXML || v.doc.RootName != "methodResponse" || value == nil {
		return fault{}, false
	}
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
	return walk(plain, Limits{}.orDefault()), true
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
