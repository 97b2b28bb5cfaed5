package proxy

import (
	"sync"
	"time"
)

// alarms are timers that exchanges reuse. A new timer for each exchange would cost memory, and a place among the runtime's
// timers.
type alarms struct{ pool sync.Pool }

// alarm wakes one clock at a time.
type alarm struct {
	mu    sync.Mutex // held while the clock looks, so that no exchange is woken for another
	timer *time.Timer
	clock *clock // nil: none
}

// lend returns a timer that wakes c after a time.
func (all *alarms) lend(c *clock, after time.Duration) *alarm {
	a, ok := all.pool.Get().(*alarm)
	if !ok {
		a = &alarm{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.clock = c; ok {
		a.timer.Reset(after)
	} else {
		a.timer = time.AfterFunc(after, a.fire)
	}
	return a
}

// giveBack returns a timer; it no longer wakes its clock.
func (all *alarms) giveBack(a *alarm) {
	a.mu.Lock()
	a.timer.Stop()
	a.clock = nil
	a.mu.Unlock()
	all.pool.Put(a)
}

// fire may come late, for a clock that has already returned the timer. The next clock then finds that its time has not
// come.
func (a *alarm) fire() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.clock != nil {
		a.clock.fire()
	}
}
