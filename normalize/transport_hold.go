package normalize

import (
	"bytes"
	"io"
	"net/http"
	"time"

	"gateway/document"
	"gateway/problem"
)

// hold reads the body, interprets it, and puts the bytes back.
func (t *Transport) hold(req *http.Request, resp *http.Response, a *document.Answer) {
	if a.Method == http.MethodHead {
		resp.Body.Close()
		resp.Body = http.NoBody
	}
	if t.Passthrough != nil && t.Passthrough(req) {
		t.peek(req, resp, a)
		return
	}
	start, limits := time.Now(), t.Limits
	if a.Status < 400 {
		limits.Time = slowestSuccess
	}
	raw, cut, ok := t.Budget.ReadBody(req.Context(), limits, resp.Body, resp.ContentLength)
	if !ok {
		resp.Body = t.untouched(a, io.MultiReader(bytes.NewReader(raw), resp.Body), resp.Body.Close)
		return
	}
	a.Body, a.Cut = raw, cut
	held := &heldBody{Reader: bytes.NewReader(raw), release: func() error {
		t.Budget.Give(int64(cap(raw)))
		return nil
	}}
	if cut {
		// What was promised did not come. A success must not look whole; an error is told from what is there.
		held.Reader = io.MultiReader(held.Reader, failing{io.ErrUnexpectedEOF})
	}
	held.outcome = t.read(req, a)
	if late := time.Since(start) >= limits.OrDefault().Time; late && held.outcome != nil && held.outcome.Note == document.Cut {
		held.outcome.Note = document.Stalled
	}
	resp.Body = held
}

// maxPeekBytes is how much is read of a body that is passed on.
const maxPeekBytes = 64 << 10

// peek reads the beginning of the body and lets all of it stream.
func (t *Transport) peek(req *http.Request, resp *http.Response, a *document.Answer) {
	begin, err := io.ReadAll(io.LimitReader(resp.Body, maxPeekBytes))
	a.Body, a.Cut = begin, err != nil || len(begin) == maxPeekBytes
	rest := io.Reader(resp.Body)
	if err != nil {
		rest = failing{err}
	}
	resp.Body = &heldBody{Reader: io.MultiReader(bytes.NewReader(begin), rest), release: resp.Body.Close, outcome: t.read(req, a)}
}

// failing is a body that failed.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// untouched is for errors that cannot be held now. A success simply continues to stream.
func (t *Transport) untouched(a *document.Answer, body io.Reader, closeBody func() error) io.ReadCloser {
	held := &heldBody{Reader: body, release: closeBody}
	if a.Status >= 400 {
		held.outcome = untouchedOutcome(a)
	}
	return held
}

func untouchedOutcome(a *document.Answer) *Outcome {
	info, _ := problem.TypeOf(a.Status).Info()
	return &Outcome{
		Answer: a, Untouched: true,
		Reading: problem.Reading{Type: info.Type, Status: a.Status, Fault: info.Fault, Retryable: info.Retryable, Mapped: problem.MappedStatus},
	}
}
