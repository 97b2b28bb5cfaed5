package configs_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"gateway/configs"
	"gateway/document"
	"gateway/draft"
	"gateway/normalize"
	"gateway/problem"
)

// unmapped are answers of a kind that no profile has a rule for.
var unmapped = []string{
	"> GET /x\nHTTP/1.1 418 I'm a teapot\nContent-Type: application/json\n\n" + `{"oops":{"text":"The kettle is 'empty'.","kind":"KETTLE-7"}}`,
	"> POST /x\nHTTP/1.1 418 I'm a teapot\nContent-Type: application/json\n\n" + `{"oops":{"text":"The kettle is 'full'.","kind":"KETTLE-7"}}`,
	"> GET /x\nHTTP/1.1 419 x\nContent-Type: application/json\n\n" + `{"oops":{"list":[{"name":"size","problem":"Too small."}]}}`,
	"> GET /x\nHTTP/1.1 599 x\nContent-Type: application/x-strange\n\n\x01\x02",
}

func recordedOf(t *testing.T, answers ...string) []draft.Recorded {
	t.Helper()
	var out []draft.Recorded
	for i, text := range answers {
		a, err := document.ParseAnswer([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, draft.Recorded{Name: "unmapped-" + string(rune('a'+i)), Source: "recorded", Answer: a})
	}
	return out
}

// TestDraftedRulesFitTheirProfile: for each built-in profile, what is drafted for answers that it does not know can be
// pasted: the profile loads, every sample passes, and the new rules map the answers as they were read before.
func TestDraftedRulesFitTheirProfile(t *testing.T) {
	drafted := 0
	for _, name := range configs.ProfileNames() {
		p, err := configs.FindProfile(name)
		if err != nil {
			t.Fatal(err)
		}
		before, err := normalize.NewReader(&p.Profile)
		if err != nil {
			t.Fatal(err)
		}
		recorded := recordedOf(t, unmapped...)
		patch, err := draft.NewPatch(p.Profile, p.Source, recorded)
		if err != nil {
			continue // it has a rule for every status
		}
		drafted++
		after, err := configs.ParseProfile(name+".yaml", patch.Profile)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, patch.Rules)
		}
		reader, err := normalize.NewReader(&after.Profile)
		if err != nil {
			t.Fatal(err)
		}
		for _, failure := range normalize.RunSamples(reader, slices.Concat(p.Samples, patch.Samples)) {
			t.Errorf("%s: %s %s\n%s", name, failure.Sample, failure.Text, patch.Rules)
		}
		for _, r := range recorded {
			was, _ := before.Read(r.Answer)
			is, _ := reader.Read(r.Answer)
			if is.Mapped != problem.MappedRule || is.Type != was.Type || is.Detail != was.Detail || is.Code != was.Code {
				t.Errorf("%s: %s %q %q became %s %q %q by %s", name, was.Type, was.Detail, was.Code, is.Type, is.Detail, is.Code, is.Rule)
			}
		}
		if !bytes.Contains(patch.Profile, patch.Rules) {
			t.Errorf("%s: the rules do not stand in the profile as they are to be pasted", name)
		}
	}
	if drafted < 30 {
		t.Errorf("rules were drafted for %d profiles alone", drafted)
	}
}

// TestRulesAreDraftedWhereverTheProfileHasThem: people write YAML in several ways.
func TestRulesAreDraftedWhereverTheProfileHasThem(t *testing.T) {
	for name, c := range map[string]struct{ source, want string }{
		"at the end": {
			"vendor: A\nrules:\n  - {name: a, match: {status: [400]}}",
			"vendor: A\nrules:\n  - {name: a, match: {status: [400]}}\n  - name: NEW",
		},
		"in the middle, before a comment of what follows": {
			"rules: # mine\n- {name: a, match: {status: [400]}}\n\n# of A\nvendor: A\n",
			"rules: # mine\n- {name: a, match: {status: [400]}}\n- name: NEW\n  match: {status: [418], body: {/message: {exists: true}}}\n  type: TYPE\n\n# of A\nvendor: A\n",
		},
		"deeper":    {"rules:\n    # first\n    - name: a\n      match: {status: [400]}\nvendor: A\n", "rules:\n    # first\n    - name: a\n      match: {status: [400]}\n    - name: NEW"},
		"none":      {"vendor: A\n", "vendor: A\n\nrules:\n  - name: NEW"},
		"in a line": {"vendor: A\nrules: [{name: a, match: {status: [400]}}]\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := configs.ParseProfile("a.yaml", []byte(c.source))
			if err != nil {
				t.Fatal(err)
			}
			patch, err := draft.NewPatch(p.Profile, p.Source, recordedOf(t, "HTTP/1.1 418 x\nContent-Type: application/json\n\n{\"message\":\"It is a teapot.\"}"))
			if err != nil {
				t.Fatal(err)
			}
			rule := strings.Fields(string(patch.Rules))[2]
			got := strings.NewReplacer(rule, "NEW", "type: "+strings.Fields(string(patch.Rules))[len(strings.Fields(string(patch.Rules)))-1], "type: TYPE").Replace(string(patch.Profile))
			if c.want == "" && patch.Profile != nil || !strings.HasPrefix(got, c.want) {
				t.Errorf("%s", got)
			}
			if patch.Profile == nil {
				return
			}
			if _, err := configs.ParseProfile("a.yaml", patch.Profile); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestNothingIsDraftedForWhatARuleMaps: nor for what is no error.
func TestNothingIsDraftedForWhatARuleMaps(t *testing.T) {
	p, err := configs.ParseProfile("a.yaml", []byte("vendor: A\nrules:\n  - {name: a, match: {status: [400]}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = draft.NewPatch(p.Profile, p.Source, recordedOf(t, "HTTP/1.1 400 x\n\nwords", "HTTP/1.1 200 OK\n\nwords"))
	if err == nil || err.Error() != "none of the 2 answers is an error that no rule maps" {
		t.Error(err)
	}
}
