package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"gateway/ratelimit"
)

// throttleSeries are those of one consumer at one upstream.
type throttleSeries struct {
	decisions map[ratelimit.Kind]prometheus.Counter
	wait      prometheus.Observer
}

func (s *series) newThrottleSeries(consumer string) *throttleSeries {
	t := &throttleSeries{
		decisions: map[ratelimit.Kind]prometheus.Counter{},
		wait:      s.metrics.waits.WithLabelValues(s.upstream, consumer),
	}
	for _, kind := range ratelimit.Kinds() {
		t.decisions[kind] = s.metrics.decisions.WithLabelValues(s.upstream, consumer, string(kind))
	}
	return t
}

// decided counts what the throttle did with one attempt. Only attempts that were sent have a wait.
func (s *series) decided(consumer string, d ratelimit.Decision) {
	t, ok := s.throttle[consumer]
	if !ok { // of an upstream that a reload has taken away meanwhile
		t = s.newThrottleSeries(consumer)
	}
	t.decisions[d.Kind].Inc()
	if d.Kind == ratelimit.Sent || d.Kind == ratelimit.Waited {
		t.wait.Observe(d.Wait.Seconds())
	}
}
