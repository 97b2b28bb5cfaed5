package ratelimit

import "time"

// part is what this gateway may use of a window by itself, from the moment on that the store failed: what it had sent, and its
// part of what was left. What it had sent comes back to it as the window forgets it, and of the limit it uses no more than an
// equal part meanwhile, which is what all have when the window has passed. So all together never have more than the limit, as
// far as each has heard of what was left. The zero part is all of the limit.
type part struct {
	since time.Time
	most  int // that may be remembered
	equal int // of the limit
	sent  int // since then
}

// newPart divides what is left of a limit by so many gateways, of which this one has sent some.
func newPart(limit, sent, left, gateways int, now time.Time) part {
	if gateways < 2 {
		return part{}
	}
	return part{since: now, most: sent + left/gateways, equal: limit / gateways}
}

// remains is how long it is until the window has passed, which keeps what was sent for so long; <= 0: it has.
func (p *part) remains(now time.Time, keep time.Duration) time.Duration {
	return keep - now.Sub(p.since)
}

// room returns when n more fit in, beside what h remembers.
func (p *part) room(h *history, now time.Time, n int) time.Duration {
	if n > min(p.most, p.equal-p.sent) {
		return p.remains(now, h.keep)
	}
	return h.wait(now, p.most, n)
}

// carries is history.carries for a part: one in what remains of the window at least, after which it carries more.
func (p *part) carries(h *history, now time.Time) float64 {
	rest := float64(max(1, p.equal-p.sent)) / p.remains(now, h.keep).Seconds()
	return min(rest, max(1/p.remains(now, h.keep).Seconds(), h.carries(now, p.most)))
}
