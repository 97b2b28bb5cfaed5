package proxy

import (
	"io"
	"sync"
	"time"
)

// headPatience is how long the head of an answer waits for the body's first piece, so that both mostly go out at once.
const headPatience = time.Millisecond

// readFirst reads the first piece of a body. Where that does not come, the head goes ahead of it.
func (b *streamBody) readFirst(p []byte) (int, error) {
	if hasCome(b.ReadCloser) {
		return b.ReadCloser.Read(p)
	}
	var mu sync.Mutex // holds the piece back until the head is out
	came := false
	timer := time.AfterFunc(headPatience, func() {
		mu.Lock()
		defer mu.Unlock()
		if !came {
			b.record.writer.flush()
		}
	})
	n, err := b.ReadCloser.Read(p)
	timer.Stop()
	mu.Lock()
	defer mu.Unlock()
	came = true
	return n, err
}

// hasCome is true for a body of which a piece came with the head. Only some can tell.
func hasCome(body io.ReadCloser) bool {
	for {
		switch b := body.(type) {
		case interface{ HasCome() bool }:
			return b.HasCome()
		case interface{ Unwrap() io.ReadCloser }:
			body = b.Unwrap()
		default:
			return false
		}
	}
}
