package admin

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"gateway/proxy"
)

// Limits bound what a Ring keeps.
type Limits struct {
	Failures int           // occurrences
	Bytes    int64         // of problems, answers and all that belongs to them
	For      time.Duration // how long
	Bodies   bool          // whether answers are kept with their bodies
}

// intakeSize is how many failures may wait to be kept; beyond it they are only counted.
const intakeSize = 256

// settling is how long Run leaves failures waiting for others: to be woken for each costs an exchange more than the rest.
const settling = 5 * time.Millisecond

// expireEvery is how often old things are let go.
const expireEvery = 30 * time.Second

// Ring keeps what failed lately, grouped by fingerprint, and counts what callers got. It is told of every exchange by
// Observe; all that costs time happens in Run. It outlives reloads and may be used concurrently.
type Ring struct {
	limits  Limits
	redact  redaction
	callers func() string
	rates   rates
	intake  chan proxy.Exchange
	lost    atomic.Int64
	store   *store
	changes pulse
}

// NewRing returns an empty one. redact takes the secrets out that the gateway knows; nil knows none. callers tells
// the URL at which the gateway itself is called.
func NewRing(limits Limits, redact func(string) string, callers func() string) *Ring {
	return &Ring{
		limits: limits, redact: redact, callers: callers, rates: rates{windows: map[string]*window{}},
		intake: make(chan proxy.Exchange, intakeSize), store: newStore(limits), changes: pulse{next: make(chan struct{})},
	}
}

// Observe is a proxy.Observer. It waits for nothing: a failure that comes faster than Run keeps them is only counted.
func (r *Ring) Observe(x proxy.Exchange) {
	r.rates.count(&x)
	switch failed := x.Problem != nil || x.Batch != nil && len(x.Batch.Items) > 0; {
	case failed:
	case x.Passed == nil, len(r.intake) > intakeSize/2: // successes leave room for failures
		return
	}
	if a := x.Answer; a != nil && cap(a.Body) > maxBodyBytes {
		if len(r.intake) == cap(r.intake) { // not worth a copy
			r.lost.Add(1)
			return
		}
		clipped := *a
		clipped.Body, clipped.Cut = clipBody(a.Body), a.Cut || len(a.Body) > maxBodyBytes
		x.Answer = &clipped
	}
	select {
	case r.intake <- x:
	default:
		r.lost.Add(1)
	}
}

// Hangup ends every stream of events, which would hold up a server that drains, and lets none begin.
func (r *Ring) Hangup() { r.changes.end() }

// Run keeps failures until ctx ends.
func (r *Ring) Run(ctx context.Context) error {
	defer r.Hangup()
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	intake, settled := r.intake, (<-chan time.Time)(nil)
	for {
		select {
		case <-ctx.Done():
			return nil
		case x := <-intake:
			r.keep(x)
			for range len(r.intake) {
				r.keep(<-r.intake) // nobody else receives
			}
			r.changes.beat()
			settled = time.After(settling)
			intake = nil
		case <-settled:
			intake = r.intake
		case now := <-tick.C:
			r.store.expire(now)
			r.rates.forget(now)
		}
	}
}

// keep keeps what an exchange tells.
func (r *Ring) keep(x proxy.Exchange) {
	for _, o := range occurrencesOf(x, r.limits.Bodies) {
		r.store.add(o)
	}
}

// pulse tells any number of listeners that something changed.
type pulse struct {
	mu    sync.Mutex
	next  chan struct{} // closed by the next beat
	ended bool
}

// wait returns what is closed by the next beat, and false if there will be none.
func (p *pulse) wait() (<-chan struct{}, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next, !p.ended
}

func (p *pulse) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		close(p.next)
		p.next = make(chan struct{})
	}
}

func (p *pulse) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		p.ended = true
		close(p.next)
	}
}
