package configs_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"golang.org/x/tools/txtar"

	"gateway/configs"
	"gateway/normalize"
)

var codeBlock = regexp.MustCompile("(?s)```(\\w+)\n(.*?)```")

// TestWalkThroughWorks does what PROFILES.md tells the reader to do, with the very text that stands there.
func TestWalkThroughWorks(t *testing.T) {
	page, err := os.ReadFile("PROFILES.md")
	if err != nil {
		t.Fatal(err)
	}
	block := map[string][]byte{}
	for _, m := range codeBlock.FindAllSubmatch(page, -1) {
		if block[string(m[1])] == nil { // the walk comes first
			block[string(m[1])] = m[2]
		}
	}
	file := filepath.Join(t.TempDir(), "acme.yaml")
	if err := os.WriteFile(file, block["yaml"], 0o600); err != nil {
		t.Fatal(err)
	}
	profile, err := configs.FindProfile(file)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := normalize.NewReader(&profile.Profile)
	if err != nil {
		t.Fatal(err)
	}
	samples := txtar.Format(&txtar.Archive{Files: []txtar.File{
		{Name: "400-validation.http", Data: block["http"]}, {Name: "400-validation.json", Data: block["json"]},
	}})
	for _, failure := range normalize.RunSamples(reader, samples) {
		if failure.Sample != "" || !bytes.Contains([]byte(failure.Text), []byte("reached by no sample")) {
			t.Errorf("%s %s", failure.Sample, failure.Text)
		}
	}
}
