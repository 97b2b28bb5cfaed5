package ratelimit

import "time"

// NewPatientRedis is NewRedis for tests of what holds while the store answers: it waits for as long as a busy machine takes.
func NewPatientRedis(url string) (*Redis, error) { return newRedis(url, 1, 20*time.Second) }

// SentAt is when the limiter let the request through, which a busy machine may tell its caller late.
func (g Grant) SentAt() time.Time {
	g.gate.limiter.mu.Lock()
	defer g.gate.limiter.mu.Unlock()
	return g.gate.slots.cells[g.slot].since
}
