package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// judgeCall records that a call failed. Only the heartbeat decides that the store answers again, for all calls at once.
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

// judge records whether the store answers. When that changes, every gate gets other limits.
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

// forgot reports that the store has lost its memory; once, even if that concerns many quota keys.
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

// answers is true while the store answers.
func (r *Redis) answers() bool { return !r.fails.Load() }

// retry repeats the question that failed: a store that answers heartbeats may still not lease.
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

// failedAt is when the store began to fail.
func (r *Redis) failedAt() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

// cures say what an operator can do about errors of the store, by a part of their text.
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

// explained adds to err what to do about it, if that is known.
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
