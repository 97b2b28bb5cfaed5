package document_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"

	"gateway/document"
	"gateway/documenttest"
)

// open reads a body under a Content-Encoding.
func open(body []byte, label string) document.Document {
	var h http.Header
	if label != "" {
		h = http.Header{"Content-Encoding": {label}}
	}
	return document.DefaultLimits().Open(h, body, false)
}

const errorBody = `{"code":422,"message":"Validation failed: the property \"family\" does not exist, and nothing else fits either.",` +
	`"_links":{"documentation":{"href":"https://api.akeneo.com/api-reference.html#post_products"}}}`

func TestOpenUndoesCodings(t *testing.T) {
	for coding := range documenttest.Labels {
		if d := open(documenttest.Encode(t, []byte(errorBody), coding), documenttest.Labels[coding]); d.Text != errorBody || d.Note != "" {
			t.Errorf("%s: %q %s", coding, d.Text, d.Note)
		}
		for second := range documenttest.Labels {
			body := documenttest.Encode(t, []byte(errorBody), coding, second)
			if d := open(body, documenttest.Labels[coding]+", "+documenttest.Labels[second]); d.Text != errorBody || d.Note != "" {
				t.Errorf("%s, %s: %q %s", coding, second, d.Text, d.Note)
			}
		}
	}
}

func TestOpenSeesThroughWrongLabels(t *testing.T) {
	plain, long := []byte(errorBody), []byte(strings.Repeat(errorBody, 300))
	latin := []byte("Die Anfrage enth\xE4lt ung\xFCltige Werte.")
	for name, test := range map[string]struct {
		body  []byte
		label string
		want  string
		note  document.Note
	}{
		"plain under gzip":                 {plain, "gzip", errorBody, ""},
		"plain under deflate":              {plain, "deflate", errorBody, ""},
		"plain under br":                   {plain, "br", errorBody, ""},
		"plain under zstd":                 {plain, "zstd", errorBody, ""},
		"plain under two labels":           {plain, "gzip, br", errorBody, ""},
		"plain under an unknown label":     {plain, "compress", errorBody, ""},
		"plain under a charset's name":     {plain, "utf-8", errorBody, ""},
		"short and plain under br":         {[]byte("{}"), "br", "{}", ""},
		"Latin-1 under gzip":               {latin, "gzip", "Die Anfrage enthält ungültige Werte.", ""},
		"identity":                         {plain, "identity", errorBody, ""},
		"gzip without a label":             {documenttest.Encode(t, plain, "gzip"), "", errorBody, ""},
		"zstd without a label":             {documenttest.Encode(t, plain, "zstd"), "", errorBody, ""},
		"gzip under deflate":               {documenttest.Encode(t, plain, "gzip"), "deflate", errorBody, ""},
		"gzip under br":                    {documenttest.Encode(t, plain, "gzip"), "br", errorBody, ""},
		"zstd under gzip":                  {documenttest.Encode(t, plain, "zstd"), "gzip", errorBody, ""},
		"zlib under gzip":                  {documenttest.Encode(t, plain, "deflate"), "gzip", errorBody, ""},
		"raw deflate under gzip":           {documenttest.Encode(t, plain, "raw"), "gzip", errorBody, ""},
		"br under gzip":                    {documenttest.Encode(t, plain, "br"), "gzip", errorBody, ""},
		"br under zstd":                    {documenttest.Encode(t, plain, "br"), "zstd", errorBody, ""},
		"br under an unknown label":        {documenttest.Encode(t, plain, "br"), "sdch", errorBody, ""},
		"upper case and an old name":       {documenttest.Encode(t, plain, "gzip"), "X-GZip", errorBody, ""},
		"gzip twice under one label":       {documenttest.Encode(t, plain, "gzip", "gzip"), "gzip", errorBody, ""},
		"gzip once under two labels":       {documenttest.Encode(t, plain, "gzip"), "gzip, gzip", errorBody, ""},
		"gzip with text behind":            {append(documenttest.Encode(t, plain, "gzip"), "<!-- proxy -->"...), "gzip", errorBody, ""},
		"gzip with zeros behind":           {append(documenttest.Encode(t, plain, "gzip"), 0, 0, 0, 0), "gzip", errorBody, ""},
		"gzip in two members":              {slices.Concat(documenttest.Encode(t, plain[:50], "gzip"), documenttest.Encode(t, plain[50:], "gzip")), "gzip", errorBody, ""},
		"zlib with text behind":            {append(documenttest.Encode(t, plain, "deflate"), "garbage"...), "deflate", errorBody, ""},
		"br with text behind":              {append(documenttest.Encode(t, plain, "br"), "garbage"...), "br", errorBody, ""},
		"zstd with text behind":            {append(documenttest.Encode(t, plain, "zstd"), "garbage"...), "zstd", errorBody, ""},
		"zstd in two frames":               {slices.Concat(documenttest.Encode(t, plain[:50], "zstd"), documenttest.Encode(t, plain[50:], "zstd")), "zstd", errorBody, ""},
		"gzip cut within its trailer":      {documenttest.Encode(t, plain, "gzip")[:len(documenttest.Encode(t, plain, "gzip"))-3], "gzip", errorBody, document.Cut},
		"gzip with a wrong checksum":       {flipped(documenttest.Encode(t, plain, "gzip"), -8), "gzip", errorBody, document.Undecodable},
		"three codings":                    {documenttest.Encode(t, plain, "gzip", "gzip", "gzip"), "gzip, gzip, gzip", "", document.Undecodable},
		"nothing under gzip":               {nil, "gzip", "", ""},
		"noise under gzip":                 {documenttest.Noise(300), "gzip", "", document.Undecodable},
		"noise under br":                   {documenttest.Noise(300), "br", "", document.Undecodable},
		"noise under an unknown label":     {documenttest.Noise(300), "aes128gcm", "", document.Undecodable},
		"gzip's first bytes, and no more":  {[]byte("\x1f\x8b\x08"), "gzip", "", document.Undecodable},
		"a list in lines, twice coded, br": {documenttest.Encode(t, long, "gzip", "br"), "gzip, br", string(long), ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(test.body, test.label)
			documenttest.Check(t, d)
			if d.Text != test.want || d.Note != test.note {
				t.Errorf("%.80q, note %q", d.Text, d.Note)
			}
		})
	}
}

