// Package ratelimit keeps vendors' quotas: it holds requests until they may be sent, shares what there is between
// consumers by weight, refuses at once what could not be sent in time, and listens to what vendors say about their
// limits.
package ratelimit

import "time"

// DefaultPriority is the urgency of a request that names none (RFC 9218, section 4.1).
const DefaultPriority = 3

// leastUrgent is the last of the urgencies 0 to 7.
const leastUrgent = 7

// Request describes a request that is to be sent.
type Request struct {
	Key      string        // the quota key's value
	Consumer string        // among which quota and slots are shared
	Priority int           // urgency of RFC 9218 among the consumer's own: 0 goes first, 7 last
	MaxWait  time.Duration // how long it may be held; 0 refuses at once what cannot be sent at once
	Scopes   []Scope       // further limits that hold for its route
	Cost     int           // of every limit; 0 means 1
	Apart    bool          // is held by its scopes and by cool-downs alone
}

// Scope has limits of its own within a quota key, such as those of one resource.
type Scope struct {
	Name   string // in problems and headers: "bookings"
	Key    string // what counts apart: "bookings/BOOK-1"
	Limits []Limit
}

// normalize brings r within its bounds. A cost above a limit is reduced to that limit, because the request could otherwise
// never be sent.
func (r *Request) normalize(limits []Limit) {
	r.Cost = max(1, r.Cost)
	for _, l := range limits {
		r.Cost = min(r.Cost, l.Requests)
	}
	for _, s := range r.Scopes {
		for _, l := range s.Limits {
			r.Cost = min(r.Cost, l.Requests)
		}
	}
	r.Priority = min(max(0, r.Priority), leastUrgent)
}

// Kind says what became of a request.
type Kind string

// Kinds, as the metrics name them.
const (
	Sent        Kind = "sent"
	Waited      Kind = "waited"  // sent after it was held
	Refused     Kind = "refused" // see Error
	Gone        Kind = "gone"    // the caller went while it was held
	WouldWait   Kind = "would_wait"
	WouldRefuse Kind = "would_refuse"
)

// Kinds lists them all.
func Kinds() []Kind { return []Kind{Sent, Waited, Refused, Gone, WouldWait, WouldRefuse} }

// Decision is what became of a request, and after how long. In observe mode, Wait is how long it would have been held.
type Decision struct {
	Kind Kind
	Wait time.Duration
}

// Grant is the right to send one request now. The zero value holds nothing.
type Grant struct {
	Decision Decision

	gate *gate
	slot int
	turn uint64 // of the slot's, so that a second Done frees nobody else's
}

// Report passes on what the answer says about the vendor's limits. Call it as soon as the answer's header has arrived.
func (g Grant) Report(r Report) {
	if g.gate == nil {
		return
	}
	l := g.gate.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	g.gate.report(g.slot, g.turn, r, time.Now())
}

// Done frees the slot that the request held. Only the first call has an effect.
func (g Grant) Done() {
	if g.gate == nil {
		return
	}
	l := g.gate.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	g.gate.done(g.slot, g.turn, time.Now())
}
