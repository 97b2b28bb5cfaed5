package ratelimit

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	maxKeys    = 16384 // quota keys at once; what comes on top shares one
	maxWaiting = 10000 // requests that one upstream's limiter holds at once
)

// Settings are what a Limiter keeps to. They are never changed.
type Settings struct {
	Config
	Weights map[string]float64 // of consumers; 1 for those it does not name
	Name    string             // of the upstream: gateways with the same one count together
	Store   *Redis             // nil: this gateway counts by itself; it does not change
}

// Limiter keeps the quotas of one upstream, one for each quota key. Its memory outlives its settings. It may be used
// concurrently.
type Limiter struct {
	mu      sync.Mutex
	config  Config
	weights map[string]float64
	gates   recent[*gate]
	turn    uint64 // of the one who came last
	waiting int
	paused  map[string]Pause // by consumer; "": everybody
	rest    coolDown         // that an operator set
	name    string
	store   *Redis // nil: none
}

// New returns a limiter that has sent nothing yet.
func New(s Settings) *Limiter {
	l := &Limiter{config: s.Or(Config{}), weights: s.Weights, paused: map[string]Pause{}, name: s.Name, store: s.Store}
	if s.Store != nil {
		s.Store.join(l)
	}
	return l
}

// Configure changes the settings from now on. What was sent still counts, waiting requests continue to wait, and what was
// learnt or ordered stays.
func (l *Limiter) Configure(s Settings) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.config, l.weights = s.Or(Config{}), s.Weights
	now := time.Now()
	for g := range l.gates.all() {
		g.configure(now)
	}
}

// Acquire returns when the request may be sent. Call Done on the grant when the answer has ended. It returns an *Error at
// once if the request would have to wait longer than it may, or later if it has waited that long, and the context's error
// if the context ends first. A request that gets an error has spent nothing; its grant says how long it was held.
func (l *Limiter) Acquire(ctx context.Context, r Request) (Grant, error) {
	if err := ctx.Err(); err != nil {
		return Grant{}, err
	}
	l.mu.Lock()
	now := time.Now()
	grant, w, err := l.admit(ctx, &r, now)
	l.mu.Unlock()
	if w == nil {
		return grant, err
	}
	if grant, err = l.await(ctx, w); err != nil {
		grant.Decision.Wait = time.Since(w.since)
	}
	return grant, err
}

func (l *Limiter) admit(ctx context.Context, r *Request, now time.Time) (Grant, *waiter, error) {
	r.normalize(l.config.Limits)
	if err := l.ordered(r, now); err != nil {
		return Grant{}, nil, err
	}
	if l.config.Mode == ModeOff {
		return Grant{Decision: Decision{Kind: Sent}}, nil, nil
	}
	if l.apart(OnFailureClosed) {
		return Grant{}, nil, &Error{Reason: StoreFails, Consumer: r.Consumer, Bound: r.MaxWait, RetryAfter: heartbeat}
	}
	return l.gate(r.Key, now).admit(ctx, r, now)
}

// Idle reports whether l can be dropped without any effect.
func (l *Limiter) Idle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.expire(now)
	return l.gates.len() == 0 && len(l.paused) == 0 && l.rest.left(now) == 0
}

// expire drops the quota keys that have been unused for so long that nothing of them counts.
func (l *Limiter) expire(now time.Time) {
	l.gates.expire(func(g *gate) bool {
		idle := g.idle(now)
		if idle {
			g.close()
		}
		return idle
	})
}

// gate finds or makes the gate of a quota key.
func (l *Limiter) gate(key string, now time.Time) *gate {
	if g, ok := l.gates.get(key); ok {
		return g
	}
	l.expire(now)
	if l.gates.len() >= maxKeys && key != overflow {
		return l.gate(overflow, now)
	}
	g := newGate(l, key, now)
	l.gates.put(key, g)
	return g
}

// overflow is the quota key that stands for those beyond maxKeys. They share their limits rather than have none.
const overflow = "\x00overflow"

func (l *Limiter) weightOf(consumer string) float64 {
	if weight := l.weights[consumer]; weight > 0 {
		return weight
	}
	return 1
}

// errGone stands for the context's error of a caller that left.
var errGone = errors.New("the caller is gone")

// await returns when w's turn has come, its time is over or its caller has left.
func (l *Limiter) await(ctx context.Context, w *waiter) (Grant, error) {
	timer := time.NewTimer(w.bound)
	defer timer.Stop()
	for waits := true; waits; {
		select {
		case <-w.ready:
		case <-timer.C:
		case <-ctx.Done():
		}
		if waits = l.unsure(ctx, w, time.Now()); waits {
			timer.Reset(storeStep)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !w.finished {
		l.end(ctx, w, time.Now())
	}
	if w.err != nil && ctx.Err() != nil {
		return Grant{}, ctx.Err()
	}
	return w.grant, w.err
}

// storeStep is how often a request whose time is over checks for the store's answer.
const storeStep = 2 * time.Millisecond

// unsure is true while the store has yet to say whether w may be sent. Even a request that may not be held waits for this
// answer, until the store is found to fail.
func (l *Limiter) unsure(ctx context.Context, w *waiter, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.finished || ctx.Err() != nil {
		return false
	}
	unsure := w.lane.flow.gate.lease.unsure(now, now.Sub(w.since)-w.bound)
	for _, s := range w.lane.scopes {
		unsure = unsure || s.lease.unsure(now, now.Sub(w.since)-w.bound)
	}
	return unsure
}

// end removes a request whose turn has not come in time, unless it comes just now.
func (l *Limiter) end(ctx context.Context, w *waiter, now time.Time) {
	g := w.lane.flow.gate
	if g.pump(now); w.finished {
		return
	}
	o := g.expect(w.lane.flow, &w.request, w.lane, w.lane.scopes, now)
	g.leave(w)
	if ctx.Err() != nil {
		w.finish(Grant{}, errGone)
	} else {
		w.finish(Grant{}, g.explain(o, &w.request, w.bound, now.Sub(w.since), now))
	}
	g.pump(now)
}
