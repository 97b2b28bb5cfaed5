package normalize

import (
	"bytes"
	"io"
	"net/http"

	"gateway/document"
	"gateway/problem"
)

// Outcome is what was understood of a vendor's error.
type Outcome struct {
	Answer  *document.Answer
	Reading problem.Reading
	Note    document.Note
	// Untouched is true if the answer could not be read and passes as it came. Reading then follows from its status.
	Untouched bool
}

// OutcomeOf returns what Transport understood of resp; nil for a success, and for an answer that did not pass a Transport.
// It looks through wrapped bodies that have the method Unwrap() io.ReadCloser.
func OutcomeOf(resp *http.Response) *Outcome {
	for body := resp.Body; ; {
		switch b := body.(type) {
		case *heldBody:
			return b.outcome
		case interface{ Unwrap() io.ReadCloser }:
			body = b.Unwrap()
		default:
			return nil
		}
	}
}

// heldBody returns the vendor's own bytes. Closing it gives back what is held of the budget.
type heldBody struct {
	io.Reader
	outcome *Outcome
	release func() error
}

// Close implements io.Closer.
func (b *heldBody) Close() error {
	release := b.release
	b.release = nil
	if release == nil {
		return nil
	}
	return release()
}

// maxDetachedBytes is the size of the largest body that is kept longer than its answer.
const maxDetachedBytes = 64 << 10

// Detach returns a copy of an error that holds neither a connection nor a part of the budget, for use after resp is closed;
// nil for a success, and for an error that was not held completely or is large.
func Detach(resp *http.Response) *http.Response {
	out := OutcomeOf(resp)
	if out == nil || out.Untouched || out.Answer.Cut || len(out.Answer.Body) > maxDetachedBytes {
		return nil
	}
	detached := *resp
	nothing := func() error { return nil }
	detached.Body = &heldBody{Reader: bytes.NewReader(out.Answer.Body), outcome: out, release: nothing}
	return &detached
}
