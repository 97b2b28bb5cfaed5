package normalize_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gateway/normalize"
	"gateway/problem"
)

func TestDiffTellsWhatAChangedProfileMapsDifferently(t *testing.T) {
	read := func(p normalize.Profile) *normalize.Reader {
		p.Vendor = "Acme"
		r, err := normalize.NewReader(&p)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	a := coded(409, "E1")
	old := read(normalize.Profile{})
	if got := normalize.Diff(old, read(normalize.Profile{Rules: []normalize.Rule{{Name: "any"}}}), a, ""); got != nil {
		t.Errorf("another rule alone is no difference: %v", got)
	}
	changed := read(normalize.Profile{Codes: map[problem.Type][]string{problem.RateLimited: {"E1"}}})
	want := []normalize.Change{
		{"type", "conflict", "rate-limited"}, {"fault", "caller", "vendor"}, {"retryable", "false", "true"}, {"rule", "status", "codes"},
	}
	if diff := cmp.Diff(want, normalize.Diff(old, changed, a, "")); diff != "" {
		t.Error(diff)
	}
	success := coded(200, "E1")
	hides := read(normalize.Profile{Rules: []normalize.Rule{{Name: "ok", Match: normalize.Match{Status: []string{"2xx"}}, Type: problem.Gone}}})
	if got := normalize.Diff(old, hides, success, ""); len(got) == 0 || got[0] != (normalize.Change{Member: "error", Old: "false", New: "true"}) {
		t.Errorf("%v", got)
	}
}
