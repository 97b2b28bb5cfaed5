package normalize_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gateway/normalize"
)

// checkDocument fails for what no Document may hold, whatever the body was.
func checkDocument(t testing.TB, d normalize.Document) {
	t.Helper()
	for _, text := range []string{d.Text, d.Title, d.Heading, d.Sentence} {
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\x01\x08\x0b\x1b\x7f\u0080\u009f\uFEFF") {
			t.Errorf("%.60q is no clean text", text)
		}
	}
	if (d.Root != nil) != (d.Format == normalize.FormatJSON || d.Format == normalize.FormatXML ||
		d.Format == normalize.FormatYAML || d.Format == normalize.FormatForm) {
		t.Errorf("a tree (%t) in %s", d.Root != nil, d.Format)
	}
	if (d.Format == normalize.FormatEmpty) != (d.Text == "") {
		t.Errorf("%s with %d bytes of text", d.Format, len(d.Text))
	}
	checkTree(t, d.Root)
}
