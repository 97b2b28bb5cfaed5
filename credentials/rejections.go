package credentials

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxRejections is after how many refusals in a row a credential is held back. Accelo locks a user out after 100 failed
	// logins in five minutes.
	maxRejections = 10
	blockStart    = time.Second
	blockCap      = time.Minute
)

// rejections counts how often the vendor has refused a credential since it last accepted it. A refusal may concern only one
// resource, so only many in a row block every request.
type rejections struct {
	count atomic.Int64 // in a row
	total atomic.Int64

	mu       sync.Mutex
	until    time.Time // nothing is sent before
	renewals int       // of the token because of a refusal, in short order
	renewAt  time.Time // no other before
}

// taken records that the vendor accepted the credential.
func (r *rejections) taken() {
	if r.count.Load() == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count.Store(0)
	r.until = time.Time{}
}

// refused records that the vendor refused it.
func (r *rejections) refused(now time.Time) {
	r.total.Add(1)
	if over := r.count.Add(1) - maxRejections; over >= 0 {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.until = now.Add(backoff(int(over)+1, blockStart, blockCap))
	}
}

// blocked returns an error while a refused credential is held back. After that time one request goes through, and the
// others wait for its outcome.
func (r *rejections) blocked(now time.Time) error {
	over := r.count.Load() - maxRejections
	if over < 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Before(r.until) {
		return &Error{
			Public:   "The upstream refused the gateway's credential several times in a row, so it is not sent for a while.",
			Rejected: true, RetryAfter: r.until.Sub(now),
		}
	}
	r.until = now.Add(backoff(int(over)+1, blockStart, blockCap))
	return nil
}

// mayRenew is true if a refused token may be replaced: at once the first time, and ever later for refusals that follow
// soon, because the token is then hardly to blame.
func (r *rejections) mayRenew(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case now.Before(r.renewAt):
		return false
	case now.After(r.renewAt.Add(blockCap)):
		r.renewals = 0
	}
	r.renewals++
	r.renewAt = now.Add(backoff(r.renewals, blockStart, blockCap))
	return true
}
