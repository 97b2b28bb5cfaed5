package proxy

import (
	"context"
	"net"
	"net/netip"
	"time"

	"gateway/ratelimit"
)

// RefusalText is what callers are told of a refusal of the throttle.
func RefusalText(e *ratelimit.Error) string { return refusalText(e) }

// DialWith makes connections by f; set it before the first.
func (s *Shared) DialWith(f func(d *net.Dialer, ctx context.Context, network, address string) (net.Conn, error)) {
	s.dial = f
}

// AgeConnections makes every connection older.
func (s *Shared) AgeConnections(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lasting {
		l.pool.mu.Lock()
		l.pool.born = l.pool.born.Add(-by)
		l.pool.mu.Unlock()
	}
}

// LookUpWith looks names up by f, where the gateway does so itself; set it before the first.
func (s *Shared) LookUpWith(f func(ctx context.Context, network, host string) ([]netip.Addr, error)) {
	s.lookUp = f
}
