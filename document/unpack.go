package document

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// streamDecoderBytes is what a stream decoder takes from the budget, for its window and tables.
const streamDecoderBytes = 8 << 20

// chunkBytes is how much is decoded at a time: little, because it must be passed on at once.
const chunkBytes = 4 << 10

// maxWatchedBytes is how much of a coded stream is decoded on the side to look at it.
const maxWatchedBytes = 256 << 20

// Unpacked returns body with its codings undone while it streams. labels names the coding that was applied last first. ok
// is false for unknown or too many codings, or without memory. A body that is not coded in spite of its label is returned
// as it is, if that can be detected.
func Unpacked(labels []string, body io.ReadCloser, budget *Budget) (out io.ReadCloser, ok bool) {
	if len(labels) == 0 {
		return body, true
	}
	if !canUnpack(labels) || !budget.Take(streamDecoderBytes) {
		return nil, false
	}
	return &unpackedBody{Reader: undone(labels, body), body: body, budget: budget}, true
}

func canUnpack(labels []string) bool {
	known := []string{codingGzip, codingDeflate, codingBrotli, codingZstd}
	return len(labels) <= maxCodings && !slices.ContainsFunc(labels, func(l string) bool { return !slices.Contains(known, l) })
}

// unpackedBody gives back to the budget what its decoders took.
type unpackedBody struct {
	io.Reader
	body   io.Closer
	budget *Budget
}

// Close implements io.Closer.
func (b *unpackedBody) Close() error {
	if b.budget != nil {
		b.budget.Give(streamDecoderBytes)
		b.budget = nil
	}
	return b.body.Close()
}

// undone puts a decoder for each label over src.
func undone(labels []string, src io.Reader) io.Reader {
	for _, label := range labels {
		src = &streamDecoder{label: label, src: bufio.NewReader(src)}
	}
	return src
}

// streamDecoder undoes one coding. It opens the decoder in the first Read, because opening waits for the stream's first
// bytes.
type streamDecoder struct {
	label string
	src   *bufio.Reader
	out   io.Reader
}

// Read implements io.Reader.
func (d *streamDecoder) Read(p []byte) (int, error) {
	if d.out == nil {
		out, err := d.open()
		if err != nil {
			return 0, err
		}
		d.out = out
	}
	return d.out.Read(p)
}

func (d *streamDecoder) open() (io.Reader, error) {
	first, err := d.src.Peek(1)
	if err != nil {
		return nil, err
	}
	// No gzip, zlib or zstd stream begins like JSON; a brotli stream may.
	if d.label != codingBrotli && strings.IndexByte("{[ \t\r\n\xEF", first[0]) >= 0 {
		return d.src, nil
	}
	switch d.label {
	case codingGzip:
		return gzip.NewReader(d.src)
	case codingBrotli:
		return brotli.NewReader(d.src), nil
	case codingZstd:
		return zstd.NewReader(d.src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindowBytes))
	}
	return inflated(d.src)
}

// inflated distinguishes zlib from the raw deflate that many servers send instead (RFC 1950, section 2.2).
func inflated(src *bufio.Reader) (io.Reader, error) {
	head, err := src.Peek(2)
	if err == nil && head[0]&0x0F == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(src)
	}
	return flate.NewReader(src), nil
}

// Unpacker undoes the codings of bytes that are pushed into it, and pushes the result on. Decoders pull, so they run in a
// coroutine that pauses when all input is read.
type Unpacker struct {
	budget *Budget
	input  []byte
	ended  bool
	whole  bool // the decoders came to the end of what they undo
	resume func() (struct{}, bool)
	stop   func()
}

var _ io.Writer = (*Unpacker)(nil)

// NewUnpacker returns an Unpacker that writes to to; nil for codings that cannot be undone, or without memory. labels names
// the coding that was applied last first. Release it in any case.
func NewUnpacker(labels []string, to io.Writer, budget *Budget) *Unpacker {
	if !canUnpack(labels) || !budget.Take(streamDecoderBytes) {
		return nil
	}
	u := &Unpacker{budget: budget}
	u.resume, u.stop = iter.Pull(func(pause func(struct{}) bool) {
		source := undone(labels, pausing(func(p []byte) (int, error) {
			for len(u.input) == 0 {
				if u.ended || !pause(struct{}{}) {
					return 0, io.EOF
				}
			}
			n := copy(p, u.input)
			u.input = u.input[n:]
			return n, nil
		}))
		_, err := io.CopyBuffer(to, io.LimitReader(source, maxWatchedBytes), make([]byte, chunkBytes))
		u.whole = err == nil
	})
	return u
}

// pausing is an io.Reader.
type pausing func([]byte) (int, error)

func (read pausing) Read(p []byte) (int, error) { return read(p) }

// Write implements io.Writer. What cannot be decoded is dropped: it was only to be looked at.
func (u *Unpacker) Write(p []byte) (int, error) {
	u.input = p
	u.resume()
	return len(p), nil
}

// End notes that everything has been written. whole is false if the coding is incomplete.
func (u *Unpacker) End() (whole bool) {
	u.ended = true
	u.resume()
	return u.whole
}

// Release gives back what the decoders took.
func (u *Unpacker) Release() {
	u.stop()
	if u.budget != nil {
		u.budget.Give(streamDecoderBytes)
		u.budget = nil
	}
}
