package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// certificates reports when each certificate that callers see expires.
type certificates struct {
	expiries func() map[string]time.Time // by name
	desc     *prometheus.Desc
}

var _ prometheus.Collector = (*certificates)(nil)

// ShowCertificates adds what expiries returns to each scrape. Call it once, before the first scrape.
func (m *Metrics) ShowCertificates(expiries func() map[string]time.Time) {
	m.registry.MustRegister(&certificates{expiries, prometheus.NewDesc("gateway_certificate_expiry_timestamp_seconds",
		"When the certificate that callers see ends.", []string{"name"}, nil)})
}

// Describe implements prometheus.Collector.
func (c *certificates) Describe(ch chan<- *prometheus.Desc) { ch <- c.desc }

// Collect implements prometheus.Collector.
func (c *certificates) Collect(ch chan<- prometheus.Metric) {
	for name, end := range c.expiries() {
		ch <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, float64(end.Unix()), name)
	}
}
