package normalize_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"

	"gateway/normalize"
)

// coder writes one content coding; Reset begins anew.
type coder interface {
	io.WriteCloser
	Reset(io.Writer)
}

// coders are those that HTTP knows; "raw" is what many servers send as deflate. Making one is dear, so they are used again.
var coders = map[string]*sync.Pool{
	"gzip":    poolOf(func() coder { return gzip.NewWriter(nil) }),
	"deflate": poolOf(func() coder { return zlib.NewWriter(nil) }),
	"raw": poolOf(func() coder {
		w, _ := flate.NewWriter(nil, flate.DefaultCompression)
		return w
	}),
	"br": poolOf(func() coder { return brotli.NewWriterLevel(nil, 4) }),
	"zstd": poolOf(func() coder {
		w, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
		return w
	}),
}

func poolOf(make func() coder) *sync.Pool { return &sync.Pool{New: func() any { return make() }} }

// labels are the header's words for the coders.
var labels = map[string]string{"gzip": "gzip", "deflate": "deflate", "raw": "deflate", "br": "br", "zstd": "zstd"}

// encode applies codings in turn.
func encode(t testing.TB, data []byte, codings ...string) []byte {
	t.Helper()
	for _, coding := range codings {
		w := coders[coding].Get().(coder)
		data = written(t, w, bytes.NewReader(data))
		coders[coding].Put(w)
	}
	return data
}

