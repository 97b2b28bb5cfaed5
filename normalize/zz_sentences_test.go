package normalize_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"gateway/normalize"
)

func TestZZS(t *testing.T) {
	data, _ := os.ReadFile(os.Getenv("SENT"))
	reader, _ := normalize.NewReader(nil)
	bad := 0
	for line := range strings.Lines(string(data)) {
		want, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		q, _ := json.Marshal(text)
		got := typeOfSuccess(t, reader, `{"errcode": 1017, "errmsg": `+string(q)+`}`)
		got2 := typeOfSuccess(t, reader, `{"status":"error", "message": `+string(q)+`}`)
		if got != want || got2 != want {
			bad++
			t.Logf("BAD %s: %s / %s, want %s", text, got, got2, want)
		}
	}
	t.Logf("bad %d", bad)
}
