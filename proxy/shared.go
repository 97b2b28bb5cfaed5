package proxy

import (
	"context"
	"io"
	"log"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gateway/credentials"
	"gateway/document"
	"gateway/ratelimit"
	"gateway/resilience"
)

// maxHeldBytes bounds error bodies, all exchanges together.
const maxHeldBytes = 64 << 20

// Shared is what outlives a reload: connections and counts. There is one for each process.
type Shared struct {
	pseudonym string // of this process in Via, by which a loop is found
	budget    *document.Budget
	own       atomic.Pointer[[]netip.AddrPort] // our own listeners
	store     *ratelimit.Redis                 // where quotas are counted with other gateways; nil: here
	dial      func(*net.Dialer, context.Context, string, string) (net.Conn, error)
	lookUp    func(ctx context.Context, network, host string) ([]netip.Addr, error)
	secrets   *credentials.Redactor
	alarms    alarms
	replicas  *credentials.Replicas // where tokens are shared with other gateways; nil: nowhere

	mu      sync.Mutex
	lasting map[string]*lasting           // by upstream
	gone    map[string]*ratelimit.Limiter // of upstreams that are not configured now, while what they sent counts
	others  []string                      // secrets that belong to no upstream's credentials
}

// lasting is what outlives a reload of one upstream. Each stage with a memory has its field here.
type lasting struct {
	pool        *pool
	inFlight    gauge
	budget      *resilience.Budget
	circuit     *resilience.Circuit
	breaks      bool // the circuit is in use
	credentials *credentials.Store
	limiter     *ratelimit.Limiter
}

// gauge counts requests in flight.
type gauge struct{ n atomic.Int64 }

func (g *gauge) add(n int64) { g.n.Add(n) }

// NewShared returns an empty Shared. Close it when no handler uses it any more.
func NewShared() *Shared {
	return &Shared{
		pseudonym: "gateway-" + newID(time.Now()), budget: document.NewBudget(maxHeldBytes), secrets: credentials.NewRedactor(),
		dial: (*net.Dialer).DialContext, lookUp: net.DefaultResolver.LookupNetIP,
		lasting: map[string]*lasting{}, gone: map[string]*ratelimit.Limiter{},
	}
}

// CountWith makes quotas count together with other gateways. Call it before the first handler is built.
func (s *Shared) CountWith(store *ratelimit.Redis) { s.store = store }

// ShareTokens makes tokens shared with other gateways. Call it before the first handler is built.
func (s *Shared) ShareTokens(among *credentials.Replicas) { s.replicas = among }

// Guard keeps upstreams from reaching one of the gateway's own listeners, whatever their names resolve to.
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

// Secrets returns the redactor that removes every live secret from what the process emits.
func (s *Shared) Secrets() *credentials.Redactor { return s.secrets }

// Close closes idle connections and ends calls of token endpoints.
func (s *Shared) Close() {
	s.adopt(nil, nil)
}

// Status is a snapshot of levels, by upstream.
type Status struct {
	Upstreams map[string]UpstreamStatus
	HeldBytes int64                  // of error bodies being read
	Store     *ratelimit.StoreStatus // where quotas are counted with other gateways; nil: here
}

// UpstreamStatus is a snapshot of one upstream's levels.
type UpstreamStatus struct {
	InFlight    int64
	Circuit     resilience.CircuitStatus // the zero value where the breaker is switched off
	Credentials []credentials.Status     // in the order of the configuration
	Throttle    ratelimit.Status
}

// Status returns a snapshot for the scrape and the page.
func (s *Shared) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Status{Upstreams: map[string]UpstreamStatus{}, HeldBytes: s.budget.HeldBytes()}
	if s.store != nil {
		status := s.store.Status()
		out.Store = &status
	}
	for name, l := range s.lasting {
		out.Upstreams[name] = l.status()
	}
	return out
}

// Limiter returns the limiter that keeps an upstream's quotas, for an operator's orders; nil if it is not configured.
func (s *Shared) Limiter(upstream string) *ratelimit.Limiter {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.lasting[upstream]; l != nil {
		return l.limiter
	}
	return nil
}

func (l *lasting) status() UpstreamStatus {
	s := UpstreamStatus{InFlight: l.inFlight.n.Load(), Throttle: l.limiter.Status(), Credentials: l.credentials.Status()}
	if l.breaks {
		s.Circuit = l.circuit.Status()
	}
	return s
}

// plan is what an upstream will use. Nothing that serves changes before the plan is adopted.
type plan struct {
	upstream Upstream
	lasting  *lasting
	pool     *pool // made from the upstream's settings; lasting's own where those are the same
	limits   ratelimit.Settings

	credentials *credentials.Set
}

// plan prepares the lasting part of an upstream for new settings.
func (s *Shared) plan(u Upstream, limits ratelimit.Settings) (plan, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lasting[u.Name]
	if l == nil {
		l = &lasting{
			budget: resilience.NewBudget(u.Retry), circuit: resilience.NewCircuit(u.Breaker), limiter: s.gone[u.Name],
			credentials: credentials.NewStore(s.secrets),
		}
		l.credentials.Replicas = s.replicas
		if l.limiter == nil {
			l.limiter = ratelimit.New(limits)
		}
	}
	p, err := newPool(u, l.pool, s)
	if err != nil {
		return plan{}, err
	}
	set, err := credentials.New(u.Credentials, l.credentials, s.connectTokens(u))
	return plan{u, l, p, limits, set}, err
}

// adopt puts the plans into effect and closes the connections of upstreams that are gone.
func (s *Shared) adopt(plans []plan, others []credentials.Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look(plans, others)
	before := s.lasting
	s.lasting = map[string]*lasting{}
	for _, p := range plans {
		delete(s.gone, p.upstream.Name)
		p.lasting.configure(p)
		s.lasting[p.upstream.Name] = p.lasting
	}
	for name, l := range before {
		if s.lasting[name] == nil {
			l.pool.close()
			s.gone[name] = l.limiter
			l.credentials.Close()
		}
	}
	maps.DeleteFunc(s.gone, func(_ string, l *ratelimit.Limiter) bool { return l.Idle() })
}

// look sets which secrets are redacted besides those of credentials: the forward proxies', and others.
func (s *Shared) look(plans []plan, others []credentials.Secret) {
	var now []string
	for _, secret := range others {
		now = append(now, secret.Reveal())
	}
	for _, p := range plans {
		if u, err := url.Parse(p.upstream.Proxy.Reveal()); err == nil {
			password, _ := u.User.Password()
			now = append(now, password)
		}
	}
	s.secrets.Add(now...)
	s.secrets.Remove(s.others...)
	s.others = now
}

func (l *lasting) configure(p plan) {
	if p.pool != l.pool {
		l.pool.close()
		l.pool = p.pool
	}
	l.budget.Configure(p.upstream.Retry)
	l.circuit.Configure(p.upstream.Breaker)
	l.breaks = p.upstream.breaks()
	l.limiter.Configure(p.limits)
	l.credentials.Keep(p.credentials)
}

var discardLog = log.New(io.Discard, "", 0)
