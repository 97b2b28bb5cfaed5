package metrics

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"gateway/problem"
	"gateway/proxy"
)

// Names that stand for a rule in answers that no rule of the profile mapped.
const (
	byStatus    = "_status"
	byHeuristic = "_heuristic"
	untouched   = "_untouched"
)

// noAnswer is the code of an attempt that got no answer.
const noAnswer = "error"

// series are the series of one upstream. The common ones are looked up once, when a configuration is loaded, because a
// look-up by labels costs more than counting. They start at 0 at that time, so that the first event shows as a rise.
type series struct {
	metrics  *Metrics
	upstream string

	duration         timed
	upstreamDuration timed
	answers          map[int]prometheus.Counter
	rules            map[string]prometheus.Counter
	responses        *responses
	throttle         map[string]*throttleSeries // by consumer
}

// common lists what most successes are.
var common = []struct {
	method string
	code   int
}{
	{http.MethodGet, 200},
	{http.MethodPost, 200},
	{http.MethodPost, 201},
	{http.MethodPut, 200},
	{http.MethodPut, 204},
	{http.MethodPatch, 200},
	{http.MethodPatch, 204},
	{http.MethodDelete, 200},
	{http.MethodDelete, 204},
}

func (m *Metrics) newSeries(upstream string, rules []string) *series {
	s := &series{
		metrics: m, upstream: upstream,
		duration:         newTimed(m.duration.WithLabelValues(upstream)),
		upstreamDuration: newTimed(m.upstreamDuration.WithLabelValues(upstream)),
		answers:          map[int]prometheus.Counter{},
		rules:            map[string]prometheus.Counter{},
		responses:        &responses{vec: m.responses, upstream: upstream, known: map[response]prometheus.Counter{}},
		throttle:         map[string]*throttleSeries{},
	}
	for _, rule := range append(rules, byStatus, byHeuristic, untouched) {
		s.rules[rule] = m.mapped.WithLabelValues(upstream, rule)
	}
	return s
}

// begin creates the series of a configured upstream that dashboards and alerts use.
func (s *series) begin(consumers map[string]bool) {
	for _, code := range []int{0, 200, 201, 204, 400, 401, 403, 404, 422, 429, 500, 502, 503, 504} {
		s.answers[code] = s.metrics.upstreamAnswers.WithLabelValues(s.upstream, codeLabel(code))
	}
	s.metrics.batchItems.WithLabelValues(s.upstream, "ok", "")
	for _, info := range problem.Catalogue() {
		if info.Retryable {
			s.metrics.retries.WithLabelValues(s.upstream, string(info.Type))
		}
	}
	for consumer := range consumers {
		s.throttle[consumer] = s.newThrottleSeries(consumer)
		for _, c := range common {
			s.responses.of(responseOf(consumer, c.method, c.code, nil))
		}
	}
}

// attempted counts one attempt. One that the caller broke off is not a failure of the vendor.
func (s *series) attempted(a proxy.Attempt, t proxy.Trace) {
	if a.Aborted {
		return
	}
	answers, ok := s.answers[a.Code]
	if !ok {
		answers = s.metrics.upstreamAnswers.WithLabelValues(s.upstream, codeLabel(a.Code))
	}
	answers.Inc()
	s.upstreamDuration.observe(a.Duration, a.Start.Add(a.Duration), t)
	if a.Retry != "" {
		s.metrics.retries.WithLabelValues(s.upstream, a.Retry).Inc()
	}
}

// mapped counts an error of the vendor by what mapped it.
func (s *series) mapped(x proxy.Exchange) {
	rule, ok := s.rules[ruleLabel(x)]
	if !ok { // of a profile that a reload has replaced meanwhile
		rule = s.metrics.mapped.WithLabelValues(s.upstream, other)
	}
	rule.Inc()
}

// batched counts the items of a batch answer.
func (s *series) batched(b *proxy.Batch) {
	items := s.metrics.batchItems
	items.WithLabelValues(s.upstream, "ok", "").Add(float64(b.OK))
	for t, n := range b.Failed {
		items.WithLabelValues(s.upstream, "failed", string(t)).Add(float64(n))
	}
	if b.Unread > 0 {
		items.WithLabelValues(s.upstream, "unread", "").Add(float64(b.Unread))
	}
}

func ruleLabel(x proxy.Exchange) string {
	switch {
	case x.Untouched:
		return untouched
	case x.Rule != "":
		return x.Rule
	case x.Problem != nil && x.Problem.Mapped == problem.MappedHeuristic:
		return byHeuristic
	default:
		return byStatus
	}
}

func codeLabel(code int) string {
	if code == 0 {
		return noAnswer
	}
	return strconv.Itoa(code)
}
