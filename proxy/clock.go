package proxy

import (
	"sync/atomic"
	"time"
)

// clock is the single timer of an exchange. It ends an exchange that takes longer than timeouts.total, and once the answer
// streams, one whose stream is silent for longer than timeouts.idle. Bytes that move do not reset the timer: it checks when
// it fires.
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

// stop ends the clock when the exchange is over.
func (c *clock) stop() {
	if c.alarm != nil {
		c.end()
		c.record.handler.shared.alarms.giveBack(c.alarm)
		c.alarm = nil
	}
}

// stream notes that the answer has begun; from now on only silence is bounded.
func (c *clock) stream() {
	c.move()
	c.phase.Store(streaming)
	if c.record.Start.Add(time.Duration(c.moved.Load())).Add(c.idle).Before(c.deadline) {
		c.alarm.timer.Reset(c.idle)
	}
}

// move notes that a piece of the answer has arrived.
func (c *clock) move() { c.moved.Store(int64(time.Since(c.record.Start))) }

// end notes that nothing is awaited any more.
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

// tooLong ends an exchange that took longer than timeouts.total. If the gateway was waiting for the caller's body, the
// caller is to blame, and the Read must be ended too, because net/http would go on waiting.
func (x *exchange) tooLong() {
	if x.body.isWaiting() {
		x.body.fail(errSlowBody)
		x.body.hurry()
	}
	x.ctx.End(errTotalTimeout)
}
