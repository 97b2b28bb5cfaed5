package normalize

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"gateway/document"
)

// maxSuccessBytes is the size of the largest success that is searched for a hidden error.
const maxSuccessBytes = 64 << 10

// maxAutoBytes is the same for a success that no rule asks for.
const maxAutoBytes = 16 << 10

// slowestSuccess is no real limit: a slow success is still a success, and the exchange has deadlines of its own.
const slowestSuccess = time.Hour

// Transport is the stage that reads the vendor's errors. It changes nothing on the wire: the response has the vendor's own
// body, and OutcomeOf returns what was understood. It may be used concurrently.
type Transport struct {
	Next   http.RoundTripper
	Reader *Reader
	Limits document.Limits
	Budget *document.Budget // of bytes held by all error bodies at once; nil: unlimited
	// Successes says which 2xx are searched: "profile" (or ""), "auto" or "off".
	Successes string
	// Passthrough is true for requests whose error is passed on unchanged: the beginning of its body is read as far as it
	// fits, and the body streams.
	Passthrough func(*http.Request) bool
	// OnPanic is called with a panic while reading. The vendor's answer then passes untouched.
	OnPanic func(*http.Request, any)
}

var _ http.RoundTripper = (*Transport)(nil)

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.Next.RoundTrip(req)
	if err != nil || !mayHaveBody(resp.StatusCode) {
		return resp, err
	}
	if t.streams(req, resp) {
		return resp, nil
	}
	a := &document.Answer{
		Method: req.Method, Path: req.URL.RequestURI(), RequestHeader: req.Header,
		Status: resp.StatusCode, Header: resp.Header,
	}
	if a.Status >= 400 || t.Reader.LooksInto(a, resp.ContentLength, t.Successes) {
		a.Received = time.Now() // what the answer's moments are reckoned from where it has no Date
		t.hold(req, resp, a)
	}
	return resp, nil
}

// streams is true if a quick check shows that nobody reads the body.
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

// LooksInto decides by the header and length of a success whether its body is searched for an error. successes is the
// upstream's errors_in_success. A negative length is unknown.
func (r *Reader) LooksInto(a *document.Answer, length int64, successes string) bool {
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

// mayMatch is true if a rule may match this success, as far as its header shows.
func (r *Reader) mayMatch(a *document.Answer) bool {
	for _, rule := range r.success {
		if rule.match.head(a) == (lack{}) {
			return true
		}
	}
	return false
}

// read returns what a means; nil for a success. Whatever fails here, the vendor's answer is not lost.
func (t *Transport) read(req *http.Request, a *document.Answer) (out *Outcome) {
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

// looksEverywhere is true if a success that no rule matches may be an error.
func looksEverywhere(a *document.Answer, successes string) bool {
	return successes == "auto" && len(a.Body) <= maxAutoBytes
}
