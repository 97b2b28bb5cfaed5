package ratelimit

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
)

// Transport is the stage that takes a token for each request, waits for one, or refuses with an *Error. It may be used
// concurrently.
type Transport struct {
	Next    http.RoundTripper
	Limiter *Limiter
	// Ask returns what a request needs.
	Ask func(*http.Request) Request
	// Hear returns what an answer says about the vendor's limits; if it is nil, nothing is learnt.
	Hear func(*http.Response) Report
	// OnDecision is called with what was decided on a request, before it is sent.
	OnDecision func(*http.Request, Decision)
}

var _ http.RoundTripper = (*Transport)(nil)

// RoundTrip implements http.RoundTripper. The slot becomes free when the answer's body has ended or is closed, when there
// is no answer, and after a panic.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	grant, err := t.acquire(req)
	if err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	handed := false
	defer func() {
		if !handed {
			grant.Done()
		}
	}()
	resp, err := t.Next.RoundTrip(req)
	if err != nil {
		return resp, err
	}
	report := Report{}
	if t.Hear != nil {
		report = t.Hear(resp)
	}
	grant.Report(report)
	if resp.Body != http.NoBody {
		resp.Body, handed = hold(resp.Body, grant), true
	}
	return resp, nil
}

func (t *Transport) acquire(req *http.Request) (Grant, error) {
	grant, err := t.Limiter.Acquire(req.Context(), t.Ask(req))
	if t.OnDecision == nil {
		return grant, err
	}
	decision := grant.Decision
	if err != nil {
		decision.Kind = Refused
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			decision.Kind = Gone
		}
	}
	t.OnDecision(req, decision)
	return grant, err
}

// hold returns a body whose end frees the grant. The body of an upgrade stays writable, as httputil.ReverseProxy needs.
func hold(body io.ReadCloser, grant Grant) io.ReadCloser {
	held := &heldBody{ReadCloser: body, grant: grant}
	if w, ok := body.(io.Writer); ok {
		return &heldConn{held, w}
	}
	return held
}

// heldBody frees the slot when it has ended.
type heldBody struct {
	io.ReadCloser
	grant Grant
	once  sync.Once
}

// Read implements io.Reader.
func (b *heldBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.once.Do(b.grant.Done)
	}
	return n, err
}

// Close implements io.Closer.
func (b *heldBody) Close() error {
	defer b.once.Do(b.grant.Done)
	return b.ReadCloser.Close()
}

// Unwrap returns the wrapped body, for those who look for its type.
func (b *heldBody) Unwrap() io.ReadCloser { return b.ReadCloser }

// heldConn is an upgraded connection.
type heldConn struct {
	*heldBody
	io.Writer
}
