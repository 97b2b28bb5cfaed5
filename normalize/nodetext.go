package normalize

import (
	"strings"

	"gateway/document"
)

// textOf joins the texts of nodes; lists give the texts of their items.
func textOf(nodes []*document.Node) string {
	var texts []string
	for _, n := range nodes {
		if text, ok := n.Scalar(); ok && text != "" {
			texts = append(texts, text)
		} else if n != nil && n.Kind == document.List {
			if text := textOf(n.Items); text != "" {
				texts = append(texts, text)
			}
		}
	}
	return strings.Join(texts, " ")
}
