package normalize_test

import (
	"os"
	"strings"
	"testing"

	"gateway/normalize"
)

func TestZZE(t *testing.T) {
	data, _ := os.ReadFile(os.Getenv("ENVF"))
	reader, _ := normalize.NewReader(nil)
	bad, all := 0, 0
	for line := range strings.Lines(string(data)) {
		want, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		all++
		if got := typeOfSuccess(t, reader, text); got != want {
			bad++
			t.Logf("BAD %s: %s, want %s", text, got, want)
		}
	}
	t.Logf("bad %d of %d", bad, all)
}
