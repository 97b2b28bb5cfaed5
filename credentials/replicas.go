package credentials

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Replicas is where gateways with the same credentials share their tokens, so that none revokes another's. While it fails,
// each gateway has tokens of its own. The values must not be shown to anybody.
type Replicas struct {
	// Load returns what is kept under a name; nil if there is nothing.
	Load func(ctx context.Context, name string) ([]byte, error)
	// Save keeps a value for a time.
	Save func(ctx context.Context, name string, value []byte, lasts time.Duration) error
	// Lock acquires a lock that only one gateway can hold, and returns its unlock function; nil if another gateway holds
	// it. The lock must expire this long after its owner was killed.
	Lock func(ctx context.Context, name string, lasts time.Duration) (unlock func(), err error)
}

const (
	// ownerLasts is how long after an owner was killed no other gateway acts in its place.
	ownerLasts = 3 * time.Second
	// refreshLasts is how long an unused refresh token is kept.
	refreshLasts = 180 * 24 * time.Hour
)

// shared is a token in the form in which gateways share it.
type shared struct {
	Token   string    `json:"access_token"`
	Issued  time.Time `json:"issued"`
	Expires time.Time `json:"expires,omitzero"`
	Refresh string    `json:"refresh_token,omitempty"` // the newest
}

func (r shared) token() token { return token{r.Token, r.Issued, r.Expires} }

// lasts is how long it is worth keeping.
func (r shared) lasts() time.Duration {
	switch {
	case r.Refresh != "":
		return refreshLasts
	case r.Expires.IsZero():
		return renewLatest
	}
	return max(time.Until(r.Expires), time.Second)
}

// sharedName identifies a token among all others. It does not include the password, so nobody can use it to test guesses.
func (o *OAuth2) sharedName() string {
	parts := []string{o.grant(), o.TokenURL, o.ClientID, o.Username, o.RefreshToken.Reveal(), strings.Join(o.Scopes, " ")}
	params, _ := json.Marshal(o.Params) // a map of strings always can be, in the order of its keys
	return "token:" + digest(append(parts, string(params))...)
}

// fetchAmong makes one gateway ask the endpoint for all. The others wait, and take what it got.
func (s *source) fetchAmong(ctx context.Context, r *Replicas) (fetched, error) {
	name := s.config.OAuth2.sharedName()
	for {
		unlock, err := r.Lock(ctx, name, ownerLasts)
		switch {
		case err != nil:
			got, failure := s.endpoint.fetch(ctx)
			got.unshared = err
			return got, failure
		case unlock != nil:
			defer unlock()
			return s.fetchFor(ctx, r, name)
		}
		select {
		case <-time.After(lockPoll):
		case <-ctx.Done():
			return fetched{}, errors.New("another gateway asks for the token and has none yet")
		}
		if kept, err := r.load(ctx, name); err == nil && s.takes(kept) {
			return s.adopt(kept), nil
		}
	}
}

// fetchFor asks the endpoint, unless another gateway has just done so, and shares the result. It replaces a kept value that
// cannot be read.
func (s *source) fetchFor(ctx context.Context, r *Replicas, name string) (fetched, error) {
	kept, unread := r.load(ctx, name)
	if s.takes(kept) {
		return s.adopt(kept), nil
	}
	if err := s.endpoint.follow(kept); err != nil {
		return fetched{}, err
	}
	got, err := s.endpoint.fetch(ctx)
	if err != nil {
		return got, err
	}
	record := shared{Token: got.value, Issued: got.issued, Expires: got.expires}
	if s.endpoint.config.grant() == grantRefresh {
		record.Refresh = s.endpoint.refresh
	}
	value, _ := json.Marshal(record) // strings and times of this era always can be
	got.unshared = errors.Join(unread, r.Save(context.WithoutCancel(ctx), name, value, record.lasts()))
	return got, nil
}

// load returns the zero value if nothing readable is kept.
func (r *Replicas) load(ctx context.Context, name string) (kept shared, err error) {
	value, err := r.Load(ctx, name)
	if err != nil || value == nil {
		return shared{}, err
	}
	if json.Unmarshal(value, &kept) != nil {
		return shared{}, errors.New("the shared token could not be read")
	}
	return kept, nil
}

// takes is true for a token that is newer than the one that must be replaced.
func (s *source) takes(kept shared) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return kept.Token != s.token.value && kept.token().isValid(time.Now()) && !kept.Issued.Before(s.token.issued)
}

// adopt takes over a token that another gateway got. If its refresh token cannot be saved, that matters only when it is
// used.
func (s *source) adopt(kept shared) fetched {
	got := fetched{token: kept.token()}
	before := s.endpoint.refresh
	if got.unsaved = s.endpoint.follow(kept); s.endpoint.refresh != before {
		got.refresh = s.endpoint.refresh
	}
	return got
}

// follow takes over another gateway's refresh token if it is newer.
func (e *endpoint) follow(kept shared) error {
	if kept.Refresh == "" || kept.Refresh == e.refresh || kept.Issued.Before(e.refreshed) {
		return nil
	}
	e.refresh, e.refreshed = kept.Refresh, kept.Issued
	if e.state == nil {
		return nil
	}
	return e.state.save(kept.Refresh)
}