// written returns what w makes of r.
func written(t testing.TB, w coder, r io.Reader) []byte {
	t.Helper()
	var buf bytes.Buffer
	w.Reset(&buf)
	if _, err := io.Copy(w, r); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// open reads a body under a Content-Encoding.
func open(body []byte, label string) normalize.Document {
	a := normalize.Answer{Status: 400, Header: http.Header{"Content-Encoding": {label}}, Body: body}
	if label == "" {
		a.Header = nil
	}
	return normalize.DefaultLimits().Open(&a)
}

const errorBody = `{"code":422,"message":"Validation failed: the property \"family\" does not exist, and nothing else fits either.",` +
	`"_links":{"documentation":{"href":"https://api.akeneo.com/api-reference.html#post_products"}}}`

func TestOpenUndoesCodings(t *testing.T) {
	for coding := range coders {
		if d := open(encode(t, []byte(errorBody), coding), labels[coding]); d.Text != errorBody || d.Note != "" {
			t.Errorf("%s: %q %s", coding, d.Text, d.Note)
		}
		for second := range coders {
			body := encode(t, []byte(errorBody), coding, second)
			if d := open(body, labels[coding]+", "+labels[second]); d.Text != errorBody || d.Note != "" {
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
		note  normalize.BodyNote
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
		"gzip without a label":             {encode(t, plain, "gzip"), "", errorBody, ""},
		"zstd without a label":             {encode(t, plain, "zstd"), "", errorBody, ""},
		"gzip under deflate":               {encode(t, plain, "gzip"), "deflate", errorBody, ""},
		"gzip under br":                    {encode(t, plain, "gzip"), "br", errorBody, ""},
		"zstd under gzip":                  {encode(t, plain, "zstd"), "gzip", errorBody, ""},
		"zlib under gzip":                  {encode(t, plain, "deflate"), "gzip", errorBody, ""},
		"raw deflate under gzip":           {encode(t, plain, "raw"), "gzip", errorBody, ""},
		"br under gzip":                    {encode(t, plain, "br"), "gzip", errorBody, ""},
		"br under zstd":                    {encode(t, plain, "br"), "zstd", errorBody, ""},
		"br under an unknown label":        {encode(t, plain, "br"), "sdch", errorBody, ""},
		"upper case and an old name":       {encode(t, plain, "gzip"), "X-GZip", errorBody, ""},
		"gzip twice under one label":       {encode(t, plain, "gzip", "gzip"), "gzip", errorBody, ""},
		"gzip once under two labels":       {encode(t, plain, "gzip"), "gzip, gzip", errorBody, ""},
		"gzip with text behind":            {append(encode(t, plain, "gzip"), "<!-- proxy -->"...), "gzip", errorBody, ""},
		"gzip with zeros behind":           {append(encode(t, plain, "gzip"), 0, 0, 0, 0), "gzip", errorBody, ""},
		"gzip in two members":              {slices.Concat(encode(t, plain[:50], "gzip"), encode(t, plain[50:], "gzip")), "gzip", errorBody, ""},
		"zlib with text behind":            {append(encode(t, plain, "deflate"), "garbage"...), "deflate", errorBody, ""},
		"br with text behind":              {append(encode(t, plain, "br"), "garbage"...), "br", errorBody, ""},
		"zstd with text behind":            {append(encode(t, plain, "zstd"), "garbage"...), "zstd", errorBody, ""},
		"zstd in two frames":               {slices.Concat(encode(t, plain[:50], "zstd"), encode(t, plain[50:], "zstd")), "zstd", errorBody, ""},
		"gzip cut within its trailer":      {encode(t, plain, "gzip")[:len(encode(t, plain, "gzip"))-3], "gzip", errorBody, normalize.BodyCut},
		"gzip with a wrong checksum":       {flipped(encode(t, plain, "gzip"), -8), "gzip", errorBody, normalize.BodyUndecodable},
		"three codings":                    {encode(t, plain, "gzip", "gzip", "gzip"), "gzip, gzip, gzip", "", normalize.BodyUndecodable},
		"nothing under gzip":               {nil, "gzip", "", ""},
		"noise under gzip":                 {noise(300), "gzip", "", normalize.BodyUndecodable},
		"noise under br":                   {noise(300), "br", "", normalize.BodyUndecodable},
		"noise under an unknown label":     {noise(300), "aes128gcm", "", normalize.BodyUndecodable},
		"gzip's first bytes, and no more":  {[]byte("\x1f\x8b\x08"), "gzip", "", normalize.BodyUndecodable},
		"a list in lines, twice coded, br": {encode(t, long, "gzip", "br"), "gzip, br", string(long), ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(test.body, test.label)
			checkDocument(t, d)
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

// noise returns n bytes that are no text and no coding.
func noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	data[0] = 0
	return data
}

// Every coding is cut at every length: what came is the text's beginning, and never passes for the whole.
func TestOpenOfTruncatedCodings(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	text := strings.Repeat("What the vendor has to say about it, again and again: ", 40) + "no."
	for coding := range coders {
		body := encode(t, []byte(text), coding)
		for n := range len(body) {
			d := open(body[:n], labels[coding])
			checkDocument(t, d)
			if !strings.HasPrefix(text, d.Text) || d.Note == "" && d.Text != text && n > 0 {
				t.Errorf("%s cut at %d of %d: %q, note %q", coding, n, len(body), d.Text, d.Note)
			}
		}
	}
}

// Every coding has every bit turned over once. Where it has a checksum, damage never passes for the whole.
func TestOpenOfDamagedCodings(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for coding := range coders {
		checked := coding != "raw" && coding != "br"
		body := encode(t, []byte(errorBody), coding)
		for bit := range 8 * len(body) {
			damaged := bytes.Clone(body)
			damaged[bit/8] ^= 1 << (bit % 8)
			d := open(damaged, labels[coding])
			checkDocument(t, d)
			if checked && d.Note == "" && d.Text != errorBody {
				t.Errorf("%s, bit %d: %q", coding, bit, d.Text)
			}
		}
	}
}

// The window that a stream asks for is narrowed, which must not change what comes out.
func TestOpenReadsBrotliOfAnyWindow(t *testing.T) {
	half := make([]byte, 250<<10)
	for i, c := range noise(len(half)) {
		half[i] = 'a' + c%26
	}
	text := string(half) + string(half)
	for _, bits := range []int{10, 16, 18, 20, 24} { // below and above what the text repeats over
		w := brotli.NewWriterOptions(nil, brotli.WriterOptions{Quality: 5, LGWin: bits})
		body := written(t, w, strings.NewReader(text))
		if d := open(body, "br"); d.Text != text || d.Note != "" {
			t.Errorf("2^%d: %d bytes, note %q", bits, len(d.Text), d.Note)
		}
	}
}

func TestOpenRefusesHugeZstdWindows(t *testing.T) {
	for size, note := range map[int]normalize.BodyNote{8 << 20: "", 16 << 20: normalize.BodyUndecodable, 128 << 20: normalize.BodyUndecodable} {
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
	for coding := range coders {
		body := encode(t, []byte(errorBody), coding)
		for i := range 2_000 {
			open(body[:len(body)-i%7], labels[coding])
		}
	}
}

func TestOpenLimitsDecodedBytes(t *testing.T) {
	limits := normalize.Limits{DecodedBytes: 1000}
	for coding := range coders {
		for size, note := range map[int]normalize.BodyNote{1000: "", 1001: normalize.BodyCut, 5_000_000: normalize.BodyCut} {
			body := encode(t, bytes.Repeat([]byte("x"), size), coding)
			d := limits.Open(&normalize.Answer{Header: http.Header{"Content-Encoding": {labels[coding]}}, Body: body})
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
			body = encode(b, body, coding)
		}
		b.Run(fmt.Sprintf("coding=%s", coding), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				open(body, coding)
			}
		})
	}
}
