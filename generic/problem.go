package generic

import (
	"encoding/json"
	"slices"
	"strings"

	"gateway/document"
	"gateway/problem"
	"gateway/wording"
)

// isProblem is true for a document of RFC 9457, whatever its media type: a title or a detail, and a type or the media
// type.
func isProblem(d document.Document) bool {
	if d.Root == nil || d.Root.Kind != document.Object || d.Root.Get("title") == nil && d.Root.Get("detail") == nil {
		return false
	}
	uri, _ := d.Root.Get("type").Scalar()
	return strings.HasSuffix(d.MediaType, "/problem+json") || strings.HasSuffix(d.MediaType, "/problem+xml") || wording.IsURI(uri)
}

// unsent are names of extensions that are for the vendor's own developers.
var unsent = map[string]bool{
	"trace": true, "stack": true, "stacktrace": true, "exception": true, "exceptiondetails": true, "debug": true, "class": true, "file": true, "line": true,
	"previous": true, "innerexception": true, "traceid": true,
}

// extensionsOf are the members that a problem has beyond the standard's (RFC 9457, section 3.2), as far as none of ours
// has their name.
func extensionsOf(root *document.Node) []problem.Extension {
	var out []problem.Extension
	for _, m := range root.Members {
		if problem.IsMember(m.Name) || unsent[wording.PlainName(m.Name)] || m.Value.Kind == document.Null || len(m.Name) > wording.MaxCodeBytes || hasMarkup(m.Value) {
			continue
		}
		out = append(out, problem.Extension{Name: m.Name, Value: json.RawMessage(problem.AppendNode(nil, m.Value))})
	}
	return out
}

// hasMarkup is true if a text in n loses tags by being cleaned: a problem holds none.
func hasMarkup(n *document.Node) bool {
	if text, ok := n.Scalar(); ok {
		return strings.Contains(text, "<") && strings.Count(wording.CleanText(text, len(text)), "<") < strings.Count(text, "<")
	}
	return slices.ContainsFunc(n.Items, hasMarkup) || slices.ContainsFunc(n.Members, func(m document.Member) bool { return hasMarkup(m.Value) })
}
