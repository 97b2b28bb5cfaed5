package normalize

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

// decompress undoes one coding. Beside an error it returns what came out before it; errTooLong means that there is
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

// Decoders, whose windows are dear, are kept for the next body. The garbage collector empties the pools. Of brotli's
// there is one for all, as its window may have 16 MiB: a small body needs it for microseconds.
var (
	gzipPool, zstdPool sync.Pool
	theBrotli          = sole(new(brotli.Reader))
)

// sole returns a channel that holds v until somebody takes it.
func sole[T any](v T) chan T {
	c := make(chan T, 1)
	c <- v
	return c
}

// gunzip reads one member after the other and ignores what follows the last: proxies append to bodies.
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

// gzipMembers reads the members of a gzip file (RFC 1952, section 2.2) up to the first that is none.
type gzipMembers struct {
	*gzip.Reader
	rest *bytes.Reader
}

// Read goes on to the next member at the end of one.
func (m *gzipMembers) Read(p []byte) (int, error) {
	m.Multistream(false)
	n, err := m.Reader.Read(p)
	if err == io.EOF && m.rest.Len() > 0 && m.Reset(m.rest) == nil {
		err = nil
	}
	return n, err
}

// inflate takes what RFC 9110 calls deflate, which is zlib, and the bare deflate that many servers send instead.
func (l Limits) inflate(src []byte) ([]byte, error) {
	if zr, err := zlib.NewReader(bytes.NewReader(src)); err == nil {
		return l.readAll(zr)
	}
	return l.readAll(flate.NewReader(bytes.NewReader(src)))
}

// unbrotli undoes brotli (RFC 7932).
func (l Limits) unbrotli(src []byte) ([]byte, error) {
	br := <-theBrotli
	broken := true
	defer func() {
		if broken { // by a panic: nobody knows its state
			br = new(brotli.Reader)
		}
		theBrotli <- br
	}()
	if err := br.Reset(bytes.NewReader(src)); err != nil {
		return nil, err
	}
	out, err := l.readAll(br)
	broken = false
	if err != nil && err.Error() == brotliTrailing {
		err = nil
	}
	return out, err
}

// brotliTrailing is the text of an error that package brotli does not export: bytes follow a stream that is whole.
const brotliTrailing = "brotli: excessive input"

// unzstd undoes zstd (RFC 8878) and ignores what follows the last frame. With a concurrency of one the decoder has
// no goroutines, so that the pool may drop it.
func (l Limits) unzstd(src []byte) ([]byte, error) {
	zr, err := pooledZstd()
	if err != nil {
		return nil, err
	}
	defer func() { _ = zr.Reset(nil); zstdPool.Put(zr) }()
	if err := zr.Reset(bytes.NewReader(src)); err != nil {
		return nil, err
	}
	out, err := l.readAll(zr)
	if errors.Is(err, zstd.ErrMagicMismatch) && len(out) > 0 {
		err = nil
	}
	return out, err
}

// pooledZstd returns a decoder that refuses windows over the limit of HTTP before it makes room for them.
func pooledZstd() (*zstd.Decoder, error) {
	if zr, _ := zstdPool.Get().(*zstd.Decoder); zr != nil {
		return zr, nil
	}
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindowBytes))
}
