package documenttest

import (
	"testing"

	"golang.org/x/text/encoding/htmlindex"
)

// Encoded returns text in the charset of a WHATWG label.
func Encoded(t testing.TB, label, text string) string {
	t.Helper()
	enc, err := htmlindex.Get(label)
	if err != nil {
		t.Fatal(err)
	}
	out, err := enc.NewEncoder().String(text)
	if err != nil {
		t.Fatalf("%s: %v", label, err)
	}
	return out
}
