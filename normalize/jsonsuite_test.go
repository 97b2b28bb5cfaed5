package normalize_test

import (
	"testing"

	"gateway/document"
	"gateway/documenttest"
	"gateway/normalize"
)

// TestJSONTestSuiteAsErrors: whatever an error's body is, there is a valid problem of it.
func TestJSONTestSuiteAsErrors(t *testing.T) {
	reader, err := normalize.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	files := documenttest.JSONTestSuite(t)
	if len(files) != 318 {
		t.Fatalf("%d files", len(files))
	}
	for name, body := range files {
		if _, isError := readValid(t, reader, &document.Answer{Status: 400, Body: body}); !isError {
			t.Errorf("%s is taken for a success", name)
		}
	}
}
