package credentials

import (
	"context"
	"net/http"
	"time"
)

const (
	// youngToken is the age up to which a token may be refused because the vendor does not know it yet, as happens at
	// Accelo.
	youngToken = 2 * time.Second
	// youngPause is how long the next token is given to become known.
	youngPause = 500 * time.Millisecond
)

// Transport is the stage that puts a credential into every request, in place of whatever the caller wrote there. It
// replaces a token that the vendor refuses once, and sends the request again if its body can be repeated. It may be used
// concurrently.
type Transport struct {
	Next http.RoundTripper
	Set  *Set
	// Caller returns who sent the request.
	Caller func(*http.Request) Caller
	// Refused is true for an answer by which the vendor refuses the credential.
	Refused func(*http.Response) bool
	// OnUse is called with the credential's account before a request is sent: a hash of what the vendor counts by, which
	// stays the same when a password or client secret is rotated.
	OnUse func(req *http.Request, account string)
}

var _ http.RoundTripper = (*Transport)(nil)

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	caller := t.Caller(req)
	c := t.Set.choose(caller)
	if c == nil {
		closeBody(req)
		return nil, t.Set.unfit(caller)
	}
	tok, err := c.source.current(req.Context())
	if err != nil {
		closeBody(req)
		return nil, err
	}
	if t.OnUse != nil {
		t.OnUse(req, c.account)
	}
	resp, err := t.Next.RoundTrip(t.signed(req, c, tok))
	if err != nil || !t.note(c, resp) {
		return resp, err
	}
	if tok, ok := c.source.another(req.Context(), tok, isReplayable(req)); ok {
		return t.replay(req, c, tok, resp)
	}
	return resp, nil
}

// signed returns a copy of the request with the credential in it.
func (t *Transport) signed(req *http.Request, c *credential, tok token) *http.Request {
	out := req.Clone(req.Context())
	t.Set.owned.strip(out)
	c.place.put(out, c.scheme+tok.value)
	return out
}

// replay sends the request once more, in place of the refused one.
func (t *Transport) replay(req *http.Request, c *credential, tok token, refused *http.Response) (*http.Response, error) {
	again := t.signed(req, c, tok)
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return refused, nil // the caller gets the answer that there is
		}
		again.Body = body
	}
	refused.Body.Close()
	resp, err := t.Next.RoundTrip(again)
	if err == nil {
		t.note(c, resp)
	}
	return resp, err
}

// note reports to the source whether the vendor accepted the credential.
func (t *Transport) note(c *credential, resp *http.Response) (refused bool) {
	if !t.Refused(resp) {
		c.source.rejected.taken()
		return false
	}
	c.source.rejected.refused(time.Now())
	return true
}

// another returns what to send in place of a refused token; false if there is nothing better, or if it would have to wait
// and waits is false.
func (s *source) another(ctx context.Context, refused token, waits bool) (token, bool) {
	if s.endpoint == nil {
		return token{}, false
	}
	young := time.Since(refused.issued) < youngToken
	tok, under := s.renew(refused.value)
	if !waits {
		return token{}, false
	}
	if under != nil {
		var err error
		if tok, err = under.wait(ctx); err != nil {
			return token{}, false
		}
	}
	if tok.value == "" || tok.value == refused.value && !young {
		return token{}, false
	}
	return tok, !young || pause(ctx, youngPause)
}

// pause returns false if the context ends first.
func pause(ctx context.Context, span time.Duration) bool {
	timer := time.NewTimer(span)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// isReplayable is true for a request without a body, or with a body that can be read again from its beginning.
func isReplayable(req *http.Request) bool {
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}

// closeBody ends a request that is not sent, as http.RoundTripper demands.
func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}
