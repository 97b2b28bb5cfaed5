package admin

import (
	"sync"
	"time"

	"gateway/problem"
	"gateway/proxy"
)

// The page shows the last 15 minutes in steps of ten seconds, and sums over five minutes.
const (
	rateStep  = 10 * time.Second
	rateSteps = 90
	recent    = 5 * time.Minute
)

// outcome is what is counted of an exchange. There are few outcomes, because all three parts have few values.
type outcome struct {
	code  int
	typ   problem.Type // "" for a success
	fault problem.Fault
}

// window counts the outcomes of one upstream by step.
type window struct {
	steps [rateSteps]struct {
		number int64 // of the step since 1970; what is older is stale
		counts map[outcome]int64
		items  Items
	}
}

func (w *window) add(step int64, o outcome, b *proxy.Batch) {
	at := &w.steps[step%rateSteps]
	if at.number != step || at.counts == nil {
		at.number, at.counts, at.items = step, map[outcome]int64{}, Items{}
	}
	at.counts[o]++
	if b != nil {
		at.items.add(Items{b.OK, b.FailedItems(), b.Unread})
	}
}

// rates counts what callers got, by upstream. It may be used concurrently.
type rates struct {
	mu      sync.Mutex
	windows map[string]*window
}

func stepOf(t time.Time) int64 { return t.Unix() / int64(rateStep/time.Second) }

func (r *rates) count(x *proxy.Exchange) {
	o := outcome{code: x.Code}
	if p := x.Problem; p != nil {
		o.typ, o.fault = p.Code, p.Fault
	}
	step := stepOf(x.Start.Add(x.Duration))
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.windows[x.Upstream]
	if w == nil {
		w = &window{}
		r.windows[x.Upstream] = w
	}
	w.add(step, o, x.Batch)
}

// Rates is what callers recently got from one upstream.
type Rates struct {
	StepSeconds int                `json:"step_seconds"`
	Begins      int64              `json:"begins"` // seconds since 1970 of the first step
	Classes     map[string][]int64 `json:"classes"`
	Recent      Recent             `json:"recent"`
}

// Recent sums up five minutes.
type Recent struct {
	Seconds  int                     `json:"seconds"`
	Requests int64                   `json:"requests"`
	Problems int64                   `json:"problems"`
	Codes    map[int]int64           `json:"codes"`
	Types    map[problem.Type]int64  `json:"types"`
	Faults   map[problem.Fault]int64 `json:"faults"`
	Items    Items                   `json:"items"` // of batch answers
}

// Items are what became of the items of batch answers.
type Items struct {
	OK     int64 `json:"ok"`
	Failed int64 `json:"failed"`
	Unread int64 `json:"unread"` // too large or broken
}

func (i *Items) add(more Items) {
	i.OK, i.Failed, i.Unread = i.OK+more.OK, i.Failed+more.Failed, i.Unread+more.Unread
}

// of returns an upstream's rates until now; all zero if nobody called it.
func (r *rates) of(upstream string, now time.Time) Rates {
	first := stepOf(now) - rateSteps + 1
	out := Rates{
		StepSeconds: int(rateStep / time.Second), Begins: first * int64(rateStep/time.Second), Classes: map[string][]int64{},
		Recent: Recent{
			Seconds: int(recent / time.Second), Codes: map[int]int64{}, Types: map[problem.Type]int64{}, Faults: map[problem.Fault]int64{},
		},
	}
	for _, class := range []string{"2xx", "3xx", "4xx", "5xx"} {
		out.Classes[class] = make([]int64, rateSteps)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.windows[upstream]
	if w == nil {
		return out
	}
	for i := range w.steps {
		if at := w.steps[i]; at.number >= first && at.number < first+rateSteps {
			out.add(int(at.number-first), at.counts)
			if isRecent(int(at.number - first)) {
				out.Recent.Items.add(at.items)
			}
		}
	}
	return out
}

// isRecent is true for the most recent steps.
func isRecent(step int) bool { return rateSteps-step <= int(recent/rateStep) }

// add adds the counts of one step.
func (r *Rates) add(step int, counts map[outcome]int64) {
	for o, n := range counts {
		class := r.Classes[classOf(o.code)]
		class[step] += n
		if !isRecent(step) {
			continue
		}
		r.Recent.Requests += n
		r.Recent.Codes[o.code] += n
		if o.typ != "" {
			r.Recent.Problems += n
			r.Recent.Types[o.typ] += n
			r.Recent.Faults[o.fault] += n
		}
	}
}

// classOf returns the class of a status. An invalid one counts as a server error.
func classOf(code int) string {
	switch code / 100 {
	case 1, 2:
		return "2xx"
	case 3:
		return "3xx"
	case 4:
		return "4xx"
	}
	return "5xx"
}

// forget drops the windows of upstreams that nobody has called for a long time.
func (r *rates) forget(now time.Time) {
	first := stepOf(now) - rateSteps + 1
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, w := range r.windows {
		if w.newest() < first {
			delete(r.windows, name)
		}
	}
}

func (w *window) newest() int64 {
	var newest int64
	for i := range w.steps {
		newest = max(newest, w.steps[i].number)
	}
	return newest
}
