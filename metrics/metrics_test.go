package metrics_test

import (
	"bufio"
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"gateway/credentials"
	"gateway/document"
	"gateway/metrics"
	"gateway/normalize"
	"gateway/problem"
	"gateway/proxy"
	"gateway/ratelimit"
)

// family is what a dashboard relies on: name, type and labels of design section 7.
type family struct {
	Name, Type string
	Labels     string // sorted, joined by commas
}

// contract lists the families that dashboards and alerts rely on, as far as what feeds them exists.
var contract = []family{
	{"gateway_responses_total", "counter", "code,consumer,fault,method,origin,type,upstream"},
	{"gateway_upstream_responses_total", "counter", "code,upstream"},
	{"gateway_request_duration_seconds", "histogram", "upstream"},
	{"gateway_upstream_request_duration_seconds", "histogram", "upstream"},
	{"gateway_requests_in_flight", "gauge", "upstream"},
	{"gateway_throttle_decisions_total", "counter", "consumer,decision,upstream"},
	{"gateway_throttle_wait_seconds", "histogram", "consumer,upstream"},
	{"gateway_throttle_queue_length", "gauge", "upstream"},
	{"gateway_cooldown_until_timestamp_seconds", "gauge", "upstream"},
	{"gateway_quota_limit", "gauge", "upstream,window"},
	{"gateway_quota_remaining", "gauge", "upstream,window"},
	{"gateway_quota_store_up", "gauge", ""},
	{"gateway_quota_store_duration_seconds", "histogram", ""},
	{"gateway_quota_store_losses_total", "counter", ""},
	{"gateway_problems_mapped_total", "counter", "rule,upstream"},
	{"gateway_batch_items_total", "counter", "outcome,type,upstream"},
	{"gateway_retries_total", "counter", "reason,upstream"},
	{"gateway_config_last_reload_successful", "gauge", ""},
	{"gateway_config_last_reload_success_timestamp_seconds", "gauge", ""},
	{"gateway_build_info", "gauge", "goversion,revision,version"},
}

// scrape returns what Prometheus reads, as text, and as OpenMetrics where accept asks for it.
func scrape(t testing.TB, h http.Handler, accept string) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("scrape: status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

var label = regexp.MustCompile(`([a-zA-Z_][a-zA-Z0-9_]*)="`)

// families reads name, type and labels of what is ours in text.
func families(text string) []family {
	types, labels := map[string]string{}, map[string]string{}
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "# TYPE gateway_"); ok {
			name, kind, _ := strings.Cut(strings.TrimSpace(rest), " ")
			types["gateway_"+name] = kind
			continue
		}
		if !strings.HasPrefix(line, "gateway_") {
			continue
		}
		name, _, _ := strings.Cut(line, " ")
		name, set, _ := strings.Cut(name, "{")
		labels[baseName(name, types)] = labelNames(set)
	}
	var out []family
	for name, kind := range types {
		out = append(out, family{name, kind, labels[name]})
	}
	slices.SortFunc(out, func(a, b family) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func baseName(name string, types map[string]string) string {
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if base, ok := strings.CutSuffix(name, suffix); ok && types[base] == "histogram" {
			return base
		}
	}
	return name
}

