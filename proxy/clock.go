package proxy

import (
	"sync/atomic"
	"time"
)

// clock is the one timer of an exchange: it ends what takes longer than timeouts.total, and once the answer streams, what
// stands still for longer than timeouts.idle. Nothing is set anew for each piece that moves: it looks when it fires.
type clock struct {
	record   *exchange
	alarm    *alarm // nil: none, as no upstream was found
	idle     time.Duration
	deadline time.Time // timeouts.total's
	phase    atomic.Int32
	moved    atomic.Int64 // nanoseconds from the start, when a piece of the answer came last
}

// Phases of an exchange. The zero one waits for the answer.
const (
	streaming int32 = iota + 1
	streamed        // nothing is waited for any more
)

// begin starts the clock.
func (c *clock) begin(x *exchange, t Timeouts) {
	c.record, c.idle, c.deadline = x, t.Idle, x.Start.Add(t.Total)
	c.alarm = x.handler.shared.alarms.lend(c, time.Until(c.deadline))
}

// stop is called when the exchange is over.
func (c *clock) stop() {
	if c.alarm != nil {
		c.end()
		c.record.handler.shared.alarms.giveBack(c.alarm)
		c.alarm = nil
	}
}

// stream says that the answer has begun, from when on it may take its time.
func (c *clock) stream() {
	c.move()
	c.phase.Store(streaming)
	if c.record.Start.Add(time.Duration(c.moved.Load())).Add(c.idle).Before(c.deadline) {
		c.alarm.timer.Reset(c.idle)
	}
}

// move says that a piece of the answer came.
func (c *clock) move() { c.moved.Store(int64(time.Since(c.record.Start))) }

// end says that nothing is waited for any more.
func (c *clock) end() { c.phase.Store(streamed) }

// fire ends the exchange if it is time.
func (c *clock) fire() {
	x := c.record
	switch c.phase.Load() {
	case streaming:
		if left := c.idle - (time.Since(x.Start) - time.Duration(c.moved.Load())); left > 0 {
			c.alarm.timer.Reset(left)
			return
		}
		x.ctx.End(errIdleTimeout)
	case streamed:
	default:
		if time.Until(c.deadline) <= 0 {
			x.tooLong()
		}
	}
}

// tooLong ends an exchange that took longer than timeouts.total. Where the caller's body is being waited for, that is the
// caller's fault, and net/http would go on waiting for it.
func (x *exchange) tooLong() {
	if x.body.isWaiting() {
		x.body.fail(errSlowBody)
		x.body.hurry()
	}
	x.ctx.End(errTotalTimeout)
}
