package ratelimit

import (
	"slices"
	"time"
)

// Report is what one answer says about the vendor's limits. The zero value says only that the request was not refused.
type Report struct {
	Refused bool          // the vendor wants fewer requests
	Wait    time.Duration // until it wants more, by its own clock; meaningful if HasWait
	HasWait bool
	Whole   bool    // it is about the whole quota key, even if the request had limits of its own
	Counts  []Count // what it says is left
}

// report learns from an answer.
func (g *gate) report(n int, turn uint64, r Report, now time.Time) {
	cell := g.slots.held(n, turn)
	if cell == nil {
		return
	}
	if g.limiter.config.Mode == ModeEnforce {
		g.learn(cell, r, now)
	}
	if cell.probe {
		cell.probe = false
		g.ramp(now)
	}
	g.pump(now)
}

func (g *gate) learn(cell *slot, r Report, now time.Time) {
	g.forget(now)
	own := limited(cell.scopes)
	for _, c := range r.Counts {
		g.hear(c, len(own) > 0, now)
	}
	switch {
	case !r.Refused:
		g.passed.add(now, 1)
		g.cool.refused = 0
		for _, s := range own {
			s.cool.refused = 0
		}
	case len(own) == 0 || r.Whole:
		relapse := g.cool.relapse(cell.since)
		until := g.cool.until
		if g.cool.refuse(cell.since, now, r); g.cool.until != until {
			g.lease.tell()
		}
		if len(g.windows) == 0 || relapse { // else the limit is known, and one refusal a matter of chance
			g.slowDown(cell.since, now)
		}
	default:
		for _, s := range own {
			s.cool.refuse(cell.since, now, r)
			s.lease.tell()
		}
	}
}

// slowDown searches for a limit that nobody configured, after the refusal of a request that was sent at a given time.
func (g *gate) slowDown(sent, now time.Time) {
	if g.lease.joined() {
		g.lease.back(sent, now)
	} else {
		g.back(sent, now)
	}
}

// limited returns the scopes with a limit that a request may have run into.
func limited(scopes []*scope) (out []*scope) {
	for _, s := range scopes {
		if len(s.windows) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// forget drops learnt limits that no longer apply.
func (g *gate) forget(now time.Time) {
	over := func(t *told) bool { return t.over(now) }
	if slices.ContainsFunc(g.told, over) {
		g.told = slices.DeleteFunc(g.told, over)
		g.gather()
	}
	if g.found != nil && g.found.over(now) {
		g.found = nil
		g.gather()
	}
}