func labelNames(set string) string {
	var names []string
	for _, m := range label.FindAllStringSubmatch(set, -1) {
		if m[1] != "le" {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

// exchange is one that ended well.
func exchange() proxy.Exchange {
	return proxy.Exchange{
		Consumer: "_other", Upstream: "akeneo", Method: http.MethodGet, Host: "gateway", Path: "/akeneo/x", Code: 200,
		Duration: 120 * time.Millisecond, UpstreamDuration: 100 * time.Millisecond,
		Attempts: []proxy.Attempt{{Code: 200, Duration: 100 * time.Millisecond}},
	}
}

// failure is one that the vendor refused, mapped by a rule, after a retry.
func failure() proxy.Exchange {
	e := exchange()
	e.Code, e.Rule = 422, "validation"
	e.Answer = &document.Answer{Status: 422}
	e.Attempts = []proxy.Attempt{{Code: 503, Retry: "503"}, {Code: 422}}
	e.Problem = &problem.Problem{
		Status: 422, Code: problem.ValidationFailed, Origin: problem.OriginUpstream,
		Fault: problem.FaultCaller, Mapped: problem.MappedRule,
	}
	return e
}

// newMetrics has loaded a configuration of one upstream and one consumer.
func newMetrics(t testing.TB) *metrics.Metrics {
	t.Helper()
	m := metrics.New(metrics.Config{Version: "1.2.3", Revision: "abc"}, func() proxy.Status {
		return proxy.Status{Store: &ratelimit.StoreStatus{Up: true, Gateways: 2}, Upstreams: map[string]proxy.UpstreamStatus{
			"akeneo": {InFlight: 3, Throttle: throttled, Credentials: known},
		}}
	})
	m.Reloaded(settings(t), time.Unix(1_700_000_000, 0))
	return m
}

// throttled is a quota of which little is left, in a cool-down.
var throttled = ratelimit.Status{
	Queue: 7, CoolDown: time.UnixMilli(1_700_000_060_500),
	Quotas: []ratelimit.Policy{{Name: "1s", Quota: 100, Remaining: 12}, {Name: "vendor", Quota: -1, Remaining: 5}},
}

// known are a key that the vendor refuses, and a token.
var known = []credentials.Status{
	{Kind: "header", Rejected: 12, HeldBackFor: time.Second},
	{Kind: "password", Issued: time.UnixMilli(1_700_000_000_250), Calls: &credentials.Calls{Tokens: 3, Failed: 1}},
}

func settings(t testing.TB) *proxy.Settings {
	t.Helper()
	reader, err := normalize.NewReader(&normalize.Profile{
		Name: "akeneo", Vendor: "Akeneo", Rules: []normalize.Rule{{Name: "validation", Type: problem.ValidationFailed}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &proxy.Settings{
		Consumers: proxy.ConsumersConfig{Weights: map[string]float64{"batch": 1}},
		Upstreams: []proxy.Upstream{{Name: "akeneo", Reader: reader}},
	}
}

func TestNamesTypesAndLabelsAreThoseOfTheDesign(t *testing.T) {
	m := newMetrics(t)
	m.Observe(exchange())
	m.Observe(failure())
	batch := exchange()
	batch.Batch = &proxy.Batch{OK: 1}
	m.Observe(batch)
	got := map[string]family{}
	for _, f := range families(scrape(t, m.Handler(), "text/plain")) {
		got[f.Name] = f
	}
	for _, want := range contract {
		if diff := gocmp.Diff(want, got[want.Name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Name, diff)
		}
	}
}

func TestLinters(t *testing.T) {
	m := newMetrics(t)
	m.Observe(exchange())
	m.Observe(failure())
	text := scrape(t, m.Handler(), "text/plain")
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	checkWithPromtool(t, text)
}

func checkWithPromtool(t *testing.T, text string) {
	t.Helper()
	tool, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("promtool is missing: apt-get install prometheus")
		}
		t.Skip("promtool is missing: make deps installs it")
	}
	check := exec.CommandContext(t.Context(), tool, "check", "metrics")
	check.Stdin = strings.NewReader(text)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

// A label taken from a caller would let strangers fill our memory and Prometheus's.
func TestStrangersMakeNoSeries(t *testing.T) {
	m := newMetrics(t)
	hostile(m, 0, 100)
	before := seriesOf(scrape(t, m.Handler(), "text/plain"))
	hostile(m, 100, 100_000)
	after := seriesOf(scrape(t, m.Handler(), "text/plain"))
	if diff := gocmp.Diff(before, after); diff != "" {
		t.Errorf("100,000 hostile exchanges changed the series (-before +after):\n%s", diff)
	}
}

// hostile observes exchanges in which every text that a caller can choose is new, and often no text at all.
func hostile(m *metrics.Metrics, from, to int) {
	for n := from; n < to; n++ {
		e := exchange()
		if n%2 == 1 {
			e = failure()
		}
		odd := fmt.Sprintf("\xff\x00\r\n%d\"\\{}", n)
		e.Method, e.Host, e.Path = odd, odd, "/"+odd
		e.Consumer, e.RequestID, e.Rule = odd, odd, odd
		if n%4 < 2 {
			e.Upstream = odd
		}
		m.Observe(e)
	}
}

// seriesOf lists the series of text that are ours, without their values.
func seriesOf(text string) []string {
	var out []string
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "gateway_") {
			out = append(out, lines.Text()[:strings.LastIndexByte(lines.Text(), ' ')])
		}
	}
	slices.Sort(out)
	return out
}

func TestOpenMetricsIsOffered(t *testing.T) {
	text := scrape(t, newMetrics(t).Handler(), "application/openmetrics-text;version=1.0.0")
	if !strings.HasSuffix(text, "# EOF\n") {
		t.Error("no OpenMetrics: exemplars would vanish")
	}
}

// An exemplar leads from a bucket to a trace that somebody keeps; that of an unsampled one would lead nowhere.
func TestExemplarsLeadToTraces(t *testing.T) {
	for sampled, want := range map[bool]int{true: 2, false: 0} {
		m := newMetrics(t)
		e := exchange()
		e.Trace, e.Start = proxy.Trace{ID: [16]byte{0xab}, Sampled: sampled}, time.Now()
		e.Attempts[0].Start = e.Start
		m.Observe(e)
		text := scrape(t, m.Handler(), "application/openmetrics-text;version=1.0.0")
		if got := strings.Count(text, `# {trace_id="ab000000000000000000000000000000"}`); got != want {
			t.Errorf("sampled %t: %d exemplars, want %d", sampled, got, want)
		}
	}
}

// Both kinds are offered, so that a scraper that knows no native histograms loses nothing.
func TestNativeHistogramsAreOfferedBesideTheClassicOnes(t *testing.T) {
	for _, native := range []bool{true, false} {
		m := metrics.New(metrics.Config{NativeHistograms: native}, func() proxy.Status { return proxy.Status{} })
		m.Reloaded(settings(t), time.Now())
		m.Observe(exchange())
		if text := scrape(t, m.Handler(), "text/plain"); !strings.Contains(text, `gateway_request_duration_seconds_bucket{upstream="akeneo",le="0.25"} 1`) {
			t.Error("no classic buckets")
		}
		protobuf := scrape(t, m.Handler(), "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")
		if got := nativeBuckets(t, protobuf); got != native {
			t.Errorf("asked for native histograms: %t, got them: %t", native, got)
		}
	}
}

// nativeBuckets is true if the exchange's duration stands in a native histogram of text, which is protobuf.
func nativeBuckets(t *testing.T, text string) bool {
	t.Helper()
	dec := expfmt.NewDecoder(strings.NewReader(text), expfmt.NewFormat(expfmt.TypeProtoDelim))
	for {
		var f dto.MetricFamily
		if err := dec.Decode(&f); err != nil {
			return false
		}
		if f.GetName() == "gateway_request_duration_seconds" {
			for _, m := range f.Metric {
				if len(m.GetHistogram().GetPositiveSpan()) > 0 {
					return true
				}
			}
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	m := newMetrics(b)
	traced := exchange()
	traced.Start, traced.Attempts[0].Start = time.Now(), time.Now()
	traced.Trace = proxy.Trace{ID: [16]byte{1}, Sampled: true}
	for name, e := range map[string]proxy.Exchange{"success": exchange(), "problem": failure(), "traced": traced} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Observe(e)
			}
		})
	}
}
