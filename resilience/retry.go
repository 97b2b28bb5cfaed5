package resilience

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

const (
	backoffStart = 100 * time.Millisecond
	backoffCap   = 5 * time.Second
	// defaultMaxWait bounds what a vendor may ask for: a caller who waits longer is served better by the problem.
	defaultMaxWait = 10 * time.Second
	// maxDrainBytes of an answer that is not used are read, so that its connection can be.
	maxDrainBytes = 64 << 10
)

// Retry is the stage that sends a request again if that can do no harm: if its method is idempotent, or no byte of it
// was sent, or its key makes the vendor do it once. It may be used concurrently.
type Retry struct {
	Next   http.RoundTripper
	Config RetryConfig
	Budget *Budget
	// MaxWait is the longest Retry-After that is waited for; 0 gives 10s. What asks for more is not retried.
	MaxWait time.Duration
	// Should tells whether another attempt may help, by the answer or by the error.
	Should func(*http.Request, *http.Response, error) Verdict
	// Refused is true for the error of a stage below that sent nothing; nil: never. What it may hide is then returned.
	Refused func(error) bool
	// Unsent is true for the error of an attempt that got no connection, so that no byte of it was sent; nil: never.
	Unsent func(error) bool
	// Safe is true for a request that the vendor does once however often it comes, by its Idempotency-Key.
	Safe func(*http.Request) bool
	// Deadline is when the exchange must have ended; the zero time, and nil, mean that of the context alone.
	Deadline func(*http.Request) time.Time
	// OnRetry is told of each further attempt before its pause.
	OnRetry func(*http.Request, string)
}

var _ http.RoundTripper = (*Retry)(nil)

// Verdict is what Retry.Should makes of an attempt.
type Verdict struct {
	Again    bool
	After    time.Duration // the vendor's Retry-After, which beats the back-off
	HasAfter bool
	// Held is true where a stage below holds the next attempt for as long as is right, or refuses it: it goes down at
	// once, and costs nothing of the budget, as it is no more than what the vendor allows.
	Held   bool
	Reason string // a word for metrics
	// Instead is what to return if a stage below refuses the next attempt; nil: the refusal. It holds no connection.
	Instead *http.Response
}

// RoundTrip implements http.RoundTripper.
func (t *Retry) RoundTrip(req *http.Request) (*http.Response, error) {
	t.Budget.request()
	c := t.newCall(req)
	defer c.body.commit()
	for {
		resp, err := t.Next.RoundTrip(c.attempt())
		if err != nil && c.instead != nil && t.Refused != nil && t.Refused(err) {
			return c.instead, nil
		}
		wait, again := t.decide(&c, resp, err)
		if !again {
			return resp, err
		}
		discard(resp)
		if err := pause(req.Context(), wait); err != nil {
			return nil, err
		}
	}
}

// decide tells whether and when to try again. The budget is asked last, as asking takes from it.
func (t *Retry) decide(c *call, resp *http.Response, err error) (time.Duration, bool) {
	if c.attempts >= t.attempts() || c.req.Context().Err() != nil || !t.mayRepeat(c, err) {
		return 0, false
	}
	verdict := t.Should(c.req, resp, err)
	if !verdict.Again {
		return 0, false
	}
	wait, ok := t.wait(c, verdict)
	if !ok || !verdict.Held && !t.Budget.take() {
		return 0, false
	}
	c.instead = verdict.Instead
	if t.OnRetry != nil {
		t.OnRetry(c.req, verdict.Reason)
	}
	return wait, true
}

// wait is the pause before the next attempt; false where that is too long.
func (t *Retry) wait(c *call, v Verdict) (time.Duration, bool) {
	if v.Held {
		return 0, true
	}
	wait := v.pause(c.attempts)
	return wait, v.After <= t.maxWait() && t.inTime(c.req, wait)
}

func (t *Retry) attempts() int {
	if t.Config.Attempts == 0 {
		return defaultAttempts
	}
	return t.Config.Attempts
}

func (t *Retry) maxWait() time.Duration {
	if t.MaxWait == 0 {
		return defaultMaxWait
	}
	return t.MaxWait
}

// inTime is false where the pause would end after the exchange must have.
func (t *Retry) inTime(req *http.Request, wait time.Duration) bool {
	then := time.Now().Add(wait)
	if deadline, ok := req.Context().Deadline(); ok && !then.Before(deadline) {
		return false
	}
	if t.Deadline == nil {
		return true
	}
	deadline := t.Deadline(req)
	return deadline.IsZero() || then.Before(deadline)
}

// pause is never before the vendor's time, and at random after it, so that callers do not come back together.
func (v Verdict) pause(attempts int) time.Duration {
	if v.HasAfter {
		return max(v.After, 0) + rand.N(backoffStart)
	}
	return rand.N(min(backoffStart<<(attempts-1), backoffCap))
}

// pause returns the context's error if that ends first.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// discard ends an answer that nobody gets. Only a short one of a known length is read: what may stall is cut off.
func discard(resp *http.Response) {
	if resp == nil {
		return
	}
	if resp.ContentLength >= 0 && resp.ContentLength <= maxDrainBytes {
		io.CopyN(io.Discard, resp.Body, maxDrainBytes) //nolint:errcheck // the connection is not used again then
	}
	resp.Body.Close()
}

// IsUnprocessed is true for errors by which HTTP/2 promises that nothing was done (RFC 9113, section 8.7). net/http has
// no types for them; it sends again by itself what it can.
func IsUnprocessed(err error) bool {
	text := err.Error()
	return (strings.HasPrefix(text, "stream error: ") || strings.HasPrefix(text, "http2: ")) &&
		(strings.Contains(text, "REFUSED_STREAM") || strings.Contains(text, "graceful shutdown GOAWAY"))
}