// flipped returns data with one bit of the byte at i (from the end if negative) turned over.
func flipped(data []byte, i int) []byte {
	data = bytes.Clone(data)
	data[(i+len(data))%len(data)] ^= 0x10
	return data
}

// Every coding is cut at every length: what came is the text's beginning, and never passes for the whole.
func TestOpenOfTruncatedCodings(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	text := strings.Repeat("What the vendor has to say about it, again and again: ", 40) + "no."
	for coding := range documenttest.Labels {
		body := documenttest.Encode(t, []byte(text), coding)
		for n := range len(body) {
			d := open(body[:n], documenttest.Labels[coding])
			documenttest.Check(t, d)
			if !strings.HasPrefix(text, d.Text) || d.Note == "" && d.Text != text && n > 0 {
				t.Errorf("%s cut at %d of %d: %q, note %q", coding, n, len(body), d.Text, d.Note)
			}
		}
	}
}

// Every coding has every bit turned over once. Where it has a checksum, damage never passes for the whole.
func TestOpenOfDamagedCodings(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for coding := range documenttest.Labels {
		checked := coding != "raw" && coding != "br"
		body := documenttest.Encode(t, []byte(errorBody), coding)
		for bit := range 8 * len(body) {
			damaged := bytes.Clone(body)
			damaged[bit/8] ^= 1 << (bit % 8)
			d := open(damaged, documenttest.Labels[coding])
			documenttest.Check(t, d)
			if checked && d.Note == "" && d.Text != errorBody {
				t.Errorf("%s, bit %d: %q", coding, bit, d.Text)
			}
		}
	}
}

// The window that a stream asks for is narrowed, which must not change what comes out.
func TestOpenReadsBrotliOfAnyWindow(t *testing.T) {
	half := make([]byte, 250<<10)
	for i, c := range documenttest.Noise(len(half)) {
		half[i] = 'a' + c%26
	}
	text := string(half) + string(half)
	for _, bits := range []int{10, 16, 18, 20, 24} { // below and above what the text repeats over
		w := brotli.NewWriterOptions(nil, brotli.WriterOptions{Quality: 5, LGWin: bits})
		body := documenttest.Written(t, w, strings.NewReader(text))
		if d := open(body, "br"); d.Text != text || d.Note != "" {
			t.Errorf("2^%d: %d bytes, note %q", bits, len(d.Text), d.Note)
		}
	}
}

func TestOpenRefusesHugeZstdWindows(t *testing.T) {
	for size, note := range map[int]document.Note{8 << 20: "", 16 << 20: document.Undecodable, 128 << 20: document.Undecodable} {
		var buf bytes.Buffer
		w, err := zstd.NewWriter(&buf, zstd.WithWindowSize(size), zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		for range 3 { // the frame must not know its size, or it says a smaller window
			_, _ = io.WriteString(w, "What the vendor has to say.")
			_ = w.Flush()
		}
		_ = w.Close()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d := open(buf.Bytes(), "zstd")
		runtime.ReadMemStats(&after)
		if d.Note != note {
			t.Errorf("window of %d MiB: note %q", size>>20, d.Note)
		}
		if allocated := after.TotalAlloc - before.TotalAlloc; note != "" && allocated > 1<<20 {
			t.Errorf("window of %d MiB: %d bytes allocated before it is refused", size>>20, allocated)
		}
	}
}

func TestOpenLeavesNoGoroutines(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for coding := range documenttest.Labels {
		body := documenttest.Encode(t, []byte(errorBody), coding)
		for i := range 2_000 {
			open(body[:len(body)-i%7], documenttest.Labels[coding])
		}
	}
}

func TestOpenLimitsDecodedBytes(t *testing.T) {
	limits := document.Limits{DecodedBytes: 1000}
	for coding := range documenttest.Labels {
		for size, note := range map[int]document.Note{1000: "", 1001: document.Cut, 5_000_000: document.Cut} {
			body := documenttest.Encode(t, bytes.Repeat([]byte("x"), size), coding)
			d := limits.Open(http.Header{"Content-Encoding": {documenttest.Labels[coding]}}, body, false)
			if len(d.Text) != 1000 || d.Note != note {
				t.Errorf("%s of %d bytes: %d, note %q", coding, size, len(d.Text), d.Note)
			}
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, coding := range []string{"", "gzip", "deflate", "br", "zstd"} {
		body := []byte(errorBody)
		if coding != "" {
			body = documenttest.Encode(b, body, coding)
		}
		b.Run(fmt.Sprintf("coding=%s", coding), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				open(body, coding)
			}
		})
	}
}
