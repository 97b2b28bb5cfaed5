package check_test

import (
	"debug/buildinfo"
	"encoding/json"
	"path/filepath"
	"testing"
)

// TestSBOMNamesEveryModule of the program, the same twice: make dist writes one beside each binary.
func TestSBOMNamesEveryModule(t *testing.T) {
	folder := t.TempDir()
	var texts []string
	for _, name := range []string{"a.json", "b.json"} {
		file := filepath.Join(folder, name)
		run(t, "go", "tool", "cyclonedx-gomod", "bin", "-json", "-std", "-noserial", "-notimestamp", "-version", "1.2.3", "-output", file, gateway)
		texts = append(texts, read(t, file))
	}
	var bom struct {
		BOMFormat  string `json:"bomFormat"`
		Components []struct{ Name, Version, Purl string }
	}
	if err := json.Unmarshal([]byte(texts[0]), &bom); err != nil || bom.BOMFormat != "CycloneDX" || texts[0] != texts[1] {
		t.Fatalf("%v: %s, the same twice: %v", err, bom.BOMFormat, texts[0] == texts[1])
	}
	listed := map[string]string{}
	for _, c := range bom.Components {
		listed[c.Name] = c.Version
	}
	info, err := buildinfo.ReadFile(gateway)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range info.Deps {
		if listed[m.Path] != m.Version {
			t.Errorf("%s %s is listed as %q", m.Path, m.Version, listed[m.Path])
		}
	}
}
