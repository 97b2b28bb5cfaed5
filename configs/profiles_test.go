package configs_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"gateway/configs"
	"gateway/normalize"
)

var update = flag.Bool("update", false, "rewrite the expected readings of the samples; review the difference")

// TestBuiltInProfiles reads every sample of every built-in profile and fails for a rule that none reaches.
func TestBuiltInProfiles(t *testing.T) {
	for _, name := range configs.ProfileNames() {
		t.Run(name, func(t *testing.T) {
			p, err := configs.FindProfile(name)
			if err != nil {
				t.Fatal(err)
			}
			r, err := normalize.NewReader(&p.Profile)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				rewriteSamples(t, r, name)
				return
			}
			for _, f := range normalize.RunSamples(r, p.Samples) {
				t.Errorf("%s %s", f.Sample, f.Text)
			}
		})
	}
}

// rewriteSamples puts what r reads today beside every answer.
func rewriteSamples(t *testing.T, r *normalize.Reader, name string) {
	t.Helper()
	file := filepath.Join("profiles", name+".txtar")
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		sample, isAnswer := strings.CutSuffix(f.Name, ".http")
		if !isAnswer {
			continue
		}
		reading, err := normalize.ReadSample(r, f.Data)
		if err != nil {
			t.Fatalf("%s: %v", sample, err)
		}
		var expected bytes.Buffer
		enc := json.NewEncoder(&expected)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(reading); err != nil {
			t.Fatal(err)
		}
		out.Files = append(out.Files, f, txtar.File{Name: sample + ".json", Data: expected.Bytes()})
	}
	if err := os.WriteFile(file, txtar.Format(out), 0o644); err != nil {
		t.Fatal(err)
	}
}
