package document

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// Content codings (RFC 9110, section 8.4.1; RFC 7932; RFC 8878).
const (
	codingGzip    = "gzip"
	codingDeflate = "deflate"
	codingBrotli  = "br"
	codingZstd    = "zstd"
)

var (
	errTooLong       = errors.New("decoded body over the limit")
	errUnknownCoding = errors.New("unknown content coding")
)

// maxWindowBytes is the largest zstd window that HTTP allows (RFC 9659, section 3).
const maxWindowBytes = 8 << 20

// decompress undoes one coding. With an error it also returns what was decoded before it; errTooLong means that there is
// more than the limit.
func (l Limits) decompress(coding string, src []byte) ([]byte, error) {
	switch coding {
	case codingGzip:
		return l.gunzip(src)
	case codingDeflate:
		return l.inflate(src)
	case codingBrotli:
		return l.unbrotli(src)
	case codingZstd:
		return l.unzstd(src)
	}
	return nil, errUnknownCoding
}

// readAll reads up to the limit on decoded bytes.
func (l Limits) readAll(r io.Reader) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(r, l.DecodedBytes+1))
	if int64(len(out)) > l.DecodedBytes {
		return out[:l.DecodedBytes], errTooLong
	}
	return out, err
}

// Decoders are kept for the next body. There is only one for zstd, whose window may take 8 MiB: a common error needs it for
// a few microseconds.
var (
	gzipPool, brotliPool sync.Pool
	theZstd              = sole(newZstd())
)

// sole returns a channel that holds v until somebody takes it.
func sole[T any](v T) chan T {
	c := make(chan T, 1)
	c <- v
	return c
}

// gunzip reads one member after the other and ignores what follows the last one, because proxies append to bodies.
func (l Limits) gunzip(src []byte) ([]byte, error) {
	zr, _ := gzipPool.Get().(*gzip.Reader)
	if zr == nil {
		zr = new(gzip.Reader)
	}
	defer gzipPool.Put(zr)
	rest := bytes.NewReader(src)
	if err := zr.Reset(rest); err != nil {
		return nil, err
	}
	return l.readAll(&gzipMembers{zr, rest})
}

// gzipMembers reads the members of a gzip file (RFC 1952, section 2.2), up to the first that is not one.
type gzipMembers struct {
	*gzip.Reader
	rest *bytes.Reader
}

// Read continues with the next member at the end of one.
func (m *gzipMembers) Read(p []byte) (int, error) {
	m.Multistream(false)
	n, err := m.Reader.Read(p)
	if errors.Is(err, io.EOF) && m.rest.Len() > 0 && m.Reset(m.rest) == nil {
		err = nil
	}
	return n, err
}

// inflate accepts what RFC 9110 calls deflate, which is zlib, and the raw deflate that many servers send instead.
func (l Limits) inflate(src []byte) ([]byte, error) {
	if zr, err := zlib.NewReader(bytes.NewReader(src)); err == nil {
		return l.readAll(zr)
	}
	return l.readAll(flate.NewReader(bytes.NewReader(src)))
}

// unbrotli undoes brotli (RFC 7932).
func (l Limits) unbrotli(src []byte) ([]byte, error) {
	br, _ := brotliPool.Get().(*brotli.Reader)
	if br == nil {
		br = new(brotli.Reader)
	}
	if err := br.Reset(narrowed(src, l.DecodedBytes)); err != nil {
		return nil, err
	}
	out, err := l.readAll(br)
	if err != nil && err.Error() == brotliTrailing {
		err = nil
	}
	brotliPool.Put(br)
	return out, err
}

// narrowed reads a brotli stream, and writes a smaller window into its header (RFC 7932, section 9.1) if it asks for more
// than most bytes need. The decoder allocates the whole window, up to 16 MiB, although no reference goes back further than
// the output.
func narrowed(src []byte, most int64) io.Reader {
	if len(src) == 0 || src[0]&1 == 0 || src[0]&0x0E == 0 { // at most 128 KiB
		return bytes.NewReader(src)
	}
	bits := src[0] >> 1 & 7 // the window has 2 to the power of 17 + bits
	need := byte(1)
	for need < bits && int64(1)<<(17+need) < 2*most {
		need++
	}
	first := []byte{src[0]&^0x0E | need<<1}
	return io.MultiReader(bytes.NewReader(first), bytes.NewReader(src[1:]))
}

// brotliTrailing is the text of an error that package brotli does not export: bytes follow a complete stream.
const brotliTrailing = "brotli: excessive input"

// unzstd undoes zstd (RFC 8878) and ignores what follows the last frame.
func (l Limits) unzstd(src []byte) (out []byte, err error) {
	zr := <-theZstd
	keep := false
	defer func() {
		if !keep { // after a panic
			zr = newZstd()
		}
		theZstd <- zr
	}()
	if err := zr.Reset(bytes.NewReader(src)); err != nil {
		return nil, err
	}
	out, err = l.readAll(zr)
	keep = zr.Reset(nil) == nil
	if errors.Is(err, zstd.ErrMagicMismatch) && len(out) > 0 {
		err = nil
	}
	return out, err
}

// newZstd returns a decoder that refuses windows over HTTP's limit before it allocates them. With a concurrency of one it
// has no goroutines, so it need not be closed.
func newZstd() *zstd.Decoder {
	zr, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindowBytes))
	if err != nil {
		panic(err) // only if the options are wrong
	}
	return zr
}
