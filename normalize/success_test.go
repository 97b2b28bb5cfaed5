package normalize_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"gateway/normalize"
)

// Errors in successes as APIs of many kinds word and wrap them, and successes that look like them: a type, or none, and
// a body.
func TestTellsErrorsInSuccesses(t *testing.T) {
	readLines(t, "hidden.txt", func(body string) string { return body })
}

// What sentences mean that stand beside no more than a number: a type, and a sentence.
func TestTellsTypesBySentences(t *testing.T) {
	readLines(t, "sentences.txt", func(sentence string) string {
		quoted, err := json.Marshal(sentence)
		if err != nil {
			t.Fatal(err)
		}
		return `{"errcode": 1017, "errmsg": ` + string(quoted) + `}`
	})
}

// readLines reads each line of a file of testdata as a success with the body that is made of it.
func readLines(t *testing.T, file string, bodyOf func(string) string) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := normalize.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		want, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if got := typeOfSuccess(t, reader, bodyOf(text)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// typeOfSuccess is the type of the error in a success, or none.
func typeOfSuccess(t *testing.T, reader *normalize.Reader, body string) string {
	t.Helper()
	l := labelled{ID: body}
	l.Request.Method, l.Request.Path = "POST", "/api"
	l.Response.Status, l.Response.Body = 200, body
	l.Response.Headers = map[string]string{"Content-Type": "application/json"}
	if strings.HasPrefix(body, "<") {
		l.Response.Headers["Content-Type"] = "text/xml"
	}
	out := l.read(t, reader)
	if out == nil {
		return "none"
	}
	return string(out.Reading.Type)
}
