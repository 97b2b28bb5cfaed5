package proxy

import (
	"io"
	"log"
	"net/http"
	"sync"
	"sync/atomic"

	"gateway/normalize"
)

// maxHeldBytes bounds error bodies, all exchanges together.
const maxHeldBytes = 64 << 20

// Shared is what outlives a reload: connections and counts. It is made once for a process.
type Shared struct {
	pseudonym string // of this process in Via, by which a loop is found
	budget    *normalize.Budget

	mu      sync.Mutex
	lasting map[string]*lasting // by upstream
}

// lasting is what outlives a reload of one upstream. Each stage that remembers something has its field here.
type lasting struct {
	pool     *pool
	inFlight gauge
}

// gauge counts what is under way.
type gauge struct{ n atomic.Int64 }

func (g *gauge) add(n int64) { g.n.Add(n) }

// NewShared returns an empty Shared; Close it when no handler uses it any more.
func NewShared() *Shared {
	return &Shared{
		pseudonym: "gateway-" + newID(), budget: normalize.NewBudget(maxHeldBytes), lasting: map[string]*lasting{},
	}
}

// Close closes idle connections.
func (s *Shared) Close() {
	s.retain(nil)
}

// Status is a snapshot of levels, by upstream.
type Status struct {
	Upstreams map[string]UpstreamStatus
	HeldBytes int64 // of error bodies being read
}

// UpstreamStatus is a snapshot of one upstream's levels.
type UpstreamStatus struct {
	InFlight int64
}

// Status returns a snapshot for the scrape and the page.
func (s *Shared) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Status{Upstreams: map[string]UpstreamStatus{}, HeldBytes: s.budget.HeldBytes()}
	for name, l := range s.lasting {
		out.Upstreams[name] = l.status()
	}
	return out
}

func (l *lasting) status() UpstreamStatus { return UpstreamStatus{InFlight: l.inFlight.n.Load()} }

// upstream returns what lasts of an upstream, fitted to its new settings.
func (s *Shared) upstream(u Upstream) (*lasting, http.RoundTripper, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lasting[u.Name]
	if l == nil {
		l = &lasting{}
	}
	p, err := newPool(u, l.pool)
	if err != nil {
		return nil, nil, err
	}
	if p != l.pool {
		l.pool.close()
		l.pool = p
	}
	s.lasting[u.Name] = l
	return l, p.transport, nil
}

// retain closes the connections of upstreams that are gone.
func (s *Shared) retain(upstreams []Upstream) {
	keep := map[string]bool{}
	for _, u := range upstreams {
		keep[u.Name] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, l := range s.lasting {
		if !keep[name] {
			l.pool.close()
			delete(s.lasting, name)
		}
	}
}

var discardLog = log.New(io.Discard, "", 0)
