package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"gateway/proxy"
)

// levels reads one snapshot for each scrape, so that what is shown belongs together and costs exchanges nothing.
type levels struct {
	status   func() proxy.Status
	inFlight *prometheus.Desc
	breaker  *prometheus.Desc
	held     *prometheus.Desc
}

var _ prometheus.Collector = (*levels)(nil)

func newLevels(status func() proxy.Status) *levels {
	return &levels{
		status:   status,
		inFlight: prometheus.NewDesc("gateway_requests_in_flight", "Exchanges under way.", []string{"upstream"}, nil),
		breaker:  prometheus.NewDesc("gateway_breaker_state", "1 for the state that the breaker is in.", []string{"upstream", "state"}, nil),
		held:     prometheus.NewDesc("gateway_held_bytes", "Bytes of error bodies that are being read.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (l *levels) Describe(ch chan<- *prometheus.Desc) {
	ch <- l.inFlight
	ch <- l.breaker
	ch <- l.held
}

// Collect implements prometheus.Collector.
func (l *levels) Collect(ch chan<- prometheus.Metric) {
	s := l.status()
	ch <- prometheus.MustNewConstMetric(l.held, prometheus.GaugeValue, float64(s.HeldBytes))
	for name, u := range s.Upstreams {
		ch <- prometheus.MustNewConstMetric(l.inFlight, prometheus.GaugeValue, float64(u.InFlight), name)
		l.collectBreaker(ch, name, u.Circuit.State)
	}
}

// collectBreaker sends every state, so that the one that was left is seen to be 0. A breaker that is switched off has none.
func (l *levels) collectBreaker(ch chan<- prometheus.Metric, upstream, is string) {
	if is == "" {
		return
	}
	for _, state := range []string{"closed", "half-open", "open"} {
		value := 0.0
		if state == is {
			value = 1
		}
		ch <- prometheus.MustNewConstMetric(l.breaker, prometheus.GaugeValue, value, upstream, state)
	}
}
