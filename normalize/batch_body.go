package normalize

import (
	"bytes"
	"errors"
	"io"

	"gateway/document"
)

// amendChunkBytes is how much of a batch answer is read at a time: little, because each item in it may gain a problem.
const amendChunkBytes = 4 << 10

// sink receives the bytes of a body as it passes.
type sink interface {
	io.Writer // of all bytes, always
	finish(cut bool)
	release()
}

// codedItems undoes codings in front of a scanner of items.
type codedItems struct {
	*document.Unpacker
	items *itemScanner
}

func (c codedItems) finish(cut bool) {
	whole := c.End()
	c.items.finish(cut || !whole)
}

func (c codedItems) release() {
	c.Release()
	c.items.release()
}

// watchedBody is a body whose items are read as they pass.
type watchedBody struct {
	io.ReadCloser
	sink sink
}

// Read implements io.Reader.
func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	_, _ = b.sink.Write(p[:n])
	if err != nil {
		b.sink.finish(!errors.Is(err, io.EOF))
	}
	return n, err
}

// Close implements io.Closer.
func (b *watchedBody) Close() error {
	b.sink.release()
	return b.ReadCloser.Close()
}

// amendedBody is a body whose failed items gain a problem.
type amendedBody struct {
	source io.ReadCloser // without its codings
	items  *itemScanner
	chunk  [amendChunkBytes]byte
	ready  bytes.Buffer
	err    error // to be given when ready is empty
}

// Read implements io.Reader. An error of the body, such as a cut connection, comes after everything that preceded it, so
// that a cut answer never looks complete.
func (b *amendedBody) Read(p []byte) (int, error) {
	for b.ready.Len() == 0 && b.err == nil {
		n, err := b.source.Read(b.chunk[:])
		_, _ = b.items.Write(b.chunk[:n])
		if err != nil {
			b.items.finish(!errors.Is(err, io.EOF))
			b.err = err
		}
	}
	if b.ready.Len() == 0 {
		return 0, b.err
	}
	return b.ready.Read(p)
}

// Close implements io.Closer.
func (b *amendedBody) Close() error {
	b.items.release()
	return b.source.Close()
}
