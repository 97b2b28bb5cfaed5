package normalize_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gateway/document"
	"gateway/normalize"
	"gateway/problem"
)

// TestTheFirstRuleThatMatchesWins however many there are and whatever leads to them: Read looks rules up by the texts of
// the body, Explain tries each of them.
func TestTheFirstRuleThatMatchesWins(t *testing.T) {
	words := rapid.SampledFrom([]string{"a", "b", "c", "7", "true", ""})
	places := rapid.SampledFrom([]string{"/code", "/error/type", "/errors/*/code", "/errors/0/code"})
	rapid.Check(t, func(t *rapid.T) {
		profile := &normalize.Profile{Name: "p", Vendor: "V"}
		for i := range rapid.IntRange(1, 12).Draw(t, "rules") {
			profile.Rules = append(profile.Rules, normalize.Rule{Name: fmt.Sprintf("r%d", i), Type: problem.Conflict, Match: anyMatch(t, places, words)})
		}
		reader, err := normalize.NewReader(profile)
		if err != nil {
			t.Skip(err) // such as a rule that an earlier one hides
		}
		body, err := json.Marshal(map[string]any{
			"code": words.Draw(t, "code"), "error": map[string]any{"type": rapid.SampledFrom([]any{"a", "b", 7, true, nil}).Draw(t, "type")},
			"errors": []any{map[string]any{"code": words.Draw(t, "first")}, map[string]any{"code": words.Draw(t, "second")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		a := &document.Answer{Method: "GET", Path: "/", Status: 409, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
		got, _ := reader.Read(a)
		if diff := cmp.Diff(reader.Explain(a).Reading, got); diff != "" {
			t.Errorf("%s by %+v: -tried one by one +looked up\n%s", body, profile.Rules, diff)
		}
	})
}

func anyMatch(t *rapid.T, places, words *rapid.Generator[string]) normalize.Match {
	m := normalize.Match{Body: map[string]normalize.Test{}}
	for range rapid.IntRange(0, 2).Draw(t, "conditions") {
		test := normalize.Test{Is: rapid.SliceOfN(words, 0, 3).Draw(t, "is"), Of: rapid.SampledFrom([]string{"", "any", "every", "none"}).Draw(t, "of")}
		if rapid.Bool().Draw(t, "not") {
			test = normalize.Test{Not: new(test)}
		}
		m.Body[places.Draw(t, "place")] = test
	}
	return m
}
