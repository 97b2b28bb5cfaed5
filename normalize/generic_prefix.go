package normalize

import (
	"slices"
	"strings"
)

// withoutPrefixes returns an object without what all its names begin with, as in {"API_RESULT_CODE": …, "API_VERSION": …}.
func withoutPrefixes(n *Node) *Node {
	if n == nil || n.Kind != Object || len(n.Members) < 3 {
		return n
	}
	prefix, _, found := strings.Cut(n.Members[0].Name, "_")
	found = found && !slices.Contains(ofCalls, strings.ToLower(prefix)) || strings.EqualFold(prefix, "api")
	for _, m := range n.Members {
		if found = found && prefix != "" && strings.HasPrefix(m.Name, prefix+"_") && len(m.Name) > len(prefix)+1; !found {
			return n
		}
	}
	out := &Node{Kind: Object}
	for _, m := range n.Members {
		out.Members = append(out.Members, Member{m.Name[len(prefix)+1:], m.Value})
	}
	return out
}
