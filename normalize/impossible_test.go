package normalize_test

import (
	"strings"
	"testing"

	"gateway/document"
	"gateway/normalize"
)

// TestRulesThatCanNeverMatchAreRefused has a sentence for each way in which conditions exclude every answer, and a
// neighbour that does not.
func TestRulesThatCanNeverMatchAreRefused(t *testing.T) {
	yes, no := true, false
	body := func(test normalize.Test) normalize.Match {
		return normalize.Match{Body: map[string]normalize.Test{"/a": test}}
	}
	page := body(normalize.Test{Exists: &yes})
	page.Format = []document.Format{document.FormatHTML, document.FormatEmpty}
	pageOrJSON := body(normalize.Test{Exists: &yes})
	pageOrJSON.Format = []document.Format{document.FormatHTML, document.FormatJSON}
	pageWithout := body(normalize.Test{Exists: &no})
	pageWithout.Format = []document.Format{document.FormatHTML}
	tests := []struct {
		match normalize.Match
		want  string // "" if it may match
	}{
		{page, "match.body./a: can never match; a body of format html has no members"},
		{pageOrJSON, ""},
		{pageWithout, ""},
		{body(normalize.Test{Exists: &no, Is: []string{"x"}}), "match.body./a: can never match: what does not exist says nothing"},
		{body(normalize.Test{Empty: &yes, Matches: "x"}), "match.body./a: can never match: what is empty says nothing"},
		{body(normalize.Test{Empty: &yes}), ""},
		{body(normalize.Test{Exists: &yes, Not: &normalize.Test{Exists: &yes}}), "match.body./a: can never match: not takes back what exists asks for"},
		{body(normalize.Test{Exists: &yes, Not: &normalize.Test{Exists: &no}}), ""},
		{body(normalize.Test{Is: []string{"x", "y"}, Matches: "^z"}), "match.body./a: can never match: none of x, y passes the rest of the test"},
		{body(normalize.Test{Is: []string{"x", "z"}, Matches: "^z"}), ""},
		{body(normalize.Test{Is: []string{"x"}, Not: &normalize.Test{Is: []string{"x"}}}), "none of x passes the rest of the test"},
		{body(normalize.Test{Is: []string{"x"}, Matches: "^z", Of: "none"}), ""},
		{normalize.Match{Method: []string{"PUT", "post"}}, `match.method[1]: "post" can never match; methods are written in capitals`},
		{normalize.Match{Path: []string{"orders/*"}}, `match.path[0]: "orders/*" can never match; a path begins with /`},
		{normalize.Match{Path: []string{"/orders?id=*"}}, `match.path[0]: "/orders?id=*" can never match; the query is no part of the path`},
		{normalize.Match{Path: []string{"**/orders", "/a/*"}}, ""},
		{normalize.Match{Media: []string{"application/json; charset=utf-8"}}, `match.media[0]: "application/json; charset=utf-8" can never match; write a media type without parameters`},
		{normalize.Match{Media: []string{"json"}}, `match.media[0]: "json" can never match`},
		{normalize.Match{Media: []string{"application/*", "*"}}, ""},
		{normalize.Match{Status: []string{"1000"}}, `match.status[0]: "1000" can never match`},
	}
	for _, test := range tests {
		_, err := normalize.NewReader(&normalize.Profile{Vendor: "Acme", Rules: []normalize.Rule{{Name: "a", Match: test.match}}})
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%+v: %v", test.match, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%+v: %v does not say %q", test.match, err, test.want)
		}
	}
}

// TestAnUnreachedRuleIsToldWithWhatHidesIt: where samples show it, though the conditions of both do not.
func TestAnUnreachedRuleIsToldWithWhatHidesIt(t *testing.T) {
	yes := true
	r, err := normalize.NewReader(&normalize.Profile{Vendor: "Acme", Rules: []normalize.Rule{
		{Name: "wide", Match: normalize.Match{Body: map[string]normalize.Test{"/message": {Exists: &yes}}}},
		{Name: "late", Match: normalize.Match{Body: map[string]normalize.Test{"/message": {Matches: "gone"}}}},
		{Name: "other", Match: normalize.Match{Status: []string{"418"}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	samples := "-- a.http --\nHTTP/1.1 404 Not Found\nContent-Type: application/json\n\n{\"message\": \"It is gone from here.\"}\n" +
		"-- a.json --\n{\"rule\": \"wide\", \"type\": \"not-found\", \"detail\": \"It is gone from here.\"}\n"
	var got []string
	for _, f := range normalize.RunSamples(r, []byte(samples)) {
		got = append(got, f.Text)
	}
	want := `rule "late" is reached by no sample: "wide" above it takes a, which it would match; move it up, narrow that rule, or drop one
rule "other" is reached by no sample: add one, or drop the rule`
	if strings.Join(got, "\n") != want {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}
