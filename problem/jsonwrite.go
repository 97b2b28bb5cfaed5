package problem

import (
	"bytes"
	"encoding/json"

	"gateway/document"
)

// AppendNode writes a tree as JSON.
func AppendNode(dst []byte, n *document.Node) []byte {
	switch n.Kind {
	case document.Object:
		dst = append(dst, '{')
		for i, m := range n.Members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(append(dst, Marshal(m.Name)...), ':')
			dst = AppendNode(dst, m.Value)
		}
		return append(dst, '}')
	case document.List:
		dst = append(dst, '[')
		for i, item := range n.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendNode(dst, item)
		}
		return append(dst, ']')
	case document.Null:
		return append(dst, "null"...)
	case document.Number, document.Bool:
		if json.Valid([]byte(n.Text)) {
			return append(dst, n.Text...)
		}
	}
	return append(dst, Marshal(n.Text)...) // a string, or a number that only YAML writes so
}

// Marshal encodes v without escaping HTML's special characters in a vendor's words: the media type is JSON and nosniff is
// set.
func Marshal(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return []byte(`{}`)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}
