package ratelimit

import "time"

// part is what this gateway may use of a window alone, from the moment at which the store failed: what it had already sent,
// and its part of what was left. What it had sent becomes available again as the window forgets it, but the gateway never
// uses more than an equal part of the limit, which is what each has when the window has passed. So all gateways together
// never exceed the limit, as far as each has heard what was left. The zero part is the whole limit.
type part struct {
	since time.Time
	most  int // that may be remembered
	equal int // of the limit
	sent  int // since then
}

// newPart divides what is left of a limit among a number of gateways, of which this one has sent some.
func newPart(limit, sent, left, gateways int, now time.Time) part {
	if gateways < 2 {
		return part{}
	}
	return part{since: now, most: sent + left/gateways, equal: limit / gateways}
}

// remains is how long it takes until the window, which remembers sends for keep, has passed; <= 0 if it has.
func (p *part) remains(now time.Time, keep time.Duration) time.Duration {
	return keep - now.Sub(p.since)
}

// room returns how long it takes until n more fit in, beside what h remembers.
func (p *part) room(h *history, now time.Time, n int) time.Duration {
	if n > min(p.most, p.equal-p.sent) {
		return p.remains(now, h.keep)
	}
	return h.wait(now, p.most, n)
}

// carries is history.carries for a part: at least one request in what remains of the window, after which the part carries
// more.
func (p *part) carries(h *history, now time.Time) float64 {
	rest := float64(max(1, p.equal-p.sent)) / p.remains(now, h.keep).Seconds()
	return min(rest, max(1/p.remains(now, h.keep).Seconds(), h.carries(now, p.most)))
}
