package normalize

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"gateway/document"
)

// maxSuccessBytes is the largest success that is looked into for an error that hides there.
const maxSuccessBytes = 64 << 10

// maxAutoBytes is the largest one that is looked into without a rule.
const maxAutoBytes = 16 << 10

// slowestSuccess is no bound: a success that comes slowly is none the less one, and the exchange has deadlines of its own.
const slowestSuccess = time.Hour

// Transport is the stage that reads the vendor's errors. It changes nothing on the wire: the response it returns has
// the vendor's own body, and OutcomeOf tells what was understood. It may be used concurrently.
type Transport struct {
	Next   http.RoundTripper
	Reader *Reader
	Limits document.Limits
	Budget *document.Budget // of bytes held by all error bodies at once; nil: unlimited
	// Successes says which 2xx are looked into: "profile" (or ""), "auto" or "off".
	Successes string
	// Passthrough is true for requests whose error is passed on as it is: its body is looked at as far as it fits,
	// and streams.
	Passthrough func(*http.Request) bool
	// OnPanic is told of a panic while reading; the vendor's answer then passes untouched.
	OnPanic func(*http.Request, any)
}

var _ http.RoundTripper = (*Transport)(nil)

// Outcome is what was understood of a vendor's error.
type Outcome struct {
	Answer  *Answer
	Reading Reading
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

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.Next.RoundTrip(req)
	if err != nil || !mayHaveBody(resp.StatusCode) {
		return resp, err
	}
	if t.streams(req, resp) {
		return resp, nil
	}
	a := &Answer{
		Method: req.Method, Path: req.URL.RequestURI(), RequestHeader: req.Header,
		Status: resp.StatusCode, Header: resp.Header, Received: time.Now(),
	}
	if a.Status >= 400 || t.Reader.LooksInto(a, resp.ContentLength, t.Successes) {
		t.hold(req, resp, a)
	}
	return resp, nil
}

// streams is true where a quick look is enough to tell that nobody looks into the body.
func (t *Transport) streams(req *http.Request, resp *http.Response) bool {
	switch {
	case strings.HasPrefix(document.MediaType(resp.Header.Get("Content-Type")), "application/grpc"):
		return true
	case resp.StatusCode >= 400:
		return false
	}
	return resp.StatusCode >= 300 || resp.ContentLength < 0 || t.Successes != "auto" && !t.Reader.wantsSuccess(req.Method, resp.StatusCode)
}

// wantsSuccess is true if a rule may match a success with this method and status.
func (r *Reader) wantsSuccess(method string, status int) bool {
	return slices.ContainsFunc(r.success, func(rule *rule) bool { return rule.match.wants(method, status) })
}

// LooksInto decides by the head and length of a success whether its body is looked at for an error; successes is what the
// upstream's errors_in_success says. A length below 0 is unknown.
func (r *Reader) LooksInto(a *Answer, length int64, successes string) bool {
	media := document.MediaType(a.Header.Get("Content-Type"))
	switch {
	case a.Method == http.MethodHead, media == "text/event-stream", length < 0, successes == "off":
		return false
	case r.batchForm(a) != nil: // its errors are those of items
		return false
	case successes == "auto" && length <= maxAutoBytes && document.IsStructured(media):
		return true
	}
	return length <= maxSuccessBytes && r.mayMatch(a)
}

// mayMatch is true if a rule may match this success, as far as its head tells.
func (r *Reader) mayMatch(a *Answer) bool {
	for _, rule := range r.success {
		if rule.match.head(a) == (lack{}) {
			return true
		}
	}
	return false
}

// hold reads the body, reads what it means and puts the bytes back.
func (t *Transport) hold(req *http.Request, resp *http.Response, a *Answer) {
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

// maxPeekBytes is how much of a body is looked at that is passed on.
const maxPeekBytes = 64 << 10

// peek looks at the beginning of the body and leaves it to stream whole.
func (t *Transport) peek(req *http.Request, resp *http.Response, a *Answer) {
	begin, err := io.ReadAll(io.LimitReader(resp.Body, maxPeekBytes))
	a.Body, a.Cut = begin, err != nil || len(begin) == maxPeekBytes
	rest := io.Reader(resp.Body)
	if err != nil {
		rest = failing{err}
	}
	resp.Body = &heldBody{Reader: io.MultiReader(bytes.NewReader(begin), rest), release: resp.Body.Close, outcome: t.read(req, a)}
}

// failing is a body that broke.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// untouched is for errors that cannot be held now; a success just goes on streaming.
func (t *Transport) untouched(a *Answer, body io.Reader, closeBody func() error) io.ReadCloser {
	held := &heldBody{Reader: body, release: closeBody}
	if a.Status >= 400 {
		held.outcome = untouchedOutcome(a)
	}
	return held
}

func untouchedOutcome(a *Answer) *Outcome {
	info, _ := TypeOf(a.Status).Info()
	return &Outcome{
		Answer: a, Untouched: true,
		Reading: Reading{Type: info.Type, Status: a.Status, Fault: info.Fault, Retryable: info.Retryable, Mapped: MappedStatus},
	}
}

// read reads what a means; nil for a success. Whatever breaks in it, the vendor's answer is not lost.
func (t *Transport) read(req *http.Request, a *Answer) (out *Outcome) {
	defer func() {
		if cause := recover(); cause != nil {
			out = nil
			if a.Status >= 400 {
				out = untouchedOutcome(a)
			}
			if t.OnPanic != nil {
				t.OnPanic(req, cause)
			}
		}
	}()
	reading, isError, note := t.Reader.read(a, looksEverywhere(a, t.Successes), nil)
	if !isError {
		return nil
	}
	return &Outcome{Answer: a, Reading: reading, Note: note}
}

// looksEverywhere is true where a success that no rule matches may be an error.
func looksEverywhere(a *Answer, successes string) bool {
	return successes == "auto" && len(a.Body) <= maxAutoBytes
}
