package ratelimit

import (
	"fmt"
	"time"
)

// Reason says why a request was refused.
type Reason string

// Reasons.
const (
	OverLimit       Reason = "limit"       // a limit lets it through only after its bound
	OverConcurrency Reason = "concurrency" // too many are under way
	InCoolDown      Reason = "cool-down"   // nobody may send on this quota key before RetryAfter
	QueueFull       Reason = "queue"       // too many are held already
	StoreFails      Reason = "store"       // gateways count together where nobody answers now; on_failure is closed
	Paused          Reason = "paused"      // an operator paused the upstream or the consumer
)

// Error refuses a request, which has spent nothing. All of it may be shown to the caller.
type Error struct {
	Reason     Reason
	Why        string        // in the words of who ordered the pause or the cool-down; may be ""
	Limit      string        // the limit that holds longest, such as "5000 requests per 1h"; "" for a pause
	RetryAfter time.Duration // when it could be sent, as things stand; 0 if nobody knows, as with a pause
	Bound      time.Duration // how long it could have been held
	Held       time.Duration // how long it was held before
	Place      int           // in the queue, from 1; 0 where there is none
	Consumer   string
	Share      float64 // of the quota, that is this consumer's by its weight among those who use it: 0 to 1
	Use        float64 // of what was sent in the last minutes, that was this consumer's: 0 to 1
	Policies   []Policy
}

// Error implements error.
func (e *Error) Error() string {
	text := "throttled: "
	switch e.Reason {
	case Paused:
		text += "paused by an operator"
	case InCoolDown:
		text += "cool-down"
	case StoreFails:
		text += "the store of the quota does not answer"
	case QueueFull:
		text += "too many requests are held already"
	case OverConcurrency:
		text += "too many requests are under way: " + e.Limit
	default:
		text += "limit of " + e.Limit
	}
	if e.Why != "" {
		text += " (" + e.Why + ")"
	}
	if e.RetryAfter > 0 {
		text += fmt.Sprintf(": would be sent in %s, may be held for %s",
			(e.RetryAfter + time.Millisecond - 1).Truncate(time.Millisecond), e.Bound.Truncate(time.Millisecond))
	}
	return text
}
