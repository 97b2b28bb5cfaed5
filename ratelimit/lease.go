package ratelimit

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"time"
)

// lease is this gateway's part of a quota that several count together: tokens and slots that it has leased, and what it
// has yet to tell. A nil lease is that of a gateway that counts by itself. It is guarded by the limiter's mutex.
type lease struct {
	gate    *gate
	scope   *scope // nil: the quota key's own
	store   *Redis
	key     string
	limits  []Limit
	tokens  []token // in the order of their times
	unused  []int64 // tokens to be given back, by the store's clock
	unpaid  []sends // sends without a token, that the store is to be told of
	asking  bool
	next    time.Time // the store is not asked for tokens before
	soonest time.Time // there is none before, unless others give some back
	slots   int
	pressed bool                    // other gateways lack slots
	asked   time.Time               // last
	heard   time.Time               // when the store answered last: cool-downs and what others learnt are known; zero: never
	latest  time.Time               // of that, and of the tokens that it leased
	settles time.Time               // until then nothing is leased, as the store has lost its memory and is told anew
	sent    []sends                 // all of them, that the store is to be told of as it has lost its memory
	again   bool                    // it is to be asked once more when it has answered
	late    bool                    // it has yet to be told what was sent while it failed, or before it forgot
	born    map[time.Duration]int64 // when its memory of windows began, by their length; 0: that of slots
	denied  bool                    // slots that were wanted
	refused time.Time               // when the request was sent that the vendor refused, of which the store is to be told; zero: none
	used    meter
	pace    batchPace
}

// token may be used once from at on, for as long as it is valid. Its stamp is the same time by the store's clock.
type token struct {
	at    time.Time
	stamp int64
}

// sends are a number of them, the last at the time at.
type sends struct {
	at time.Time
	n  int
}

// newLease returns the lease of a quota key, or of a scope within it.
func newLease(g *gate, s *scope, key string, limits []Limit) *lease {
	store := g.limiter.store
	if store == nil {
		return nil
	}
	sum := sha256.Sum256([]byte(g.limiter.name + "\x00" + key))
	made := &lease{gate: g, scope: s, store: store, key: hex.EncodeToString(sum[:16]), limits: limits, born: map[time.Duration]int64{}}
	store.add(made)
	return made
}

func (s *lease) restKey() string { return "gateway:{" + s.key + "}:rest" }

// joined is true while gateways count together.
func (s *lease) joined() bool {
	return s != nil && s.store.answers() && s.gate.limiter.config.Mode == ModeEnforce
}

// learntValid is how long tokens are at most while they count towards limits that were learnt.
const learntValid = 100 * time.Millisecond

// counts is true while requests need tokens.
func (s *lease) counts() bool { return len(s.limits) > 0 || s.learnt() }

// learnt is true for a quota key with limits that nobody configured.
func (s *lease) learnt() bool {
	return s.scope == nil && (s.gate.found != nil || slices.ContainsFunc(s.gate.told, func(t *told) bool { return t.sure }))
}

// valid is how long the tokens are.
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

// lapse sets tokens aside that were not used in time.
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

// due returns when a request of this cost has its tokens. Where there are none it asks for some.
func (s *lease) due(now time.Time, cost int) time.Duration {
	if !s.joined() || !s.heard.IsZero() && !s.counts() {
		return 0
	}
	s.lapse(now)
	switch {
	case !s.counts(): // the first request must not pass what holds at the others
		if !s.asking {
			s.ask(0, 1, now)
		}
		return s.store.bound
	case len(s.tokens) >= cost:
		return max(0, s.tokens[cost-1].at.Sub(now))
	case s.asking:
		return s.store.bound
	case now.Before(s.next):
		return s.next.Sub(now)
	}
	s.ask(max(cost, s.waiting())-len(s.tokens), 1, now)
	return s.store.bound
}

