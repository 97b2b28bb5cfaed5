package credentials

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

const (
	// tokenTimeout bounds a call of a token endpoint, whether or not somebody still waits for it.
	tokenTimeout = 15 * time.Second
	// renewLatest is when a token is replaced at the latest, however long it is valid.
	renewLatest = 24 * time.Hour
	// renewUnknown is when a token of unknown lifetime is replaced.
	renewUnknown = 30 * time.Minute
	// expiryMargin is how long before its end a token is no longer sent, because requests take time and clocks differ.
	expiryMargin = 10 * time.Second
)

// source holds the value of one credential. It outlives reloads and may be used concurrently.
type source struct {
	store    *Store
	config   Config
	fixed    string    // of a credential without tokens
	endpoint *endpoint // nil for one
	rejected rejections

	mu       sync.Mutex
	token    token
	renewAt  time.Time
	refresh  string  // the refresh token that replaced the configured one; "" if none has
	flight   *flight // the call under way; nil if none is
	calls    Calls
	failures int    // in a row
	failed   *Error // what went wrong last; nil if nothing did
	retryAt  time.Time
}

// flight is one call of a token endpoint, shared by everybody who needs the token. It continues when one of them leaves.
type flight struct {
	done   chan struct{}
	cancel context.CancelFunc
	token  token
	err    *Error
}

func newSource(store *Store, c Config, transport http.RoundTripper) *source {
	s := &source{store: store, config: c}
	if c.OAuth2 == nil {
		s.fixed = c.fixed()
	} else {
		s.endpoint = newEndpoint(*c.OAuth2, transport)
	}
	return s
}

// current returns what to send. A token that is still valid is returned at once, even while it is being replaced.
func (s *source) current(ctx context.Context) (token, error) {
	now := time.Now()
	if err := s.rejected.blocked(now); err != nil {
		return token{}, err
	}
	if s.endpoint == nil {
		return token{value: s.fixed}, nil
	}
	s.mu.Lock()
	valid := s.token.isValid(now)
	if (!valid || !now.Before(s.renewAt)) && s.flight == nil && !now.Before(s.retryAt) {
		s.launch()
	}
	held, under, failure := s.token, s.flight, s.failure(now)
	s.mu.Unlock()
	switch {
	case valid:
		return held, nil
	case under == nil:
		return token{}, failure
	}
	return under.wait(ctx)
}

// renew starts to replace a token that the vendor refused. It returns the token that has already replaced it, or the call
// that will; neither if the replacement must wait. Meanwhile others continue with the old token, because vendors also
// refuse tokens on account of a single resource.
func (s *source) renew(refused string) (token, *flight) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token.value != refused && s.token.isValid(now) {
		return s.token, nil
	}
	if s.flight == nil && !now.Before(s.retryAt) && s.rejected.mayRenew(now) {
		s.launch()
	}
	return token{}, s.flight
}

// wait returns the outcome, unless the waiting caller leaves first.
func (f *flight) wait(ctx context.Context) (token, error) {
	select {
	case <-f.done:
		if f.err != nil {
			return token{}, f.err
		}
		return f.token, nil
	case <-ctx.Done():
		return token{}, ctx.Err()
	}
}

// launch starts a call. The mutex must be held.
func (s *source) launch() {
	ctx, cancel := context.WithTimeout(context.Background(), tokenTimeout)
	f := &flight{done: make(chan struct{}), cancel: cancel}
	s.flight = f
	s.store.launched(f)
	go func() {
		defer s.store.landed(f)
		got, err := s.fetch(ctx)
		s.land(f, got, err)
	}()
}

// fetch turns a panic into an error, because no caller could recover from it.
func (s *source) fetch(ctx context.Context) (got fetched, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("asking for a token panicked: %v", cause)
		}
	}()
	if s.store.Replicas != nil {
		return s.fetchAmong(ctx, s.store.Replicas)
	}
	return s.endpoint.fetch(ctx)
}

// land records the outcome of a call.
func (s *source) land(f *flight, got fetched, err error) {
	s.store.secrets.Add(got.value, got.refresh)
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flight = nil
	if err != nil {
		s.fail(now, err)
		f.err = s.failure(now)
		return
	}
	s.keep(got)
	f.token = got.token
}

// keep makes the token the current one.
func (s *source) keep(got fetched) {
	s.store.secrets.Remove(s.token.value)
	if got.refresh != "" {
		s.store.secrets.Remove(s.refresh)
		s.refresh = got.refresh
	}
	s.token, s.renewAt = got.token, got.renewal()
	s.calls.Tokens++
	s.failures, s.failed, s.retryAt = 0, nil, time.Time{}
	switch {
	case got.unshared != nil:
		s.failed = &Error{Public: "The token could not be shared with other gateways.", Cause: s.store.clean(got.unshared)}
	case got.unsaved != nil:
		s.failed = &Error{Public: "The new refresh token could not be saved; a restart would lose it.", Cause: s.store.clean(got.unsaved)}
	}
}

// fail records when another call makes sense. A client that was refused asks less often, because every try counts towards a
// lock-out.
func (s *source) fail(now time.Time, err error) {
	s.failures++
	s.failed = &Error{Public: "No token could be had from the token endpoint.", Cause: s.store.clean(err)}
	pause := backoff(s.failures, time.Second, 30*time.Second)
	counted := &s.calls.Failed
	if refused, ok := errors.AsType[*refusal](err); ok {
		if refused.isFinal() {
			counted = &s.calls.Refused
			s.failed.Public = "The token endpoint refused the gateway's credential."
			pause = backoff(s.failures, 10*time.Second, 5*time.Minute)
		}
		pause = max(pause, refused.retryAfter)
	}
	*counted++
	s.retryAt = now.Add(pause)
}

// failure returns the last error and how much of its pause is left; nil if there was none.
func (s *source) failure(now time.Time) *Error {
	if s.failed == nil {
		return nil
	}
	e := *s.failed
	e.RetryAfter = max(s.retryAt.Sub(now), 0)
	return &e
}

// backoff doubles with each failure, up to most, and adds up to a quarter at random, so that gateways do not act in step.
func backoff(failures int, start, most time.Duration) time.Duration {
	span := min(start<<min(failures-1, 16), most)
	return span + rand.N(span/4+1)
}

// isValid is true until shortly before the token's end.
func (t token) isValid(now time.Time) bool {
	if t.value == "" || t.expires.IsZero() {
		return t.value != ""
	}
	return now.Before(t.expires.Add(-min(expiryMargin, t.expires.Sub(t.issued)/10)))
}

// renewal is when a token that is still valid is replaced: after seven to nine tenths of its life, at random, so that
// gateways do not all ask at once.
func (t token) renewal() time.Time {
	if t.expires.IsZero() {
		return t.issued.Add(renewUnknown + rand.N(renewUnknown/4))
	}
	life := t.expires.Sub(t.issued)
	return t.issued.Add(min(life*7/10+rand.N(max(life/5, 1)), renewLatest+rand.N(renewLatest/4)))
}
