// Package documenttest codes bodies as vendors do, and holds what is made of them against what nothing may be. Only tests
// import it.
package documenttest

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// Coder writes one content coding; Reset begins anew.
type Coder interface {
	io.WriteCloser
	Reset(io.Writer)
}

// coders are those that HTTP knows; "raw" is what many servers send as deflate. Making one is dear, so they are used again.
var coders = map[string]*sync.Pool{
	"gzip":    poolOf(func() Coder { return gzip.NewWriter(nil) }),
	"deflate": poolOf(func() Coder { return zlib.NewWriter(nil) }),
	"raw": poolOf(func() Coder {
		w, _ := flate.NewWriter(nil, flate.DefaultCompression)
		return w
	}),
	"br": poolOf(func() Coder { return brotli.NewWriterLevel(nil, 4) }),
	"zstd": poolOf(func() Coder {
		w, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
		return w
	}),
}

func poolOf(make func() Coder) *sync.Pool { return &sync.Pool{New: func() any { return make() }} }

// Labels are the header's words for the codings that Encode knows.
var Labels = map[string]string{"gzip": "gzip", "deflate": "deflate", "raw": "deflate", "br": "br", "zstd": "zstd"}

// Encode applies codings in turn.
func Encode(t testing.TB, data []byte, codings ...string) []byte {
	t.Helper()
	for _, coding := range codings {
		w := coders[coding].Get().(Coder)
		data = Written(t, w, bytes.NewReader(data))
		coders[coding].Put(w)
	}
	return data
}

// Written returns what w makes of r.
func Written(t testing.TB, w Coder, r io.Reader) []byte {
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

// Noise returns n bytes that are no text and no coding.
func Noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	data[0] = 0
	return data
}

// NewCoder returns one for a coding that Encode knows.
func NewCoder(coding string) Coder { return coders[coding].Get().(Coder) }
