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
	// Untouched is true where the answer could not be read and passes as it came; Reading is by its status then.
	Untouched bool
}

// OutcomeOf returns what Transport understood of resp; nil for a success and for what did not go through it. It finds it
// through bodies that tell what they wrap by Unwrap() io.ReadCloser.
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

// heldBody gives the vendor's own bytes and gives back what is held of the budget when it is closed.
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

// maxDetachedBytes is the largest body that is kept beyond its answer.
const maxDetachedBytes = 64 << 10

// Detach returns a copy of an error that holds neither a connection nor anything of the budget, for use after resp was
// closed; nil for a success and for what was not kept whole or is large.
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
