package ratelimit

import (
	"math/rand/v2"
	"time"
)

// MaxCoolDown is the longest cool-down. A vendor that wants a longer one will ask again.
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

// left is how much longer it lasts; 0 if it is over.
func (c *coolDown) left(now time.Time) time.Duration {
	if c.until.IsZero() {
		return 0
	}
	return max(0, c.until.Sub(now))
}

// withJitter returns when a cool-down of wait ends. A small random part is added, so that gateways do not return all at
// once.
func withJitter(now time.Time, wait time.Duration) time.Time {
	return now.Add(wait + rand.N(min(wait/10, mostJitter)+time.Millisecond))
}

// last extends it to a time, unless it already lasts longer.
func (c *coolDown) last(until time.Time, why string) {
	if until.After(c.until) {
		c.until, c.why = until, why
	}
	c.after = true
}

// refuse notes that the vendor refused a request that was sent at a given time. Where the vendor names no time to wait, a
// request that was already under way at the previous refusal is no further evidence.
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

// relapse is true for a request that was sent soon after the previous cool-down.
func (c *coolDown) relapse(sent time.Time) bool {
	return !c.until.IsZero() && !sent.Before(c.until) && sent.Sub(c.until) < soon
}

// ended is true once after the end, for the caller that then drains the saved tokens.
func (c *coolDown) ended(now time.Time) bool {
	if !c.after || c.left(now) > 0 {
		return false
	}
	c.after = false
	return true
}

// clear ends it at once. The saved tokens are lost all the same.
func (c *coolDown) clear(now time.Time) { c.until, c.cleared, c.refused = time.Time{}, now, 0 }
