package document

import (
	"strings"
)

// TextOf joins the texts of nodes; lists give the texts of their items.
func TextOf(nodes []*Node) string {
	var texts []string
	for _, n := range nodes {
		if text, ok := n.Scalar(); ok && text != "" {
			texts = append(texts, text)
		} else if n != nil && n.Kind == List {
			if text := TextOf(n.Items); text != "" {
				texts = append(texts, text)
			}
		}
	}
	return strings.Join(texts, " ")
}
