package ratelimit

import (
	"math/rand/v2"
	"time"
)

// MaxCoolDown is the longest cool-down; what a vendor asks for on top, it asks for again.
const MaxCoolDown = time.Hour

const (
	firstBackOff  = time.Second     // of a refusal that names no time; it doubles with each
	lastBackOff   = time.Minute     //
	soon          = time.Minute     // after a cool-down: whoever is refused then has found a limit
	mostJitter    = time.Second     // on top of a cool-down, never before its end
	probePatience = 5 * time.Second // that the others give the first one after a cool-down
)

// coolDown is a time until which nobody sends. The zero value is none.
type coolDown struct {
	until   time.Time // with its jitter
	why     string
	cleared time.Time // when it was ended last
	refused int       // refusals in a row that named no time
	after   bool      // its end has not been taken notice of
}

// left is how long it lasts; 0 if it is over.
func (c *coolDown) left(now time.Time) time.Duration {
	if c.until.IsZero() {
		return 0
	}
	return max(0, c.until.Sub(now))
}

// withJitter is when a cool-down of wait ends. At random a little is added, so that gateways do not come back together.
func withJitter(now time.Time, wait time.Duration) time.Time {
	return now.Add(wait + rand.N(min(wait/10, mostJitter)+time.Millisecond))
}

// last makes it last until then, unless it lasts longer already.
func (c *coolDown) last(until time.Time, why string) {
	if until.After(c.until) {
		c.until, c.why = until, why
	}
	c.after = true
}

// refuse is told that the vendor refused a request, and when that was sent: those that were under way at the last
// refusal are no further sign where no time is named.
func (c *coolDown) refuse(sent, now time.Time, r Report) {
	wait, why := max(0, r.Wait), "the vendor asked for it"
	switch {
	case !r.HasWait && sent.Before(c.until):
		return
	case !r.HasWait:
		wait, why = min(firstBackOff<<min(c.refused, 16), lastBackOff), "the vendor named no time"
		c.refused++
	case wait > MaxCoolDown:
		wait, why = MaxCoolDown, "the vendor asked for "+spanText(r.Wait)+", of which "+spanText(MaxCoolDown)+" are kept at a time"
	}
	c.last(withJitter(now, wait), why)
}

// relapse is true for a request that was sent soon after the last one.
func (c *coolDown) relapse(sent time.Time) bool {
	return !c.until.IsZero() && !sent.Before(c.until) && sent.Sub(c.until) < soon
}

// ended is true once after the end, for the one who is to drain what was saved up.
func (c *coolDown) ended(now time.Time) bool {
	if !c.after || c.left(now) > 0 {
		return false
	}
	c.after = false
	return true
}

// clear ends it at once; what was saved up is gone all the same.
func (c *coolDown) clear(now time.Time) { c.until, c.cleared, c.refused = time.Time{}, now, 0 }
