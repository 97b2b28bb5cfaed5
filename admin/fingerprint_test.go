package admin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"pgregory.net/rapid"

	"gateway/admin"
)

// serve answers one GET without a socket.
func serve(t *testing.T, cfg admin.Config, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	cfg.Metrics = http.NotFoundHandler()
	admin.New(cfg).ServeHTTP(w, httptest.NewRequest("GET", "http://localhost"+path, nil))
	return w.Body.String()
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// templateOf is what a group of these words is called.
func templateOf(l *listener, t *testing.T, n int, words string) string {
	t.Helper()
	l.observe(t, n, failed(n, words))
	return l.groups(t, "per_page=1").Groups[0].Template
}

func TestTemplates(t *testing.T) {
	l := listen(t, nil)
	n := 0
	for words, want := range map[string]string{
		"No company with id 77.":                                         "No company with id #.",
		"No company with id 12345678901234567890.":                       "No company with id #.",
		"Order 5f3c1a9e-8a55-4b8b-9a0e-2f1e5c9d7b11 is closed":           "Order # is closed",
		"User jane.doe@example.com has no right":                         "User # has no right",
		"See https://api.example.com/docs/errors for more":               "See # for more",
		"Property \"nope\" does not exist.":                              "Property “…” does not exist.",
		"Property 'it''s' does not exist.":                               "Property “…” does not exist.",
		"The customer's card can't be charged":                           "The customer's card can't be charged",
		"values: 1, 2, 3 and 4":                                          "values: # and #",
		"codes 'a', 'b', 'c' are unknown":                                "codes “…” are unknown",
		"Retry after 2026-11-24T21:00:00Z":                               "Retry after #",
		"Die Menge «zwölf» ist ungültig":                                 "Die Menge “…” ist ungültig",
		"Field items[3].price must be > 0":                               "Field items[#].price must be > #",
		"an \"unclosed quote of 12":                                      "an \"unclosed quote of #",
		"":                                                               "",
		"…":                                                              "…",
		"  much \t\n space  ":                                            "much space",
		"sku ABC-123 and sku XYZ-9 clash":                                "sku # and sku # clash",
		"rate limit of 100 requests per minute exceeded (used 101/100).": "rate limit of # requests per minute exceeded (used #).",
	} {
		n++
		if got := templateOf(l, t, n, words); got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
}

// Whatever the value is, the group is the same.
func TestValuesMakeNoGroups(t *testing.T) {
	l := listen(t, nil)
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		number := rapid.Uint64().Draw(r, "number")
		id := rapid.StringMatching(`[a-z]{2,4}_[0-9][A-Za-z0-9]{8,20}`).Draw(r, "id")
		value := rapid.StringMatching(`[a-zA-Z0-9 ,.:;!?äöü-]{0,40}`).Draw(r, "value")
		n++
		words := fmt.Sprintf("Item %d (%s) with the value \"%s\" is unknown", number, id, value)
		if got := templateOf(l, t, n, words); got != "Item # (#) with the value “…” is unknown" {
			r.Fatalf("%q: %q", words, got)
		}
	})
}
