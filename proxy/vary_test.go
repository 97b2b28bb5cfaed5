package proxy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestVaryIsOneLine with what a problem depends on beside what the vendor's answer did, each name once.
func TestVaryIsOneLine(t *testing.T) {
	for vendor, want := range map[string]string{
		"":                                  "Accept, Accept-Language",
		"Vary: Origin":                      "Origin, Accept, Accept-Language",
		"Vary: accept-language, Origin":     "accept-language, Origin, Accept",
		"Vary: Origin,,\r\nVary: ORIGIN, X": "Origin, X, Accept, Accept-Language",
		"Vary: Accept, *":                   "*",
	} {
		var headers []string
		if vendor != "" {
			headers = []string{vendor}
		}
		a := startGateway(t, to(answering(t, answerOnce(409, validationError, headers...)).URL)).get(t, "/up/x")
		if diff := cmp.Diff([]string{want}, a.Header.Values("Vary")); diff != "" {
			t.Errorf("%q: %s", vendor, diff)
		}
	}
}
