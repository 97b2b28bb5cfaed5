package resilience

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

const (
	defaultFailureRatio = 0.5
	defaultMinRequests  = 20
	defaultOpenFor      = 10 * time.Second
	// breakerWindow is the time over which failures are counted, in steps of breakerStep.
	breakerWindow = 10 * time.Second
	breakerStep   = time.Second
)

// Circuit is what a Breaker knows about its vendor. It outlives reloads and may be used concurrently.
type Circuit struct {
	mu     sync.Mutex // never held while calling two
	config BreakerConfig
	two    *gobreaker.TwoStepCircuitBreaker[struct{}]
	since  time.Time // of the state
	given  time.Time // when the vendor was given up; the zero time while closed
	reason string

	probes  uint64 // so far
	probing turn   // the one under way; the zero turn where none is
}

// NewCircuit returns a closed circuit.
func NewCircuit(c BreakerConfig) *Circuit {
	circuit := &Circuit{}
	circuit.Configure(c)
	return circuit
}

// Configure changes the limits. Counts are kept, unless open_for changes.
func (c *Circuit) Configure(cfg BreakerConfig) {
	cfg = cfg.withDefaults()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.two == nil || cfg.OpenFor != c.config.OpenFor {
		c.two = c.newBreaker(cfg.OpenFor)
		c.since, c.given = time.Now(), time.Time{}
	}
	c.config = cfg
}

func (c BreakerConfig) withDefaults() BreakerConfig {
	if c.FailureRatio == 0 {
		c.FailureRatio = defaultFailureRatio
	}
	if c.MinRequests == 0 {
		c.MinRequests = defaultMinRequests
	}
	if c.OpenFor == 0 {
		c.OpenFor = defaultOpenFor
	}
	return c
}

func (c *Circuit) newBreaker(openFor time.Duration) *gobreaker.TwoStepCircuitBreaker[struct{}] {
	return gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Interval:      breakerWindow,
		BucketPeriod:  breakerStep,
		Timeout:       openFor,
		ReadyToTrip:   c.trips,
		OnStateChange: c.changed,
		IsExcluded:    func(err error) bool { return errors.Is(err, errIgnored) },
	})
}

// trips considers only requests that have ended: requests under way have not failed yet.
func (c *Circuit) trips(n gobreaker.Counts) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	ended := n.TotalFailures + n.TotalSuccesses
	if int(ended) < c.config.MinRequests || float64(n.TotalFailures) < c.config.FailureRatio*float64(ended) {
		return false
	}
	c.reason = fmt.Sprintf("%d of its last %d answers were failures", n.TotalFailures, ended)
	return true
}

func (c *Circuit) changed(_ string, from, to gobreaker.State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
	switch {
	case to == gobreaker.StateClosed:
		c.given = time.Time{}
	case from == gobreaker.StateClosed:
		c.given = c.since
	}
}

// allow returns a turn, which must be ended, or an *OpenError.
func (c *Circuit) allow() (turn, error) {
	c.mu.Lock()
	t := turn{circuit: c, two: c.two, since: c.since, began: time.Now()}
	isClosed := c.given.IsZero()
	c.mu.Unlock()
	isProbe := !isClosed && t.two.State() == gobreaker.StateHalfOpen
	var err error
	if t.done, err = t.two.Allow(); errors.Is(err, gobreaker.ErrTooManyRequests) && c.overtake(t.began) {
		t.done, err = t.two.Allow()
	}
	if err != nil {
		s := c.Status()
		return turn{}, &OpenError{RetryAfter: max(s.RetryAfter, time.Second), Since: s.GivenUp, Reason: s.Reason}
	}
	if isProbe {
		c.begin(&t)
	}
	return t, nil
}

// begin makes t the probe.
func (c *Circuit) begin(t *turn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.probes++
	t.probe = c.probes
	c.probing = *t
}

// overtake makes room for another probe if the present one hangs for longer than an interval: the vendor may be back, and
// nobody would notice.
func (c *Circuit) overtake(now time.Time) bool {
	c.mu.Lock()
	hanging := c.probing
	isLate := hanging.probe != 0 && now.Sub(hanging.began) >= c.config.OpenFor
	if isLate {
		c.probing = turn{}
	}
	c.mu.Unlock()
	if isLate {
		hanging.done(errIgnored)
	}
	return isLate
}

// over ends the present probe and returns true; it returns false for a probe that was overtaken.
func (c *Circuit) over(probe uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.probing.probe != probe {
		return false
	}
	c.probing = turn{}
	return true
}

// isAsOf is true while the circuit is still in the state that it entered at that time.
func (c *Circuit) isAsOf(since time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.since.Equal(since)
}

// turn is the right to make one attempt.
type turn struct {
	circuit *Circuit
	two     *gobreaker.TwoStepCircuitBreaker[struct{}]
	done    func(error)
	began   time.Time
	since   time.Time // of the circuit's state then
	probe   uint64    // its number; 0 for what is none
}

// end reports the outcome of the attempt.
func (t turn) end(fact Fact) {
	outcome := fact.outcome(t.probe != 0)
	switch {
	case t.probe != 0:
		if isLast := t.circuit.over(t.probe); isLast || outcome == nil {
			t.done(outcome)
		}
	case time.Since(t.began) < breakerStep:
		t.done(outcome)
	default:
		t.endLate(outcome)
	}
}

// endLate counts an outcome that took long as of now, unless the circuit has opened since: the failure was known then. The
// library counts an outcome at the time at which its request began, and drops it if that is longer ago than the window.
// Those are exactly the outcomes of a vendor that hangs.
func (t turn) endLate(outcome error) {
	t.done(errIgnored)
	if t.circuit.isAsOf(t.since) {
		if done, err := t.two.Allow(); err == nil {
			done(outcome)
		}
	}
}

// CircuitStatus is a snapshot.
type CircuitStatus struct {
	State      string        // closed, open or half-open
	Since      time.Time     // of the state
	GivenUp    time.Time     // when it was left that the vendor works; the zero time while closed
	RetryAfter time.Duration // until the next probe; 0 unless open
	Reason     string        // why it opened last; "" while closed
}

// Status returns a snapshot for the scrape, the page, and stages that should not even try.
func (c *Circuit) Status() CircuitStatus {
	c.mu.Lock()
	two := c.two
	c.mu.Unlock()
	state := two.State() // may change it
	c.mu.Lock()
	defer c.mu.Unlock()
	s := CircuitStatus{State: state.String(), Since: c.since}
	if state != gobreaker.StateClosed {
		s.GivenUp, s.Reason = c.given, c.reason
	}
	if state == gobreaker.StateOpen {
		s.RetryAfter = max(c.config.OpenFor-time.Since(c.since), 0)
	}
	return s
}
