package proxy

import (
	"context"
	"io"
	"log"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"gateway/normalize"
	"gateway/resilience"
)

// maxHeldBytes bounds error bodies, all exchanges together.
const maxHeldBytes = 64 << 20

// Shared is what outlives a reload: connections and counts. It is made once for a process.
type Shared struct {
	pseudonym string // of this process in Via, by which a loop is found
	budget    *normalize.Budget
	own       atomic.Pointer[[]netip.AddrPort] // our own listeners
	dial      func(*net.Dialer, context.Context, string, string) (net.Conn, error)

	mu      sync.Mutex
	lasting map[string]*lasting // by upstream
}

// lasting is what outlives a reload of one upstream. Each stage that remembers something has its field here.
type lasting struct {
	pool     *pool
	inFlight gauge
	budget   *resilience.Budget
	circuit  *resilience.Circuit
	breaks   bool // the circuit is in use
}

// gauge counts what is under way.
type gauge struct{ n atomic.Int64 }

func (g *gauge) add(n int64) { g.n.Add(n) }

// NewShared returns an empty Shared; Close it when no handler uses it any more.
func NewShared() *Shared {
	return &Shared{
		pseudonym: "gateway-" + newID(), budget: normalize.NewBudget(maxHeldBytes), lasting: map[string]*lasting{},
		dial: (*net.Dialer).DialContext,
	}
}

// Guard keeps upstreams whose name leads to one of our own listeners from reaching it.
func (s *Shared) Guard(l net.Listener) {
	tcp, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return
	}
	own := append(slices.Clone(s.listeners()), tcp.AddrPort())
	s.own.Store(&own)
}

func (s *Shared) listeners() []netip.AddrPort {
	if own := s.own.Load(); own != nil {
		return *own
	}
	return nil
}

// Close closes idle connections.
func (s *Shared) Close() {
	s.adopt(nil)
}

// Status is a snapshot of levels, by upstream.
type Status struct {
	Upstreams map[string]UpstreamStatus
	HeldBytes int64 // of error bodies being read
}

// UpstreamStatus is a snapshot of one upstream's levels.
type UpstreamStatus struct {
	InFlight int64
	Circuit  resilience.CircuitStatus // the zero value where the breaker is switched off
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

func (l *lasting) status() UpstreamStatus {
	s := UpstreamStatus{InFlight: l.inFlight.n.Load()}
	if l.breaks {
		s.Circuit = l.circuit.Status()
	}
	return s
}

// plan is what an upstream is going to use. Nothing that serves is changed before it is adopted.
type plan struct {
	upstream Upstream
	lasting  *lasting
	pool     *pool // made from the upstream's settings; lasting's own where those are the same
}

// plan prepares what lasts of an upstream for new settings.
func (s *Shared) plan(u Upstream) (plan, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lasting[u.Name]
	if l == nil {
		l = &lasting{budget: resilience.NewBudget(u.Retry), circuit: resilience.NewCircuit(u.Breaker)}
	}
	p, err := newPool(u, l.pool, s)
	return plan{u, l, p}, err
}

// adopt makes the plans true and closes the connections of upstreams that are gone.
func (s *Shared) adopt(plans []plan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.lasting
	s.lasting = map[string]*lasting{}
	for _, p := range plans {
		p.lasting.configure(p)
		s.lasting[p.upstream.Name] = p.lasting
	}
	for name, l := range before {
		if s.lasting[name] == nil {
			l.pool.close()
		}
	}
}

func (l *lasting) configure(p plan) {
	if p.pool != l.pool {
		l.pool.close()
		l.pool = p.pool
	}
	l.budget.Configure(p.upstream.Retry)
	l.circuit.Configure(p.upstream.Breaker)
	l.breaks = p.upstream.breaks()
}

var discardLog = log.New(io.Discard, "", 0)
