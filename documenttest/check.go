package documenttest

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gateway/document"
)

// Check fails for what no Document may hold, whatever the body was.
func Check(t testing.TB, d document.Document) {
	t.Helper()
	texts := []string{d.Text}
	for _, b := range d.Blocks {
		texts = append(texts, b.Text)
	}
	for _, text := range texts {
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\x01\x08\x0b\x1b\x7f\u0080\u009f\uFEFF") {
			t.Errorf("%.60q is no clean text", text)
		}
	}
	if (d.Root != nil) != (d.Format == document.FormatJSON || d.Format == document.FormatXML ||
		d.Format == document.FormatYAML || d.Format == document.FormatForm) {
		t.Errorf("a tree (%t) in %s", d.Root != nil, d.Format)
	}
	if (d.Format == document.FormatEmpty) != (d.Text == "") {
		t.Errorf("%s with %d bytes of text", d.Format, len(d.Text))
	}
	CheckTree(t, d.Root)
}

// CheckTree fails for text that is no valid UTF-8, a part that is missing, or a scalar with children.
func CheckTree(t testing.TB, n *document.Node) {
	t.Helper()
	if n == nil {
		return
	}
	if !utf8.ValidString(n.Text) || n.Kind < document.List && len(n.Items)+len(n.Members) > 0 {
		t.Errorf("node %+v", n)
	}
	for _, m := range n.Members {
		if m.Value == nil || !utf8.ValidString(m.Name) {
			t.Errorf("member %q without a value", m.Name)
		}
		CheckTree(t, m.Value)
	}
	for _, item := range n.Items {
		if item == nil {
			t.Error("item without a value")
		}
		CheckTree(t, item)
	}
}
