// Package metrics turns the record of each exchange, and a snapshot of levels for each scrape, into Prometheus
// metrics. It is the only package that knows Prometheus.
package metrics

import (
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"gateway/proxy"
)

// Build says what runs.
type Build struct{ Version, Revision string }

// buckets suit calls over the internet, from a cache's answer to a report that takes a minute.
var buckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

// Metrics holds every collector. It may be used concurrently.
type Metrics struct {
	registry *prometheus.Registry

	responses        *prometheus.CounterVec
	upstreamAnswers  *prometheus.CounterVec
	duration         *prometheus.HistogramVec
	upstreamDuration *prometheus.HistogramVec
	mapped           *prometheus.CounterVec
	retries          *prometheus.CounterVec
	reloadSuccessful prometheus.Gauge
	reloadTime       prometheus.Gauge

	known bounds
}

// New registers everything; status is asked once for each scrape.
func New(build Build, status func() proxy.Status) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		responses: counter("gateway_responses_total", "Answers sent to callers.",
			"upstream", "consumer", "method", "code", "origin", "type", "fault"),
		upstreamAnswers: counter("gateway_upstream_responses_total", "Answers of upstreams, as they sent them; error where none came.", "upstream", "code"),
		duration:        histogram("gateway_request_duration_seconds", "From the request to the end of the answer."),
		upstreamDuration: histogram("gateway_upstream_request_duration_seconds",
			"From sending a request to the upstream to the headers of its answer, each attempt by itself."),
		mapped:  counter("gateway_problems_mapped_total", "Errors of upstreams by the rule that mapped them.", "upstream", "rule"),
		retries: counter("gateway_retries_total", "Attempts beyond the first, by what led to them.", "upstream", "reason"),
		reloadSuccessful: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "gateway_config_last_reload_successful", Help: "Whether the last load of the configuration worked.",
		}),
		reloadTime: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "gateway_config_last_reload_success_timestamp_seconds", Help: "When the configuration that serves was loaded.",
		}),
	}
	m.registry.MustRegister(m.responses, m.upstreamAnswers, m.duration, m.upstreamDuration, m.mapped, m.retries,
		m.reloadSuccessful, m.reloadTime, buildInfo(build), newLevels(status),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func histogram(name, help string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, []string{"upstream"})
}

func buildInfo(b Build) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "gateway_build_info", Help: "Always 1; the labels tell what runs.",
		ConstLabels: prometheus.Labels{"version": b.Version, "revision": b.Revision, "goversion": runtime.Version()},
	})
	g.Set(1)
	return g
}

// Handler serves the metrics in the format that the scraper asks for.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{EnableOpenMetrics: true, Registry: m.registry})
}

// Reloaded notes how loading the configuration went. On success the labels that s allows are the known ones from now
// on, and their series begin at 0.
func (m *Metrics) Reloaded(s *proxy.Settings, at time.Time) {
	if s == nil {
		m.reloadSuccessful.Set(0)
		return
	}
	m.reloadSuccessful.Set(1)
	m.reloadTime.Set(float64(at.Unix()))
	m.known.set(s)
	for _, u := range s.Upstreams {
		m.begin(u)
	}
}

// begin makes the series of an upstream that alerts look at, so that the first event is seen as a rise.
func (m *Metrics) begin(u proxy.Upstream) {
	m.duration.WithLabelValues(u.Name)
	m.upstreamDuration.WithLabelValues(u.Name)
	for _, code := range []string{"200", "429", "500", "502", "503", "504", "error"} {
		m.upstreamAnswers.WithLabelValues(u.Name, code)
	}
	for _, rule := range append(u.Reader.RuleNames(), "_status", "_heuristic", "_untouched") {
		m.mapped.WithLabelValues(u.Name, rule)
	}
}

// Observe is a proxy.Observer.
func (m *Metrics) Observe(x proxy.Exchange) {
	upstream := m.known.upstream(x.Upstream)
	var origin, kind, fault string
	if p := x.Problem; p != nil {
		origin, kind, fault = string(p.Origin), string(p.Code), string(p.Fault)
	}
	m.responses.WithLabelValues(upstream, m.known.consumer(x.Consumer), method(x.Method), strconv.Itoa(x.Code), origin, kind, fault).Inc()
	m.duration.WithLabelValues(upstream).Observe(x.Duration.Seconds())
	for _, a := range x.Attempts {
		m.observeAttempt(upstream, a)
	}
	if x.Answer != nil {
		m.mapped.WithLabelValues(upstream, ruleLabel(x)).Inc()
	}
}

func (m *Metrics) observeAttempt(upstream string, a proxy.Attempt) {
	code := "error"
	if a.Code != 0 {
		code = strconv.Itoa(a.Code)
	}
	m.upstreamAnswers.WithLabelValues(upstream, code).Inc()
	m.upstreamDuration.WithLabelValues(upstream).Observe(a.Duration.Seconds())
	if a.Retry != "" {
		m.retries.WithLabelValues(upstream, a.Retry).Inc()
	}
}

// ruleLabel says how an error was mapped.
func ruleLabel(x proxy.Exchange) string {
	switch {
	case x.Untouched:
		return "_untouched"
	case x.Rule != "":
		return x.Rule
	default:
		return "_" + string(x.Problem.Mapped)
	}
}
