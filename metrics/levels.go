package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"gateway/proxy"
	"gateway/ratelimit"
)

// levels reads one snapshot for each scrape, so that its values belong together and exchanges pay nothing for them.
type levels struct {
	status   func() proxy.Status
	inFlight *prometheus.Desc
	breaker  *prometheus.Desc
	held     *prometheus.Desc
	queue    *prometheus.Desc
	coolDown *prometheus.Desc
	limit    *prometheus.Desc
	left     *prometheus.Desc
	store    *prometheus.Desc
	alive    *prometheus.Desc

	credentials credentialLevels
}

var _ prometheus.Collector = (*levels)(nil)

func newLevels(status func() proxy.Status) *levels {
	upstream, window := []string{"upstream"}, []string{"upstream", "window"}
	return &levels{
		status: status, credentials: newCredentialLevels(),
		queue:    prometheus.NewDesc("gateway_throttle_queue_length", "Requests that are held.", upstream, nil),
		coolDown: prometheus.NewDesc("gateway_cooldown_until_timestamp_seconds", "When the last cool-down ends; 0 if there is none.", upstream, nil),
		limit:    prometheus.NewDesc("gateway_quota_limit", "Requests that a limit allows in its window.", window, nil),
		left:     prometheus.NewDesc("gateway_quota_remaining", "What is left of it, for the quota key that has least left.", window, nil),
		inFlight: prometheus.NewDesc("gateway_requests_in_flight", "Exchanges under way.", upstream, nil),
		breaker:  prometheus.NewDesc("gateway_breaker_state", "1 for the state that the breaker is in.", []string{"upstream", "state"}, nil),
		store:    prometheus.NewDesc("gateway_quota_store_up", "Whether the store of quotas answers; absent where they are counted in memory.", nil, nil),
		alive:    prometheus.NewDesc("gateway_quota_gateways", "Gateways that count together, when the store was heard of last.", nil, nil),
		held:     prometheus.NewDesc("gateway_held_bytes", "Bytes of error bodies that are being read.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (l *levels) Describe(ch chan<- *prometheus.Desc) {
	ch <- l.inFlight
	ch <- l.breaker
	ch <- l.held
	ch <- l.queue
	ch <- l.coolDown
	ch <- l.limit
	ch <- l.left
	ch <- l.store
	ch <- l.alive
	l.credentials.describe(ch)
}

// Collect implements prometheus.Collector.
func (l *levels) Collect(ch chan<- prometheus.Metric) {
	s := l.status()
	ch <- prometheus.MustNewConstMetric(l.held, prometheus.GaugeValue, float64(s.HeldBytes))
	if s.Store != nil {
		ch <- prometheus.MustNewConstMetric(l.store, prometheus.GaugeValue, oneIf(s.Store.Up))
		ch <- prometheus.MustNewConstMetric(l.alive, prometheus.GaugeValue, float64(s.Store.Gateways))
	}
	for name, u := range s.Upstreams {
		ch <- prometheus.MustNewConstMetric(l.inFlight, prometheus.GaugeValue, float64(u.InFlight), name)
		l.collectBreaker(ch, name, u.Circuit.State)
		l.collectThrottle(ch, name, u.Throttle)
		l.credentials.collect(ch, name, u.Credentials)
	}
}

// collectBreaker sends every state, so that the state that was left shows as 0. A disabled breaker has none.
func (l *levels) collectBreaker(ch chan<- prometheus.Metric, upstream, is string) {
	if is == "" {
		return
	}
	for _, state := range []string{"closed", "half-open", "open"} {
		ch <- prometheus.MustNewConstMetric(l.breaker, prometheus.GaugeValue, oneIf(state == is), upstream, state)
	}
}

// collectThrottle sends what is left of every limit, including learnt ones. The window is a configured one, "vendor" for
// what the vendor reported, or "found".
func (l *levels) collectThrottle(ch chan<- prometheus.Metric, upstream string, s ratelimit.Status) {
	ch <- prometheus.MustNewConstMetric(l.queue, prometheus.GaugeValue, float64(s.Queue), upstream)
	ch <- prometheus.MustNewConstMetric(l.coolDown, prometheus.GaugeValue, timestamp(s.CoolDown), upstream)
	for _, q := range s.Quotas {
		if q.Quota >= 0 {
			ch <- prometheus.MustNewConstMetric(l.limit, prometheus.GaugeValue, float64(q.Quota), upstream, q.Name)
		}
		ch <- prometheus.MustNewConstMetric(l.left, prometheus.GaugeValue, float64(q.Remaining), upstream, q.Name)
	}
}
