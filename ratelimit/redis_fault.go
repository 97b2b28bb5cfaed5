package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// judgeCall notes that a call failed; that the store answers again is for the heartbeat to say, for all calls at once.
func (r *Redis) judgeCall(err error) {
	if err != nil {
		r.judge(err)
	}
}

// suspect is judgeCall for a lease's question.
func (r *Redis) suspect(s *lease, err error) {
	if err != nil {
		r.mu.Lock()
		r.failer = s
		r.mu.Unlock()
		r.judge(err)
	}
}

// judge notes whether the store answers. Where that changes every gate gets other limits.
func (r *Redis) judge(err error) {
	if fails := err != nil; r.fails.Swap(fails) == fails {
		return
	}
	r.mu.Lock()
	if err != nil {
		r.failed = time.Now()
	} else {
		r.failer = nil
	}
	r.mu.Unlock()
	if err != nil {
		select {
		case r.doubt <- struct{}{}:
		default:
		}
	}
	if r.OnChange != nil && err != nil {
		r.OnChange(explained(err))
	} else if r.OnChange != nil {
		r.OnChange(nil)
	}
	for _, s := range r.all() {
		s.turn()
	}
}

// forgot tells that the store has lost its memory; once where it is of many quota keys.
func (r *Redis) forgot() {
	r.mu.Lock()
	first := time.Since(r.empty) > aliveFor
	if first {
		r.empty = time.Now()
	}
	r.mu.Unlock()
	if first && r.OnLoss != nil {
		r.OnLoss()
	}
}

// answers is true while the store does.
func (r *Redis) answers() bool { return !r.fails.Load() }

// retry asks what failed: a store that tells who is alive need not be one that leases.
func (r *Redis) retry() error {
	r.mu.Lock()
	s := r.failer
	r.mu.Unlock()
	if s == nil {
		return nil
	}
	_, err := r.lease(s.trial())
	return err
}

// failedAt is when it began to.
func (r *Redis) failedAt() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

// cures are what an operator can do about errors of the store, by what they hold.
var cures = []struct{ holds, cure string }{
	{"WRONGPASS", "user or password of the URL are wrong"},
	{"NOAUTH", "it wants a password, which the URL lacks"},
	{"unauthenticated", "it wants a password, which the URL lacks"},
	{"NOPERM", "the user of the URL may not run scripts, write gateway:* and publish"},
	{"OOM", "it has no memory left: raise its maxmemory"},
	{"READONLY", "it is a replica: name the master, or Sentinels"},
	{"x509:", "its certificate is not trusted: name the authority with ca="},
	{"first record does not look like a TLS handshake", "it speaks no TLS: redis:// is without"},
}

// explained is err with what to do about it, where that is known.
func explained(err error) error {
	for _, c := range cures {
		if strings.Contains(err.Error(), c.holds) {
			return fmt.Errorf("%s (%w)", c.cure, err)
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %v: it is slow, or only one side speaks TLS (%w)", storePatience, err)
	}
	return err
}
