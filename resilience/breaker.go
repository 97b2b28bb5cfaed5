// Package resilience repeats requests that may be repeated, and stops sending to a vendor that fails.
package resilience

import (
	"errors"
	"net/http"
	"time"
)

// Breaker is the stage that refuses requests while the vendor fails. It may be used concurrently.
type Breaker struct {
	Next    http.RoundTripper
	Circuit *Circuit
	// Counts returns what an attempt says about the vendor, by its answer or its error.
	Counts func(*http.Request, *http.Response, error) Fact
}

var _ http.RoundTripper = (*Breaker)(nil)

// Fact is what an attempt says about the vendor.
type Fact int

// Facts.
const (
	Nothing Fact = iota // as with a caller who left, or a refusal of our own
	Answers             // it is there, but refused what the caller did wrong: enough for a probe, else as Nothing
	Works
	Fails
)

// OpenError is a refusal while the vendor fails.
type OpenError struct {
	RetryAfter time.Duration // until the next probe; at least a second
	Since      time.Time     // when the vendor was given up
	Reason     string        // in words for callers
}

// Error implements error.
func (e *OpenError) Error() string { return "the circuit is open: " + e.Reason }

// RoundTrip implements http.RoundTripper.
func (b *Breaker) RoundTrip(req *http.Request) (*http.Response, error) {
	turn, err := b.Circuit.allow()
	if err != nil {
		if req.Body != nil {
			req.Body.Close() // as http.RoundTripper demands
		}
		return nil, err
	}
	fact := Nothing // also of a panic
	defer func() { turn.end(fact) }()
	resp, err := b.Next.RoundTrip(req)
	fact = b.Counts(req, resp, err)
	return resp, err
}

// outcome is the fact in the terms of the library. A probe succeeds if the vendor answers at all, whatever the request was
// worth.
func (f Fact) outcome(ofProbe bool) error {
	switch {
	case f == Works, f == Answers && ofProbe:
		return nil
	case f == Fails:
		return errFailed
	}
	return errIgnored
}

var (
	errIgnored = errors.New("says nothing of the vendor")
	errFailed  = errors.New("the vendor failed")
)