// forecast returns when so many more will have had their tokens.
func (s *lease) forecast(now time.Time, n int) time.Duration {
	switch {
	case !s.joined() || !s.counts():
		return 0
	case s.settles.After(now): // which is no fault of the limits
		now = s.settles
	}
	if n <= len(s.tokens) {
		return max(0, s.tokens[n-1].at.Sub(now))
	}
	wait := max(0, s.soonest.Sub(now))
	if held := len(s.tokens); held > 0 {
		wait = max(wait, s.tokens[held-1].at.Sub(now))
	}
	if rate := s.pace.perSecond; rate > 0 {
		wait += time.Duration(float64(n-len(s.tokens)-1) / rate * float64(time.Second))
	}
	return wait
}

// unsure is true while the store has yet to say when there are tokens, and who has waited for it for so long goes on doing so.
func (s *lease) unsure(now time.Time, waited time.Duration) bool {
	if s == nil {
		return false
	}
	settling := now.Before(s.settles.Add(slotsAgain)) // then slots are asked for, too
	return s.asking && waited < 2*s.store.bound || settling && waited < 2*s.store.bound+storePatience
}

// take spends the tokens of a request; the store is told later of what was sent without.
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

// mostStock bounds the tokens that are held before anybody needs them.
const mostStock = 100

// stock is how many tokens will likely be used while they are valid.
func (s *lease) stock(now time.Time) int {
	rate := s.used.read(now) / meterSpan.Seconds()
	return min(mostStock, int(rate*s.valid().Seconds()))
}

// owe notes what is to be told of what was sent without a token.
func (s *lease) owe(more sends) { s.unpaid = noted(s.unpaid, more, s.valid()) }

// noted adds sends to a list; those of one moment together.
func noted(list []sends, more sends, moment time.Duration) []sends {
	const mostMarks = 200
	if last := len(list) - 1; last >= 0 && more.at.Sub(list[last].at) < moment {
		list[last] = sends{more.at, list[last].n + more.n}
		return list
	}
	if len(list) >= mostMarks { // the oldest two as one, later than it was
		list[1].n += list[0].n
		list = slices.Delete(list, 0, 1)
	}
	return append(list, more)
}

// drain gives all tokens back: after a cool-down nothing is saved up.
func (s *lease) drain() {
	if s != nil {
		s.putBack(len(s.tokens))
	}
}

// waiting is the number of tokens that are waited for.
func (s *lease) waiting() int {
	if s.scope != nil {
		return s.scope.waiting
	}
	return s.gate.wanting()
}

// windows are this gateway's own, which remember all that it sent.
func (s *lease) windows() []*window {
	if s.scope != nil {
		return s.scope.windows
	}
	return s.gate.windows
}

// remember has the store told all that the windows remember, as its own memory is gone.
func (s *lease) remember(now time.Time) {
	s.sent, s.unpaid = nil, nil
	longest := longestOf(s.windows())
	if longest == nil {
		return
	}
	longest.sent.count(now)
	for _, m := range longest.sent.marks[longest.sent.head:] {
		s.sent = noted(s.sent, sends{longest.sent.since.Add(m.at), m.n}, s.valid())
	}
}

// remembers is true for one whose windows count something that was sent.
func (s *lease) remembers(now time.Time) bool {
	longest := longestOf(s.windows())
	return longest != nil && longest.sent.count(now) > 0
}

// tight is what has least left of that for which tokens are needed.
func (s *lease) tight() budget {
	var tight budget
	if s == nil {
		return nil
	}
	least := math.MaxInt
	for _, w := range s.windows() {
		if w.together < least {
			tight, least = w, w.together
		}
	}
	if s.scope != nil {
		return tight
	}
	for _, t := range s.gate.told {
		if t.sure && t.left < int64(least) {
			tight, least = t, int(t.left)
		}
	}
	if f := s.gate.found; f != nil && (tight == nil || least > 0) {
		tight = f
	}
	return tight
}

// batchPace follows how many tokens a second come while some are waited for.
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
