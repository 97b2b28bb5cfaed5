package documenttest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	_ "embed"
	"errors"
	"io"
	"path"
	"testing"
)

//go:embed jsontestsuite.tar.gz
var jsonTestSuite []byte

// JSONTestSuite returns the parsing tests of github.com/nst/JSONTestSuite, by name: y_ must be accepted, n_ refused.
func JSONTestSuite(t testing.TB) map[string][]byte {
	t.Helper()
	zr, err := gzip.NewReader(bytes.NewReader(jsonTestSuite))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if path.Ext(h.Name) != ".json" {
			continue
		}
		if files[path.Base(h.Name)], err = io.ReadAll(tr); err != nil {
			t.Fatal(err)
		}
	}
}
