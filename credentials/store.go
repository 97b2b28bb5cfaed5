package credentials

import (
	"errors"
	"net/http"
	"slices"
	"sync"
)

// Store keeps what outlives reloads of one upstream's credentials: tokens, and whether the vendor accepted them. It may be
// used concurrently.
type Store struct {
	// Replicas is where tokens are shared with other gateways; nil if they are not. Set it before the first use.
	Replicas *Replicas

	secrets *Redactor

	mu      sync.Mutex
	sources map[string]*source // by the credential's key
	live    []*source          // those of the live set
	flights map[*flight]struct{}
	closed  bool
}

// NewStore returns an empty store. The redactor learns every secret in it. Close it when nothing uses it any more.
func NewStore(secrets *Redactor) *Store {
	return &Store{secrets: secrets, sources: map[string]*source{}, flights: map[*flight]struct{}{}}
}

// source returns what is kept of a credential, or begins to keep it.
func (s *Store) source(c Config, transport http.RoundTripper) *source {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := c.key()
	kept := s.sources[key]
	if kept == nil {
		kept = newSource(s, c, transport)
		s.sources[key] = kept
		s.secrets.Add(c.secrets()...)
	}
	return kept
}

// Keep makes a set the live one: its token endpoints get the set's connections, and all other credentials are dropped.
func (s *Store) Keep(set *Set) {
	var live, gone []*source
	for _, c := range set.list {
		live = append(live, c.source)
		if c.source.endpoint != nil {
			c.source.endpoint.use(c.transport)
		}
	}
	s.mu.Lock()
	s.live = live
	for key, kept := range s.sources {
		if !slices.Contains(live, kept) {
			delete(s.sources, key)
			gone = append(gone, kept)
		}
	}
	s.mu.Unlock()
	for _, source := range gone { // the locks of sources come before the store's
		source.forget()
	}
}

// forget retires the secrets. Exchanges that began earlier still use them.
func (s *source) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.secrets.Remove(s.config.secrets()...)
	s.store.secrets.Remove(s.token.value, s.refresh)
}

// Close drops everything, cancels running calls of token endpoints, and waits for them to end.
func (s *Store) Close() {
	s.mu.Lock()
	s.closed = true
	var under []*flight
	for f := range s.flights {
		under = append(under, f)
	}
	s.mu.Unlock()
	for _, f := range under {
		f.cancel()
		<-f.done
	}
	s.Keep(&Set{})
}

func (s *Store) launched(f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flights[f] = struct{}{}
	if s.closed {
		f.cancel()
	}
}

func (s *Store) landed(f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.flights, f)
	f.cancel()
	close(f.done)
}

// clean returns the error's text without secrets.
func (s *Store) clean(err error) error { return errors.New(s.secrets.String(err.Error())) }
