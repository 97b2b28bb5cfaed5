// Package metrics turns the record of each exchange, and a snapshot of levels for each scrape, into Prometheus
// metrics. It is the only package that knows Prometheus.
package metrics

import (
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"gateway/proxy"
)

// Config describes what is running, and which optional metrics it has.
type Config struct {
	Version, Revision string
	NativeHistograms  bool // beside the classic buckets
}

// Bounds of native histograms: neighbouring buckets differ by a tenth, up to a maximum number of buckets.
const (
	nativeBucketFactor = 1.1
	nativeBuckets      = 160
	nativeReset        = time.Hour
)

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
	batchItems       *prometheus.CounterVec
	damaged          *prometheus.CounterVec
	retries          *prometheus.CounterVec
	decisions        *prometheus.CounterVec
	waits            *prometheus.HistogramVec
	store            prometheus.Histogram
	storeLosses      prometheus.Counter
	reloadSuccessful prometheus.Gauge
	reloadTime       prometheus.Gauge

	known atomic.Pointer[bounds]
}

// New registers everything; status is asked once for each scrape.
func New(cfg Config, status func() proxy.Status) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		responses: counter("gateway_responses_total", "Answers sent to callers.",
			"upstream", "consumer", "method", "code", "origin", "type", "fault"),
		upstreamAnswers: counter("gateway_upstream_responses_total", "Answers of upstreams, as they sent them; error where none came.", "upstream", "code"),
		duration:        cfg.histogram("gateway_request_duration_seconds", "From the request to the end of the answer.", "upstream"),
		upstreamDuration: cfg.histogram("gateway_upstream_request_duration_seconds",
			"From sending a request to the upstream to the headers of its answer, each attempt by itself.", "upstream"),
		mapped: counter("gateway_problems_mapped_total", "Errors of upstreams by the rule that mapped them.", "upstream", "rule"),
		batchItems: counter("gateway_batch_items_total", "Items of batch answers; unread are those that were too large or broken.",
			"upstream", "outcome", "type"),
		damaged:   counter("gateway_damaged_bodies_total", "Error bodies of upstreams that could not be read whole: cut, stalled, undecodable or unparsable.", "upstream", "damage"),
		retries:   counter("gateway_retries_total", "Attempts beyond the first, by what led to them.", "upstream", "reason"),
		decisions: counter("gateway_throttle_decisions_total", "What became of requests at the vendor's limits.", "upstream", "consumer", "decision"),
		waits: cfg.histogram("gateway_throttle_wait_seconds", "How long requests were held before they were sent; 0 for most.",
			"upstream", "consumer"),
		store: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "gateway_quota_store_duration_seconds", Help: "How long questions to the store of quotas took, failures too.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1},
		}),
		storeLosses: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "gateway_quota_store_losses_total", Help: "How often the store of quotas was found to have lost its memory.",
		}),
		reloadSuccessful: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "gateway_config_last_reload_successful", Help: "Whether the last load of the configuration worked.",
		}),
		reloadTime: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "gateway_config_last_reload_success_timestamp_seconds", Help: "When the configuration that serves was loaded.",
		}),
	}
	m.registry.MustRegister(m.responses, m.upstreamAnswers, m.duration, m.upstreamDuration, m.mapped, m.damaged, m.batchItems, m.retries, m.decisions, m.waits, m.store,
		m.storeLosses, m.reloadSuccessful, m.reloadTime, buildInfo(cfg), newLevels(status),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.known.Store(m.newBounds(&proxy.Settings{}))
	return m
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func (c Config) histogram(name, help string, labels ...string) *prometheus.HistogramVec {
	opts := prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}
	if c.NativeHistograms {
		opts.NativeHistogramBucketFactor, opts.NativeHistogramMaxBucketNumber = nativeBucketFactor, nativeBuckets
		opts.NativeHistogramMinResetDuration = nativeReset
	}
	return prometheus.NewHistogramVec(opts, labels)
}

func buildInfo(c Config) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "gateway_build_info", Help: "Always 1; the labels tell what runs.",
		ConstLabels: prometheus.Labels{"version": c.Version, "revision": c.Revision, "goversion": runtime.Version()},
	})
	g.Set(1)
	return g
}

// StoreAsked records how long a question to the quota store took.
func (m *Metrics) StoreAsked(took time.Duration) { m.store.Observe(took.Seconds()) }

// StoreForgot records that the quota store has lost its memory.
func (m *Metrics) StoreForgot() { m.storeLosses.Inc() }

// Handler serves the metrics in the format that the scraper asks for.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{EnableOpenMetrics: true, Registry: m.registry})
}

// Reloaded records the result of loading the configuration. A nil s is a failure, after which the old configuration
// continues. On success the labels that s allows become the known ones, and their series start at 0.
func (m *Metrics) Reloaded(s *proxy.Settings, at time.Time) {
	if s == nil {
		m.reloadSuccessful.Set(0)
		return
	}
	m.reloadSuccessful.Set(1)
	m.reloadTime.Set(float64(at.Unix()))
	m.known.Store(m.newBounds(s))
}

// Observe is a proxy.Observer.
func (m *Metrics) Observe(x proxy.Exchange) {
	known := m.known.Load()
	s := known.of(x.Upstream)
	s.responses.of(responseOf(known.consumer(x.Consumer), method(x.Method), x.Code, x.Problem)).Inc()
	s.duration.observe(x.Duration, x.Start.Add(x.Duration), x.Trace)
	for _, d := range x.Throttled {
		s.decided(known.consumer(x.Consumer), d)
	}
	for _, a := range x.Attempts {
		s.attempted(a, x.Trace)
	}
	if x.Answer != nil {
		s.mapped(x)
	}
	if x.Batch != nil {
		s.batched(x.Batch)
	}
	if x.Body != "" {
		m.damaged.WithLabelValues(s.upstream, string(x.Body)).Inc()
	}
}
