package ratelimit

import (
	"math"
	"time"
)

// Fair queueing by virtual time (Goyal, Vin and Cheng: start-time fair queueing, 1996). In virtual time, a request starts
// when the previous request of its flow has finished, but not before the request that was sent last; it lasts for its cost
// divided by the flow's weight. The request that starts first is sent next. An idle flow saves nothing, and the others use
// its share.

// start is the virtual time at which f's next request starts.
func (g *gate) start(f *flow) float64 { return max(f.finish, g.virtual) }

// served advances virtual time.
func (g *gate) served(f *flow, cost int) {
	g.virtual = g.start(f)
	f.finish = g.virtual + float64(cost)/f.weight
}

// fairest returns whose turn it is among those whose scopes have room, else how long it takes until one has. If slots are
// short, a flow that already holds its share of them comes after those that do not.
func (g *gate) fairest(now time.Time, apart bool) (best *waiter, soonest time.Duration) {
	soonest = forever
	var (
		first float64
		sated bool
	)
	total := g.activeWeight()
	for _, f := range g.flows {
		w, wait := f.first(now, apart)
		if w == nil {
			soonest = min(soonest, wait)
			continue
		}
		start, full := g.start(f), !apart && g.sated(f, total)
		if best == nil || sated && !full || sated == full && (start < first || start == first && w.place < best.place) {
			best, first, sated = w, start, full
		}
	}
	return best, soonest
}

// sated is true for a flow that holds its share of the slots.
func (g *gate) sated(f *flow, total float64) bool {
	most := g.most()
	return most > 0 && float64(f.inFlight) >= float64(most)*f.weight/total
}

// activeWeight is the weight of all flows that wait or hold a slot.
func (g *gate) activeWeight() float64 {
	total := 0.0
	for _, f := range g.flows {
		if len(f.lanes) > 0 || f.inFlight > 0 {
			total += f.weight
		}
	}
	return total
}

// turns is the cost of everything that is sent before and with the next own cost of f: f's requests, and by weight those
// that others have waiting.
func (g *gate) turns(f *flow, own int, now time.Time) int {
	n := own
	for _, other := range g.flows {
		if other != f {
			n += min(other.ahead(nil, leastUrgent, now), int(math.Ceil(float64(own)*other.weight/f.weight)))
		}
	}
	return n
}

// inUse is how much of a request a consumer must have sent lately to count among those who use the quota.
const inUse = 0.1

// share is f's part of the quota by its weight among those who use it.
func (g *gate) share(f *flow, now time.Time) (share, use float64) {
	weights, sent := 0.0, 0.0
	for _, other := range g.flows {
		used := other.sent.read(now)
		sent += used
		if other == f || used > inUse || len(other.lanes) > 0 {
			weights += other.weight
		}
	}
	if sent > 0 {
		use = f.sent.read(now) / sent
	}
	return f.weight / weights, use
}
