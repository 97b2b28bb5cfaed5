package normalize_test

import (
	"net/http"
	"strings"
	"testing"

	"gateway/document"
	"gateway/normalize"
	"gateway/problem"
)

// tabled is a vendor whose profile is little more than a table of codes.
func tabled(t *testing.T, rules ...normalize.Rule) *normalize.Reader {
	t.Helper()
	r, err := normalize.NewReader(&normalize.Profile{
		Vendor: "Acme", Rules: rules,
		Codes: map[problem.Type][]string{
			problem.Conflict: {"E100"}, problem.ValidationFailed: {"21*"}, problem.NotFound: {"214*"}, problem.Gone: {"*.Gone"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func coded(status int, code string) *document.Answer {
	return &document.Answer{
		Method: "POST", Path: "/", Status: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: []byte(`{"error": {"code": "` + code + `", "message": "It went wrong here."}}`),
	}
}

func TestAProfileTellsWhatCodesMean(t *testing.T) {
	for code, want := range map[string]problem.Type{
		"E100": problem.Conflict, "e100": problem.Conflict, // case does not matter
		"2101": problem.ValidationFailed, "21401": problem.NotFound, // the narrower range
		"Volume.Gone": problem.Gone, "Volume.gone": problem.Gone,
	} {
		got, _ := readValid(t, tabled(t), coded(500, code))
		if got.Type != want || got.Rule != "codes" || got.Mapped != problem.MappedRule || got.Detail != "It went wrong here." {
			t.Errorf("%s: %+v", code, got)
		}
	}
}

func TestACodeThatIsNotListedIsReadGenerically(t *testing.T) {
	for _, code := range []string{"E1001", "x21", ""} {
		if got, _ := readValid(t, tabled(t), coded(404, code)); got.Type != problem.NotFound || got.Rule != "" {
			t.Errorf("%q: %+v", code, got)
		}
	}
}

func TestARulesTypeBeatsTheProfilesCodes(t *testing.T) {
	r := tabled(t, normalize.Rule{Name: "made", Match: normalize.Match{Status: []string{"409"}}, Type: problem.AlreadyExists},
		normalize.Rule{Name: "any"})
	if got, _ := readValid(t, r, coded(409, "E100")); got.Type != problem.AlreadyExists || got.Rule != "made" {
		t.Errorf("%+v", got)
	}
	if got, _ := readValid(t, r, coded(400, "E100")); got.Type != problem.Conflict || got.Rule != "any" {
		t.Errorf("a rule without a type: %+v", got)
	}
}

// TestARuleMaySayOneThingOnly: what it does not say is read generically, what it says to take nothing of is not.
func TestARuleMaySayOneThingOnly(t *testing.T) {
	a := coded(400, "E7")
	a.Body = []byte(`{"message": "Your order of May cannot be taken as it is.", "sub": "S9", "code": "E7", "errors": [{"field": "a", "message": "too long"}, {"field": "b", "message": "missing"}]}`)
	r := tabled(t, normalize.Rule{Name: "sub", Take: normalize.Take{Code: []string{"/sub"}}})
	got, _ := readValid(t, r, a)
	if got.Code != "S9" || got.Detail != "Your order of May cannot be taken as it is." || len(got.Violations) != 2 {
		t.Errorf("%+v", got)
	}
	r = tabled(t, normalize.Rule{Name: "none", Take: normalize.Take{Violations: []normalize.ViolationFrom{}}})
	if got, _ = readValid(t, r, a); got.Code != "E7" || len(got.Violations) != 0 {
		t.Errorf("%+v", got)
	}
}

// TestATypeThatNoWaitCuresHasNoWait: what the generic reader took for a rate limit may be something else by the table.
func TestATypeThatNoWaitCuresHasNoWait(t *testing.T) {
	a := coded(429, "E100")
	a.Header.Set("Retry-After", "5")
	if got, _ := readValid(t, tabled(t), a); got.HasRetryAfter || got.Retryable {
		t.Errorf("%+v", got)
	}
}

func TestTablesWithMistakesAreRefused(t *testing.T) {
	_, err := normalize.NewReader(&normalize.Profile{
		Vendor: "Acme", Codes: map[problem.Type][]string{"conflict": {"A"}, "gone": {"b", "a"}, "bad": {"B2"}},
		Rules: []normalize.Rule{{Name: "codes"}, {Name: "x", Codes: map[problem.Type][]string{"worse": {"C"}}}},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		`codes.gone[1]: "a" is listed under conflict already`, `codes.bad: "bad" is no type`,
		`rules[0].name: "codes" is what metrics call the profile's own codes`, `rules[1].codes.worse: "worse" is no type`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}
