package ratelimit

import (
	"slices"
	"time"
)

// token may be used once, from at on, for as long as it is valid. Its stamp is the same time by the store's clock.
type token struct {
	at    time.Time
	stamp int64
}

// learntValid is how long tokens are valid at most while they count towards limits that were learnt.
const learntValid = 100 * time.Millisecond

// counts is true while requests need tokens.
func (s *lease) counts() bool { return len(s.limits) > 0 || s.learnt() }

// learnt is true for a quota key with limits that nobody configured.
func (s *lease) learnt() bool {
	return s.scope == nil && (s.gate.found != nil || slices.ContainsFunc(s.gate.told, func(t *told) bool { return t.sure }))
}

// valid is how long tokens are valid.
func (s *lease) valid() time.Duration {
	shortest := forever
	if s.learnt() {
		shortest = learntValid
	}
	for _, l := range s.limits {
		shortest = min(shortest, validity(l.Per)+margin(l.Per)/8)
	}
	return shortest
}

// lapse sets aside tokens that were not used in time.
func (s *lease) lapse(now time.Time) {
	valid, n := s.valid(), 0
	for n < len(s.tokens) && now.Sub(s.tokens[n].at) > valid {
		n++
	}
	s.putBack(n)
}

// putBack gives back the first n tokens with the next question.
func (s *lease) putBack(n int) {
	for _, t := range s.tokens[:n] {
		s.unused = append(s.unused, t.stamp)
	}
	s.tokens = slices.Delete(s.tokens, 0, n)
}

// take spends the tokens of a request. What was sent without a token is reported to the store later.
func (s *lease) take(now time.Time, cost int) {
	if s == nil {
		return
	}
	s.used.add(now, cost)
	n := min(cost, len(s.tokens))
	s.tokens = slices.Delete(s.tokens, 0, n)
	if n < cost {
		s.owe(sends{now, cost - n})
	} else if stock := s.stock(now); len(s.tokens) < stock/2 && s.joined() && !s.asking && !now.Before(s.next) {
		s.ask(stock-len(s.tokens), 0, now)
	}
}

// mostStock bounds the tokens that are held before they are needed.
const mostStock = 100

// stock is how many tokens will probably be used while they are valid.
func (s *lease) stock(now time.Time) int {
	rate := s.used.read(now) / meterSpan.Seconds()
	return min(mostStock, int(rate*s.valid().Seconds()))
}

// drain gives all tokens back: after a cool-down nothing is saved up.
func (s *lease) drain() {
	if s != nil {
		s.putBack(len(s.tokens))
	}
}

// batchPace measures how many tokens per second arrive while requests wait for some.
type batchPace struct {
	perSecond float64 // 0: nobody had to wait lately
	n         int     // of the last batch
	first     time.Time
}

// add notes a batch and whether more are waited for than it has.
func (p *batchPace) add(first time.Time, n int, short bool) {
	span := first.Sub(p.first).Seconds()
	switch {
	case !short:
		p.perSecond = 0
	case p.n == 0 || span <= 0:
	case p.perSecond == 0:
		p.perSecond = float64(p.n) / span
	default:
		p.perSecond += (float64(p.n)/span - p.perSecond) / 4
	}
	p.first, p.n = first, n
	if !short {
		p.n = 0
	}
}
