package generic

import (
	"slices"
	"strings"

	"gateway/document"
	"gateway/wording"
)

// withoutPrefixes returns an object without what all its names begin with, as in {"API_RESULT_CODE": …, "API_VERSION": …}.
func withoutPrefixes(n *document.Node) *document.Node {
	if n == nil || n.Kind != document.Object || len(n.Members) < 3 {
		return n
	}
	prefix, _, found := strings.Cut(n.Members[0].Name, "_")
	found = found && !slices.Contains(ofCalls, strings.ToLower(prefix)) || strings.EqualFold(prefix, "api")
	found = found && !isErrorName(wording.PlainName(prefix))
	for _, m := range n.Members {
		if found = found && prefix != "" && strings.HasPrefix(m.Name, prefix+"_") && len(m.Name) > len(prefix)+1; !found {
			return n
		}
	}
	out := &document.Node{Kind: document.Object}
	for _, m := range n.Members {
		out.Members = append(out.Members, document.Member{Name: m.Name[len(prefix)+1:], Value: m.Value})
	}
	return out
}
