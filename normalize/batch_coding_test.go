package normalize_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"gateway/document"
)

var packers = map[string]func(io.Writer) io.WriteCloser{
	"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
	"raw": func(w io.Writer) io.WriteCloser {
		z, err := flate.NewWriter(w, 9)
		if err != nil {
			panic(err)
		}
		return z
	},
	"br": func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
	"zstd": func(w io.Writer) io.WriteCloser {
		z, err := zstd.NewWriter(w)
		if err != nil {
			panic(err)
		}
		return z
	},
}

func packed(t testing.TB, coding, body string) string {
	t.Helper()
	var buf bytes.Buffer
	w := packers[coding](&buf)
	if _, err := io.WriteString(w, body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func encodedAs(labels string) http.Header { return http.Header{"Content-Encoding": {labels}} }

const twoLines = `{"code":"a","status_code":404}` + "\n" + `{"code":"b","status_code":201}` + "\n"

func TestBatchAnswersInEveryCoding(t *testing.T) {
	want := []string{"a 404 not-found", "b ok"}
	for label, raw := range map[string]string{
		"gzip": packed(t, "gzip", twoLines), "x-gzip": packed(t, "gzip", twoLines), "deflate": packed(t, "deflate", twoLines),
		"Deflate": packed(t, "raw", twoLines), "br": packed(t, "br", twoLines), "zstd": packed(t, "zstd", twoLines),
		"gzip, br": packed(t, "br", packed(t, "gzip", twoLines)), "identity": twoLines, "GZIP": twoLines,
	} {
		t.Run(label, func(t *testing.T) {
			out, seen, err := amend(t, "lines", encodedAs(label), iotest.HalfReader(strings.NewReader(raw)))
			if err != nil || !cmp.Equal(seen, want) || without(out) != twoLines {
				t.Errorf("amended: %v, %q, %q", err, seen, out)
			}
			if seen := watch(t, "lines", encodedAs(label), raw); !cmp.Equal(seen, want) {
				t.Errorf("watched: %q", seen)
			}
		})
	}
}

// TestCodingsThatCannotBeUndone leave a batch answer as it is, and uncounted.
func TestCodingsThatCannotBeUndone(t *testing.T) {
	for _, label := range []string{"compress", "gzip, gzip, gzip", "aes128gcm"} {
		if seen := watch(t, "lines", encodedAs(label), "\x00\x01"); !cmp.Equal(seen, []string{"not watched"}) {
			t.Errorf("%s: %q", label, seen)
		}
		if _, ok := follow(t, "lines", nil, encodedAs(label)).Amend(http.NoBody, problemFor); ok {
			t.Errorf("%s is amended", label)
		}
	}
	if _, ok := follow(t, "lines", document.NewBudget(1<<20), encodedAs("br")).Amend(http.NoBody, problemFor); ok {
		t.Error("amended without memory for the decoder")
	}
	if seen := watch(t, "lines", encodedAs("gzip"), "\x1f\x8b\x08 no gzip"); seen != nil {
		t.Errorf("broken gzip: %q", seen)
	}
}

// TestCutBatchAnswerNeverLooksWhole gives all that came before the error, and the error.
func TestCutBatchAnswerNeverLooksWhole(t *testing.T) {
	broken := errors.New("connection reset")
	zipped := packed(t, "gzip", strings.Repeat(twoLines, 50))
	for n := range len(twoLines) {
		out, _, err := amend(t, "lines", nil, io.MultiReader(strings.NewReader(twoLines[:n]), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) || without(out) != twoLines[:n] {
			t.Errorf("cut at %d: %v, %q", n, err, out)
		}
	}
	for n := range len(zipped) {
		if _, _, err := amend(t, "lines", encodedAs("gzip"), io.MultiReader(strings.NewReader(zipped[:n]), iotest.ErrReader(broken))); err == nil {
			t.Errorf("gzip cut at %d looks whole", n)
		}
		if _, _, err := amend(t, "lines", encodedAs("gzip"), strings.NewReader(zipped[:n])); err == nil && n > 0 {
			t.Errorf("gzip that ends at %d looks whole", n)
		}
	}
}
