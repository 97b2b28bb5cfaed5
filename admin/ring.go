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

// intakeSize is how many failures may wait to be kept. Further ones are only counted.
const intakeSize = 256

// settling is how long Run lets failures collect. Waking it for each one would cost an exchange more than everything else
// here.
const settling = 5 * time.Millisecond

// expireEvery is how often old occurrences are dropped, and new ones packed.
const expireEvery = 30 * time.Second

// Ring keeps recent failures, grouped by fingerprint, and counts what callers got. Observe is called with every exchange;
// all slow work happens in Run. It outlives reloads and may be used concurrently.
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

// NewRing returns an empty ring. redact removes the secrets that the gateway knows; nil removes none. callers returns the
// URL at which the gateway is called.
func NewRing(limits Limits, redact func(string) string, callers func() string) *Ring {
	return &Ring{
		limits: limits, redact: redact, callers: callers, rates: rates{windows: map[string]*window{}},
		intake: make(chan proxy.Exchange, intakeSize), store: newStore(limits), changes: pulse{next: make(chan struct{})},
	}
}

// Observe is a proxy.Observer. It never waits: a failure that comes faster than Run keeps them is only counted.
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

// Hangup ends all event streams, which would delay a drain, and prevents new ones.
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
			r.store.packNew()
			r.rates.forget(now)
		}
	}
}

// keep stores what an exchange says.
func (r *Ring) keep(x proxy.Exchange) {
	for _, o := range occurrencesOf(x, r.limits.Bodies) {
		r.store.add(o)
	}
}

// pulse notifies any number of listeners of a change.
type pulse struct {
	mu    sync.Mutex
	next  chan struct{} // closed by the next beat
	ended bool
}

// wait returns a channel that the next beat closes, and false if there will be none.
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
