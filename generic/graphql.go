package generic

import (
	"gateway/document"
	"gateway/meaning"
	"gateway/problem"
)

// readGraphQL reads the errors of a GraphQL answer (specification of October 2021, section 7.1.2). A path there is the
// query's, not the name of a field that is wrong.
func readGraphQL(v *seen) (fault, bool) {
	if !isGraphQL(v.doc.Root) {
		return fault{}, false
	}
	w := walker{limits: document.DefaultLimits(), left: maxMembers}
	var f fault
	for _, item := range v.doc.Root.Get("errors").Items {
		if len(f.items) > problem.MaxViolations {
			break
		}
		f.addItem(w.object(withoutPaths(item), inList()))
	}
	if extensions := v.doc.Root.Get("extensions"); extensions != nil && extensions.Kind == document.Object {
		beside := w.object(extensions, place{})
		f.addFacts(&fault{id: beside.id, docs: beside.docs})
	}
	return f, true
}

// withoutPaths returns an error without what tells where in the query it is; one of a query that the schema does not
// have names nothing of the caller's data.
func withoutPaths(n *document.Node) *document.Node {
	out := without(n, "path", "locations")
	message, _ := n.Get("message").Scalar()
	names := []string{"path", "locations"}
	if meaning.Says(meaning.Unparsable, message) {
		names = append(names, "field", "fieldName", "type", "typeName")
	}
	for i, m := range out.Members {
		if m.Name == "extensions" && m.Value.Kind == document.Object {
			out.Members[i].Value = without(m.Value, names...)
		}
	}
	return out
}

// isGraphQL is true for errors with a message each, beside data or with what only GraphQL tells.
func isGraphQL(root *document.Node) bool {
	errs := root.Get("errors")
	if errs == nil || errs.Kind != document.List || len(errs.Items) == 0 {
		return false
	}
	telling := root.Get("data") != nil
	for _, item := range errs.Items {
		if text, ok := item.Get("message").Scalar(); !ok || text == "" {
			return false
		}
		telling = telling || item.Get("locations") != nil || item.Get("extensions") != nil
	}
	return telling
}

// without returns an object that lacks some members.
func without(n *document.Node, names ...string) *document.Node {
	out := &document.Node{Kind: n.Kind}
members:
	for _, m := range n.Members {
		for _, name := range names {
			if m.Name == name {
				continue members
			}
		}
		out.Members = append(out.Members, m)
	}
	return out
}
