package metrics

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"gateway/proxy"
)

// An exemplar costs as much as everything else that is counted of an exchange, and a bucket shows only its last one.
const (
	exemplarEvery = 100 * time.Millisecond // for each series
	slow          = time.Second            // from here on each has one
)

// timed is a histogram of one upstream with exemplars.
type timed struct {
	prometheus.Observer
	next *atomic.Int64 // when the next exemplar is due, in nanoseconds since 1970
}

func newTimed(o prometheus.Observer) timed { return timed{o, new(atomic.Int64)} }

// observe counts d, which ended at the given time. If its trace is kept somewhere, it becomes the exemplar.
func (t timed) observe(d time.Duration, ended time.Time, trace proxy.Trace) {
	if e, ok := t.Observer.(prometheus.ExemplarObserver); ok && trace.Sampled && (d >= slow || t.due(ended)) {
		e.ObserveWithExemplar(d.Seconds(), prometheus.Labels{"trace_id": trace.String()})
		return
	}
	t.Observe(d.Seconds())
}

func (t timed) due(now time.Time) bool {
	next := t.next.Load()
	return now.UnixNano() >= next && t.next.CompareAndSwap(next, now.Add(exemplarEvery).UnixNano())
}
