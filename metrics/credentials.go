package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"gateway/credentials"
)

// credentialLevels are the gauges of an upstream's credentials, which are distinguished by their position in the
// configuration.
type credentialLevels struct {
	issued   *prometheus.Desc
	expiry   *prometheus.Desc
	calls    *prometheus.Desc
	rejected *prometheus.Desc
	heldBack *prometheus.Desc
}

func newCredentialLevels() credentialLevels {
	one := []string{"upstream", "credential"}
	return credentialLevels{
		issued:   prometheus.NewDesc("gateway_credential_token_issued_timestamp_seconds", "When the token in use came; 0 while there is none.", one, nil),
		expiry:   prometheus.NewDesc("gateway_credential_token_expiry_timestamp_seconds", "When it ends; 0 while there is none, or nobody knows.", one, nil),
		calls:    prometheus.NewDesc("gateway_credential_token_calls_total", "Calls of the token endpoint: ok, refused, failed.", append(one, "result"), nil),
		rejected: prometheus.NewDesc("gateway_credential_rejections_total", "Answers by which the vendor refused the credential.", one, nil),
		heldBack: prometheus.NewDesc("gateway_credential_held_back", "1 while it is not sent, after many rejections.", one, nil),
	}
}

func (l credentialLevels) describe(ch chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{l.issued, l.expiry, l.calls, l.rejected, l.heldBack} {
		ch <- desc
	}
}

// collect sends what is known of the credentials in their order.
func (l credentialLevels) collect(ch chan<- prometheus.Metric, upstream string, list []credentials.Status) {
	for i, c := range list {
		place := strconv.Itoa(i)
		ch <- prometheus.MustNewConstMetric(l.rejected, prometheus.CounterValue, float64(c.Rejected), upstream, place)
		ch <- prometheus.MustNewConstMetric(l.heldBack, prometheus.GaugeValue, oneIf(c.HeldBackFor > 0), upstream, place)
		if c.Calls == nil {
			continue
		}
		ch <- prometheus.MustNewConstMetric(l.issued, prometheus.GaugeValue, timestamp(c.Issued), upstream, place)
		ch <- prometheus.MustNewConstMetric(l.expiry, prometheus.GaugeValue, timestamp(c.Expires), upstream, place)
		for result, n := range map[string]int64{"ok": c.Calls.Tokens, "refused": c.Calls.Refused, "failed": c.Calls.Failed} {
			ch <- prometheus.MustNewConstMetric(l.calls, prometheus.CounterValue, float64(n), upstream, place, result)
		}
	}
}

// timestamp is in seconds since 1970; 0 for the zero time.
func timestamp(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
