package proxy

import (
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// bodyGrace is how long a body may stay below body_rate.
const bodyGrace = 20 * time.Second

// pace bounds how slowly a caller may send a body and take an answer. It moves the connection's deadlines (with HTTP/2, the
// stream's) as bytes pass. Its times count from start.
type pace struct {
	control http.ResponseController
	limits  *LimitsConfig
	start   time.Time     // of the exchange
	written time.Duration // when the deadline of writing was moved last; 0: never
	until   atomic.Int64  // nanoseconds, when the Read that is under way must have ended; 0 where none is
	byRate  atomic.Bool   // limits.body_rate says so, else limits.stall_time
}

// slowBodyError reports a body that arrives more slowly than a limit allows.
type slowBodyError struct{ limit, public string }

// Error implements error.
func (e *slowBodyError) Error() string { return e.public }

// Unwrap marks it as a timeout.
func (e *slowBodyError) Unwrap() error { return os.ErrDeadlineExceeded }

// now is the time since start, which costs one reading of the clock less than the time of day.
func (p *pace) now() time.Duration { return time.Since(p.start) }

// beforeRead is called before each Read of a body. It returns the time.
func (p *pace) beforeRead(soFar int64) (now time.Duration) {
	now = p.now()
	earned := time.Duration(float64(soFar) / float64(p.limits.BodyRate) * float64(time.Second))
	stalled, slow := now+p.limits.StallTime, bodyGrace+earned
	until := min(stalled, slow)
	p.until.Store(int64(until))
	p.byRate.Store(slow < stalled)
	_ = p.control.SetReadDeadline(p.start.Add(until)) // a writer without deadlines, as in tests, has no slow callers
	return now
}

// afterRead removes the deadline at a body's end, because net/http continues to read in order to notice a caller that
// leaves.
func (p *pace) afterRead(atEnd bool) {
	p.until.Store(0)
	if atEnd {
		_ = p.control.SetReadDeadline(time.Time{})
	}
}

// readFailure returns the error of a deadline that has passed, even if the Read that it ends has not returned yet.
func (p *pace) readFailure() error {
	if until := p.until.Load(); until != 0 && int64(p.now()) >= until {
		return p.tooSlow()
	}
	return nil
}

// tooSlow returns the error for the limit that the last Read ran into.
func (p *pace) tooSlow() error {
	if p.byRate.Load() {
		return &slowBodyError{"limits.body_rate", fmt.Sprintf("The body of the request came at less than limits.body_rate, %d bytes a second.", p.limits.BodyRate)}
	}
	return &slowBodyError{"limits.stall_time", fmt.Sprintf("The body of the request stood still for limits.stall_time, %s.", p.limits.StallTime)}
}

// hurry leaves a moment to read the rest of a body that nobody wants: less than there is to write the refusal.
func (p *pace) hurry() {
	_ = p.control.SetReadDeadline(time.Now().Add(min(time.Second, p.limits.StallTime/2)))
}

// stop ends a running Read.
func (p *pace) stop() { _ = p.control.SetReadDeadline(time.Now()) }

// beforeWrite is called before each write of an answer.
func (p *pace) beforeWrite() {
	const often = time.Second
	if now := p.now(); p.written == 0 || now-p.written > often {
		p.written = max(now, 1)
		_ = p.control.SetWriteDeadline(p.start.Add(now + p.limits.StallTime))
	}
}
