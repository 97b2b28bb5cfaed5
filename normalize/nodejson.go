package normalize

import "encoding/json"

// appendNode writes a tree as JSON.
func appendNode(dst []byte, n *Node) []byte {
	switch n.Kind {
	case Object:
		dst = append(dst, '{')
		for i, m := range n.Members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(append(dst, marshal(m.Name)...), ':')
			dst = appendNode(dst, m.Value)
		}
		return append(dst, '}')
	case List:
		dst = append(dst, '[')
		for i, item := range n.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendNode(dst, item)
		}
		return append(dst, ']')
	case Null:
		return append(dst, "null"...)
	case Number, Bool:
		if json.Valid([]byte(n.Text)) {
			return append(dst, n.Text...)
		}
	}
	return append(dst, marshal(n.Text)...) // a string, or a number that only YAML writes so
}
