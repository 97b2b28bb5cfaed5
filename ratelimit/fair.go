package ratelimit

import (
	"math"
	"time"
)

// Fair queueing by virtual time (Goyal, Vin and Cheng: start-time fair queueing, 1996). A request starts, in virtual
// time, when its flow's last one has finished, but not before the one that was sent last; it lasts its cost by the
// flow's weight. Who starts first is next. An idle flow saves nothing up, and its share is the others' meanwhile.

// start is the virtual time at which f's next one starts.
func (g *gate) start(f *flow) float64 { return max(f.finish, g.virtual) }

// served moves virtual time on.
func (g *gate) served(f *flow, cost int) {
	g.virtual = g.start(f)
	f.finish = g.virtual + float64(cost)/f.weight
}

// fairest returns whose turn it is among those whose scopes have room, else how long that takes. Where slots are
// short, a flow that holds its share of them comes after those that do not.
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

// activeWeight is that of all flows that want or use something.
func (g *gate) activeWeight() float64 {
	total := 0.0
	for _, f := range g.flows {
		if len(f.lanes) > 0 || f.inFlight > 0 {
			total += f.weight
		}
	}
	return total
}

// turns is the cost of all that is sent until own of f's have been: f's own, and by weight what others have waiting.
func (g *gate) turns(f *flow, own int, now time.Time) int {
	n := own
	for _, other := range g.flows {
		if other != f {
			n += min(other.ahead(nil, leastUrgent, now), int(math.Ceil(float64(own)*other.weight/f.weight)))
		}
	}
	return n
}

// inUse is how much of a request somebody has sent lately who counts as one of those who use the quota.
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
