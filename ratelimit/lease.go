package ratelimit

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"time"
)

// lease is this gateway's part of a quota that several gateways count together: leased tokens and slots, and what the store
// has yet to hear. A nil lease belongs to a gateway that counts alone. The limiter's mutex guards it.
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
	next    time.Time // the store is not asked for tokens before this time
	soonest time.Time // no token before this time, unless others give some back
	slots   int
	pressed bool                    // it holds more slots than its part, and others lack them
	asked   time.Time               // last
	heard   time.Time               // when the store answered last: cool-downs and what others learnt are known; zero: never
	latest  time.Time               // of that, and of the tokens that it leased
	settles time.Time               // until then nothing is leased, as the store has lost its memory and is told anew
	sent    []sends                 // all of them, that the store is to be told of as it has lost its memory
	again   bool                    // it must be asked once more when it has answered
	late    bool                    // it has yet to be told what was sent while it failed, or before it forgot
	born    map[time.Duration]int64 // when its memory of windows began, by their length; 0: that of slots
	denied  bool                    // slots that were wanted
	refused time.Time               // when the request was sent that the vendor refused, of which the store is to be told; zero: none
	news    *coolNews               // of its cool-down, that the others are to hear of next; nil: none
	telling bool                    // they are being told
	used    meter
	pace    batchPace
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

// due returns how long it takes until a request of this cost has its tokens. If there are none, it asks for some.
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

// forecast returns how long it takes until n more will have had their tokens.
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

// unsure is true while the store has yet to say when there are tokens; whoever has waited for it this long continues to
// wait.
func (s *lease) unsure(now time.Time, waited time.Duration) bool {
	if s == nil {
		return false
	}
	settling := now.Before(s.settles.Add(slotsAgain)) // then slots are asked for, too
	return s.asking && waited < 2*s.store.bound || settling && waited < 2*s.store.bound+storePatience
}

// waiting is the number of tokens that requests wait for.
func (s *lease) waiting() int {
	if s.scope != nil {
		return s.scope.waiting
	}
	return s.gate.wanting()
}

// windows are this gateway's own windows, which remember everything it sent.
func (s *lease) windows() []*window {
	if s.scope != nil {
		return s.scope.windows
	}
	return s.gate.windows
}

// tight is the budget with the least left among those for which tokens are needed.
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
