package admin

import (
	"maps"
	"slices"
	"strings"
	"time"

	"gateway/normalize"
	"gateway/problem"
)

// The sparkline of a group covers the last hour.
const (
	sparkStep  = 2 * time.Minute
	sparkSteps = 30
)

// group is what is known of all failures with one fingerprint.
type group struct {
	key         fingerprint
	id          string
	count       int64
	first, last time.Time
	consumers   map[string]int64 // bounded, as the names are the configured ones
	spark       [sparkSteps]struct{ step, count int64 }
	kept        []*occurrence // oldest first
	differ      int64         // times that the shadow profile read it differently
	changes     []normalize.Change
	latest      latest
}

// latest is what a group shows of its last occurrence. It outlives that occurrence, so it shares no memory with an answer.
type latest struct {
	mapped problem.Mapped
	origin problem.Origin
	fault  problem.Fault
	detail string
}

func latestOf(p *problem.Problem) latest {
	return latest{p.Mapped, p.Origin, p.Fault, strings.Clone(p.Detail)}
}

// Group is a group as the page shows it.
type Group struct {
	ID        string           `json:"id"`
	Upstream  string           `json:"upstream"`
	Rule      string           `json:"rule,omitempty"`
	Mapped    problem.Mapped   `json:"mapped,omitempty"`
	Type      problem.Type     `json:"type"`
	Code      string           `json:"code,omitempty"` // the vendor's
	Origin    problem.Origin   `json:"origin"`
	Fault     problem.Fault    `json:"fault"`
	Template  string           `json:"template"`
	Detail    string           `json:"detail"` // of the last occurrence
	Count     int64            `json:"count"`
	FirstSeen time.Time        `json:"first_seen"`
	LastSeen  time.Time        `json:"last_seen"`
	Consumers map[string]int64 `json:"consumers"`
	Spark     Spark            `json:"spark"`
	Kept      int              `json:"kept"` // occurrences that can be looked at
	// Differs is how often the upstream's shadow profile would have mapped it differently; Changes says how, for the last
	// time.
	Differs int64    `json:"differs,omitempty"`
	Changes []Change `json:"changes,omitempty"`
	// Passed is true if callers got a success in which the shadow profile sees an error.
	Passed bool `json:"passed,omitempty"`
}

// Spark is how often a failure of the group happened, by step, until now.
type Spark struct {
	StepSeconds int     `json:"step_seconds"`
	Counts      []int64 `json:"counts"`
}

func newGroup(o *occurrence) *group {
	return &group{key: o.key, id: o.key.id(), first: o.end, consumers: map[string]int64{}}
}

func sparkStepOf(t time.Time) int64 { return t.Unix() / int64(sparkStep/time.Second) }

// add counts o.
func (g *group) add(o *occurrence) {
	g.count++
	g.consumers[o.Consumer]++
	g.latest = latestOf(o.Problem)
	if at := o.end; at.After(g.last) { // those that end at the same time come in any order
		g.last = at
	} else if at.Before(g.first) {
		g.first = at
	}
	g.kept = append(g.kept, o)
	if len(o.changes) > 0 {
		g.differ++
		g.changes = o.changes
	}
	step := sparkStepOf(o.end)
	at := &g.spark[step%sparkSteps]
	if at.step != step {
		at.step, at.count = step, 0
	}
	at.count++
}

// release drops an occurrence, usually the oldest.
func (g *group) release(o *occurrence) {
	if g.kept[0] == o {
		g.kept[0] = nil
		g.kept = g.kept[1:]
		return
	}
	g.kept = slices.DeleteFunc(g.kept, func(other *occurrence) bool { return other == o })
}

// shown returns the group as of now. It still contains secrets.
func (g *group) shown(now time.Time) Group {
	return Group{
		ID: g.id, Upstream: g.key.upstream, Rule: g.key.rule, Mapped: g.latest.mapped, Type: g.key.typ, Code: g.key.code,
		Origin: g.latest.origin, Fault: g.latest.fault, Template: g.key.template, Detail: g.latest.detail,
		Count: g.count, FirstSeen: g.first.UTC(), LastSeen: g.last.UTC(), Consumers: maps.Clone(g.consumers),
		Spark: g.sparkline(now), Kept: len(g.kept), Differs: g.differ, Changes: changesOf(g.changes), Passed: g.key.passed,
	}
}

func (g *group) sparkline(now time.Time) Spark {
	out := Spark{StepSeconds: int(sparkStep / time.Second), Counts: make([]int64, sparkSteps)}
	first := sparkStepOf(now) - sparkSteps + 1
	for _, at := range g.spark {
		if n := at.step - first; n >= 0 && n < sparkSteps {
			out.Counts[n] = at.count
		}
	}
	return out
}

// unmapped is true for a vendor's errors that no rule matched.
func (g *group) unmapped() bool {
	return g.latest.origin == problem.OriginUpstream && g.latest.mapped != problem.MappedRule
}

// says is true if the group's texts contain text, which is in lower case.
func (g *group) says(text string) bool {
	for _, field := range []string{
		g.latest.detail, g.key.template, g.key.code, string(g.key.typ), g.key.rule, g.key.upstream, string(g.latest.fault), g.id,
	} {
		if strings.Contains(strings.ToLower(field), text) {
			return true
		}
	}
	return false
}
