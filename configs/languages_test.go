package configs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gateway/configs"
	"gateway/problem"
	"gateway/proxy"
)

// loaded is the languages of a configuration that has these files beside it.
func loaded(t *testing.T, files map[string]string) ([]proxy.Language, error) {
	t.Helper()
	folder := t.TempDir()
	var text strings.Builder
	text.WriteString("upstreams: {a: {url: 'https://a.example'}}\nproblems:\n  languages:\n")
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		text.WriteString("  - " + name + "\n")
	}
	cfg, err := configs.LoadBytes(filepath.Join(folder, "gateway.yaml"), []byte(text.String()))
	if err != nil {
		return nil, err
	}
	return cfg.Settings().Languages, nil
}

// TestGermanIsWhole: words for every type and page, and a hint for each of the three vendors' own.
func TestGermanIsWhole(t *testing.T) {
	all, err := loaded(t, nil)
	if err != nil || len(all) != 1 || all[0].Tag != "de" {
		t.Fatalf("%v, %v", all, err)
	}
	german := all[0]
	for _, info := range problem.Catalogue() {
		w, english := german.Types[info.Type], info.Type.Words()
		if w.Title == "" || w.Meaning == "" || w.Cause == "" || w.Cure == "" {
			t.Errorf("%s has no word for something: %+v", info.Type, w)
		}
		if english.Title == "" || english.Meaning == "" || english.Cause == "" || english.Cure == "" {
			t.Errorf("%s has no English word for something: %+v", info.Type, english)
		}
	}
	for _, name := range []string{"accelo", "akeneo", "apaleo"} {
		p, err := configs.FindProfile(name)
		if err != nil {
			t.Fatal(err)
		}
		for on, hints := range p.Hints {
			if got := german.Hints[name][on]; len(got) != len(hints) {
				t.Errorf("%s has %d hints on %s, and %d in German", name, len(hints), on, len(got))
			}
		}
		for on := range german.Hints[name] {
			if p.Hints[on] == nil {
				t.Errorf("%s has no hints on %s, but in German", name, on)
			}
		}
	}
}

func TestLanguagesOfFiles(t *testing.T) {
	all, err := loaded(t, map[string]string{
		"fr.yaml":    "language: fr\ntypes: {not-found: {title: Introuvable}}\n",
		"other.yaml": "language: DE\ntypes: {not-found: {title: Fehlt}}\nhints: {acme: {not-found: [Nachsehen.]}}\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]proxy.Language{}
	for _, l := range all {
		by[strings.ToLower(l.Tag)] = l
	}
	german := by["de"]
	if len(all) != 2 || by["fr"].Types["not-found"].Title != "Introuvable" || german.Types["not-found"].Title != "Fehlt" ||
		german.Types["not-found"].Meaning == "" || german.Types["conflict"].Title != "Konflikt" ||
		german.Hints["acme"]["not-found"][0] != "Nachsehen." || german.Hints["akeneo"]["not-found"] == nil || german.Page.Back != "Alle Arten" {
		t.Errorf("%+v", by)
	}
	if shipped, err := loaded(t, nil); err != nil || len(shipped) != 1 || shipped[0].Types["not-found"].Title == "Fehlt" || shipped[0].Hints["acme"] != nil {
		t.Errorf("the next configuration has another's words: %+v, %v", shipped, err)
	}
}

func TestWrongLanguages(t *testing.T) {
	for want, text := range map[string]string{
		"is no language tag":                             "language: d\n",
		"types.not-fond: is no type":                     "language: fr\ntypes: {not-fond: {title: x}}\n",
		"unknown key":                                    "language: fr\ntitles: {}\n",
		"gateway.yaml:4:5: problems.languages[0]: " + "": "language: ''\n",
	} {
		if _, err := loaded(t, map[string]string{"x.yaml": text}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
	if _, err := configs.LoadBytes("gateway.yaml", []byte("upstreams: {a: {url: 'https://a.example'}}\nproblems: {languages: missing.yaml}\n")); err == nil {
		t.Error("a missing file is accepted")
	}
}

// TestHintsAreSentences finds hints that a comma has cut in pieces, as it does in [an unquoted, list] of YAML.
func TestHintsAreSentences(t *testing.T) {
	check := func(of, on string, hints []string) {
		for _, hint := range hints {
			if !strings.HasSuffix(hint, ".") && !strings.HasSuffix(hint, "?") {
				t.Errorf("%s: the hint on %s is no sentence: %q", of, on, hint)
			}
		}
	}
	for _, name := range configs.ProfileNames() {
		p, err := configs.FindProfile(name)
		if err != nil {
			t.Fatal(err)
		}
		for on, hints := range p.Hints {
			check(name, on, hints)
		}
		for _, rule := range p.Rules {
			check(name, rule.Name, rule.Hints)
		}
	}
	all, err := loaded(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, hints := range all[0].Hints {
		for on, hints := range hints {
			check("German "+name, on, hints)
		}
	}
}
