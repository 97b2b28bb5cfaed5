package ratelimit

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/time/rate"
)

// lessons are the learnt limits that a gateway reports, as JSON for the script. Spans are in microseconds.
type lessons struct {
	Passed  int          `json:"passed"`            // answers of the last second that were no refusal
	Told    []toldLesson `json:"told,omitempty"`    // what the vendor says is left
	Refused *[2]int64    `json:"refused,omitempty"` // how long ago the request was sent, for how long the key rests
	first   bool         // others know nothing of it yet
	Found   *[2]float64  `json:"found,omitempty"` // best rate, and how long ago; for a store that has forgotten it
}

// toldLesson is {name, limit, window, left, resets in}.
type toldLesson [5]any

func (t *told) lesson(now time.Time) toldLesson {
	return toldLesson{t.name, t.limit, t.window.Microseconds(), t.left, t.resets.Sub(now).Microseconds()}
}

// known is what all gateways have learnt, as the answer reports it.
type known struct {
	best  float64 // 0: no rate was found
	since time.Time
	told  []knownTold
}

type knownTold struct {
	name          string
	limit, left   int64
	window, reset time.Duration
}

// readKnown reads the answer of window.lua, which may be malformed.
func readKnown(found, list string, received time.Time) (k known, err error) {
	if found != "" {
		var age int64
		if _, err := fmt.Sscan(found, &k.best, &age); err != nil || k.best <= 0 {
			return k, errors.New("the answer does not tell what was found")
		}
		k.since = received.Add(-time.Duration(age) * time.Microsecond)
	}
	var rows [][5]json.RawMessage
	if err := json.Unmarshal([]byte(list), &rows); err != nil {
		return k, errors.New("the answer does not tell what the vendor said")
	}
	for _, row := range rows {
		var t knownTold
		var numbers [4]float64
		err := json.Unmarshal(row[0], &t.name)
		for i := range numbers {
			err = errors.Join(err, json.Unmarshal(row[i+1], &numbers[i]))
		}
		if err != nil {
			return k, errors.New("the answer does not tell what the vendor said")
		}
		t.limit, t.left = int64(numbers[0]), int64(numbers[2])
		t.window, t.reset = time.Duration(numbers[1])*time.Microsecond, time.Duration(numbers[3])*time.Microsecond
		k.told = append(k.told, t)
	}
	return k, nil
}

// lessons returns what the next question reports; nil for a scope, whose limits are configured.
func (s *lease) lessons(now time.Time) *lessons {
	if s.scope != nil {
		return nil
	}
	out := &lessons{Passed: s.gate.passed.count(now)}
	for _, t := range s.gate.told {
		if t.news && t.sure {
			out.Told = append(out.Told, t.lesson(now))
			out.first = out.first || !t.shared
			t.news = false
		}
	}
	if f := s.gate.found; f != nil && f.news {
		out.Found = &[2]float64{f.best, float64(now.Sub(f.since).Microseconds())}
		f.news = false
	}
	if !s.refused.IsZero() {
		out.first = true
		out.Refused = &[2]int64{now.Sub(s.refused).Microseconds(), s.cool().left(now).Microseconds()}
		s.refused = time.Time{}
	}
	return out
}

// hasNews is true if there is something to report to the store.
func (s *lease) hasNews() bool {
	return s.scope == nil && (!s.refused.IsZero() || s.gate.found != nil && s.gate.found.news ||
		slices.ContainsFunc(s.gate.told, func(t *told) bool { return t.news && t.sure }))
}

// learn adopts what all gateways have learnt. What the store does not know of it, it has forgotten; that is reported again.
func (s *lease) learn(k known, now time.Time) {
	g := s.gate
	for _, t := range g.told {
		t.news = t.news || !slices.ContainsFunc(k.told, func(one knownTold) bool { return one.name == t.name })
	}
	for _, one := range k.told {
		g.believe(one, now)
	}
	switch {
	case k.best > 0:
		g.found = &found{best: k.best, since: k.since, pace: rate.NewLimiter(1, 1), parts: 1, shared: true}
	case g.found != nil:
		g.found.news = true
	}
	g.gather()
}

// believe adopts what the vendor told another gateway.
func (g *gate) believe(k knownTold, now time.Time) {
	i := slices.IndexFunc(g.told, func(t *told) bool { return t.name == k.name })
	if i < 0 {
		i = len(g.told)
		g.told = append(g.told, newTold(k.name))
	}
	t := g.told[i]
	t.shared, t.sure = true, true
	if t.news { // it was told more by now
		return
	}
	t.limit, t.left, t.window, t.resets = k.limit, k.left, k.window, now.Add(k.reset)
	t.tune(now)
}

// back is gate.back for all gateways: the store knows how many answers each of them let through.
func (s *lease) back(sent, now time.Time) {
	if sent.After(s.refused) {
		s.refused = sent
	}
	if !s.asking {
		s.ask(0, 0, now)
	}
}

// divide makes learnt limits apply to a number of gateways that each keep to a part, or to all together.
func (g *gate) divide(parts int, now time.Time) {
	for _, t := range g.told {
		t.drain(now)
		t.parts, t.shared, t.news = parts, false, true
	}
	if g.found != nil {
		g.found.drain(now)
		g.found.parts, g.found.shared, g.found.news = parts, false, true
	}
}
