package credentials

import (
	"errors"
	"net/http"
	"slices"
	"sync"
)

// Store keeps what is known of the credentials of one upstream over reloads: tokens, and how the vendor took them. It
// may be used concurrently.
type Store struct {
	// Replicas is where tokens are shared with other gateways; nil: nowhere. It is set before anything else is done.
	Replicas *Replicas

	secrets *Redactor

	mu      sync.Mutex
	sources map[string]*source // by the credential's key
	live    []*source          // those of the set that is
	flights map[*flight]struct{}
	closed  bool
}

// NewStore returns an empty one. Every secret in it is known to the redactor. Close it when nothing uses it any more.
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

// Keep makes a set the live one: it gives its token endpoints the set's connections and forgets all other credentials.
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

// forget takes the secrets from what is looked for. Exchanges that began before go on with them.
func (s *source) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.secrets.Remove(s.config.secrets()...)
	s.store.secrets.Remove(s.token.value, s.refresh)
}

// Close forgets everything, ends the calls of token endpoints that are under way, and waits for their end.
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
