package normalize

import (
	"encoding/json"
	"strings"
)

// isProblem is true for a document of RFC 9457, whatever its media type: a title or a detail, and a type or the media
// type.
func isProblem(d Document) bool {
	if d.Root == nil || d.Root.Kind != Object || d.Root.Get("title") == nil && d.Root.Get("detail") == nil {
		return false
	}
	uri, _ := d.Root.Get("type").Scalar()
	return strings.HasSuffix(d.MediaType, "/problem+json") || strings.HasSuffix(d.MediaType, "/problem+xml") || isURI(uri)
}

// unsent are names of extensions that are for the vendor's own developers.
var unsent = map[string]bool{
	"trace": true, "stack": true, "stacktrace": true, "exception": true, "exceptiondetails": true, "debug": true, "class": true, "file": true, "line": true,
	"previous": true, "innerexception": true, "traceid": true,
}

// extensionsOf are the members that a problem has beyond the standard's (RFC 9457, section 3.2), as far as none of ours
// has their name.
func extensionsOf(root *Node) []Extension {
	var out []Extension
	for _, m := range root.Members {
		if members[m.Name] || unsent[plainName(m.Name)] || m.Value.Kind == Null || len(m.Name) > maxCodeBytes {
			continue
		}
		out = append(out, Extension{m.Name, json.RawMessage(m.Value.json(nil))})
	}
	return out
}

// json appends n as it was written, without what stood between values.
func (n *Node) json(to []byte) []byte {
	switch n.Kind {
	case Object:
		to = append(to, '{')
		for i, m := range n.Members {
			if i > 0 {
				to = append(to, ',')
			}
			to = append(append(to, marshal(m.Name)...), ':')
			to = m.Value.json(to)
		}
		return append(to, '}')
	case List:
		to = append(to, '[')
		for i, item := range n.Items {
			if i > 0 {
				to = append(to, ',')
			}
			to = item.json(to)
		}
		return append(to, ']')
	case String:
		return append(to, marshal(n.Text)...)
	case Null:
		return append(to, "null"...)
	}
	return append(to, n.Text...)
}
