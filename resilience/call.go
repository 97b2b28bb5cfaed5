package resilience

import (
	"io"
	"net/http"
)

// call is one request of a caller while it is tried.
type call struct {
	req      *http.Request // as it came
	body     *replay       // nil without a body, and where nothing is repeated
	harmless bool          // by its head: may be done twice
	attempts int
	instead  *http.Response // of an answer before, for when the next attempt is refused
}

func (t *Retry) newCall(req *http.Request) call {
	c := call{req: req, harmless: isIdempotent(req) || t.Safe != nil && t.Safe(req)}
	if t.attempts() > 1 {
		c.body = newReplay(req)
	}
	return c
}

// attempt returns the request for the next try.
func (c *call) attempt() *http.Request {
	c.attempts++
	if c.harmless && c.body == nil {
		return c.req
	}
	out := c.req.WithContext(c.req.Context())
	if c.body != nil {
		out.Body = c.body.reader()
		out.GetBody = c.again()
	}
	if !c.harmless {
		hideFromResend(out)
	}
	return out
}

// again lets the stages below, and net/http if it knows that it wrote nothing, send a short body once more. It returns nil
// for a method that net/http repeats by itself, because the body may ask for another method.
func (c *call) again() func() (io.ReadCloser, error) {
	if c.req.ContentLength <= 0 || c.req.ContentLength > maxReplayBytes || isResent(c.req.Method) {
		return nil
	}
	body := c.body // alone, so that c takes no memory
	return func() (io.ReadCloser, error) { return body.reader(), nil }
}

// mayRepeat is true if another attempt cannot make the vendor do something twice.
func (t *Retry) mayRepeat(c *call, err error) bool {
	record, whole := c.body.kept()
	switch {
	case !whole:
		return false
	case c.harmless && !bodyHasMethod(record):
		return true
	case err == nil:
		return false
	}
	return IsUnprocessed(err) || !c.harmless && t.Unsent != nil && t.Unsent(err)
}
