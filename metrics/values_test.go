package metrics_test

import (
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"gateway/document"
	"gateway/metrics"
	"gateway/problem"
	"gateway/proxy"
	"gateway/ratelimit"
	"gateway/resilience"
)

// values returns the samples of m whose name begins with prefix and that are not 0.
func values(t *testing.T, m *metrics.Metrics, prefix string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for line := range strings.Lines(scrape(t, m.Handler(), "text/plain")) {
		end := strings.LastIndexByte(line, ' ')
		if value := strings.TrimSpace(line[end+1:]); strings.HasPrefix(line, prefix) && value != "0" {
			out[line[:end]] = value
		}
	}
	return out
}

func TestAnExchangeIsCounted(t *testing.T) {
	gone := exchange()
	gone.Code, gone.Attempts, gone.Consumer = 499, []proxy.Attempt{{Aborted: true}}, "batch"
	silent := exchange()
	silent.Code, silent.Attempts = 502, []proxy.Attempt{{}}
	unread := failure()
	unread.Rule, unread.Untouched, unread.Method = "", true, "BREW"
	guessed := failure()
	guessed.Rule, guessed.Problem.Mapped = "", problem.MappedHeuristic
	byStatus := failure()
	byStatus.Rule, byStatus.Problem = "", nil // reading it ended in a fault of ours
	batch := exchange()
	batch.Batch = &proxy.Batch{OK: 3, Failed: map[problem.Type]int64{problem.ValidationFailed: 2}, Unread: 1}
	broken := failure()
	broken.Body = document.Cut
	lost := proxy.Exchange{Upstream: "gone", Consumer: "who", Method: "GET", Code: 404}

	for name, c := range map[string]struct {
		exchange proxy.Exchange
		want     map[string]string
	}{
		"a success": {exchange(), map[string]string{
			`gateway_responses_total{code="200",consumer="_other",fault="",method="GET",origin="",type="",upstream="akeneo"}`: "1",
			`gateway_upstream_responses_total{code="200",upstream="akeneo"}`:                                                  "1",
		}},
		"a batch answer": {batch, map[string]string{
			`gateway_responses_total{code="200",consumer="_other",fault="",method="GET",origin="",type="",upstream="akeneo"}`: "1",
			`gateway_upstream_responses_total{code="200",upstream="akeneo"}`:                                                  "1",
			`gateway_batch_items_total{outcome="ok",type="",upstream="akeneo"}`:                                               "3",
			`gateway_batch_items_total{outcome="failed",type="validation-failed",upstream="akeneo"}`:                          "2",
			`gateway_batch_items_total{outcome="unread",type="",upstream="akeneo"}`:                                           "1",
		}},
		"a caller that left": {gone, map[string]string{
			`gateway_responses_total{code="499",consumer="batch",fault="",method="GET",origin="",type="",upstream="akeneo"}`: "1",
		}},
		"a vendor that said nothing": {silent, map[string]string{
			`gateway_responses_total{code="502",consumer="_other",fault="",method="GET",origin="",type="",upstream="akeneo"}`: "1",
			`gateway_upstream_responses_total{code="error",upstream="akeneo"}`:                                                "1",
		}},
		"an error after a retry": {failure(), map[string]string{
			`gateway_responses_total{code="422",consumer="_other",fault="caller",method="GET",origin="upstream",type="validation-failed",upstream="akeneo"}`: "1",
			`gateway_upstream_responses_total{code="422",upstream="akeneo"}`:                                                                                 "1",
			`gateway_upstream_responses_total{code="503",upstream="akeneo"}`:                                                                                 "1",
			`gateway_retries_total{reason="503",upstream="akeneo"}`:                                                                                          "1",
			`gateway_problems_mapped_total{rule="validation",upstream="akeneo"}`:                                                                             "1",
		}},
		"an error that could not be read": {unread, map[string]string{
			`gateway_responses_total{code="422",consumer="_other",fault="caller",method="_other",origin="upstream",type="validation-failed",upstream="akeneo"}`: "1",
			`gateway_upstream_responses_total{code="422",upstream="akeneo"}`:                                                                                    "1",
			`gateway_upstream_responses_total{code="503",upstream="akeneo"}`:                                                                                    "1",
			`gateway_retries_total{reason="503",upstream="akeneo"}`:                                                                                             "1",
			`gateway_problems_mapped_total{rule="_untouched",upstream="akeneo"}`:                                                                                "1",
		}},
		"an error whose body was cut": {broken, map[string]string{
			`gateway_responses_total{code="422",consumer="_other",fault="caller",method="GET",origin="upstream",type="validation-failed",upstream="akeneo"}`: "1",
			`gateway_upstream_responses_total{code="422",upstream="akeneo"}`:                                                                                 "1",
			`gateway_upstream_responses_total{code="503",upstream="akeneo"}`:                                                                                 "1",
			`gateway_retries_total{reason="503",upstream="akeneo"}`:                                                                                          "1",
			`gateway_problems_mapped_total{rule="validation",upstream="akeneo"}`:                                                                             "1",
			`gateway_damaged_bodies_total{damage="cut",upstream="akeneo"}`:                                                                                   "1",
		}},
		"an error that was guessed": {guessed, map[string]string{
			`gateway_responses_total{code="422",consumer="_other",fault="caller",method="GET",origin="upstream",type="validation-failed",upstream="akeneo"}`: "1",
			`gateway_upstream_responses_total{code="422",upstream="akeneo"}`:                                                                                 "1",
			`gateway_upstream_responses_total{code="503",upstream="akeneo"}`:                                                                                 "1",
			`gateway_retries_total{reason="503",upstream="akeneo"}`:                                                                                          "1",
			`gateway_problems_mapped_total{rule="_heuristic",upstream="akeneo"}`:                                                                             "1",
		}},
		"an answer without a problem": {byStatus, map[string]string{
			`gateway_responses_total{code="422",consumer="_other",fault="",method="GET",origin="",type="",upstream="akeneo"}`: "1",
			`gateway_upstream_responses_total{code="422",upstream="akeneo"}`:                                                  "1",
			`gateway_upstream_responses_total{code="503",upstream="akeneo"}`:                                                  "1",
			`gateway_retries_total{reason="503",upstream="akeneo"}`:                                                           "1",
			`gateway_problems_mapped_total{rule="_status",upstream="akeneo"}`:                                                 "1",
		}},
		"no upstream": {lost, map[string]string{
			`gateway_responses_total{code="404",consumer="_other",fault="",method="GET",origin="",type="",upstream="_other"}`: "1",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMetrics(t)
			m.Observe(c.exchange)
			got := map[string]string{}
			for _, prefix := range []string{"gateway_responses_", "gateway_upstream_responses_", "gateway_retries_", "gateway_problems_", "gateway_batch_", "gateway_damaged_"} {
				maps.Copy(got, values(t, m, prefix))
			}
			if diff := gocmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Attempts are measured one by one, the exchange from end to end.
func TestDurationsAreSeconds(t *testing.T) {
	m := newMetrics(t)
	e := exchange()
	e.Duration = 3 * time.Second
	e.Attempts = []proxy.Attempt{{Code: 503, Duration: 500 * time.Millisecond}, {Code: 200, Duration: time.Second}}
	m.Observe(e)
	want := map[string]string{
		`gateway_request_duration_seconds_sum{upstream="akeneo"}`:            "3",
		`gateway_request_duration_seconds_count{upstream="akeneo"}`:          "1",
		`gateway_upstream_request_duration_seconds_sum{upstream="akeneo"}`:   "1.5",
		`gateway_upstream_request_duration_seconds_count{upstream="akeneo"}`: "2",
	}
	got := map[string]string{}
	for series, value := range values(t, m, "gateway_") {
		if strings.Contains(series, "_duration_seconds_sum") || strings.Contains(series, "_duration_seconds_count") {
			got[series] = value
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Without a 0 before it, the first failure is no rise for Prometheus, and an alert on it sleeps.
func TestKnownSeriesBeginAtZero(t *testing.T) {
	text := scrape(t, newMetrics(t).Handler(), "text/plain")
	for _, series := range []string{
		`gateway_responses_total{code="200",consumer="batch",fault="",method="GET",origin="",type="",upstream="akeneo"} 0`,
		`gateway_responses_total{code="201",consumer="_other",fault="",method="POST",origin="",type="",upstream="akeneo"} 0`,
		`gateway_upstream_responses_total{code="429",upstream="akeneo"} 0`,
		`gateway_upstream_responses_total{code="error",upstream="akeneo"} 0`,
		`gateway_request_duration_seconds_count{upstream="akeneo"} 0`,
		`gateway_problems_mapped_total{rule="validation",upstream="akeneo"} 0`,
		`gateway_retries_total{reason="upstream-unavailable",upstream="akeneo"} 0`,
		`gateway_problems_mapped_total{rule="_untouched",upstream="akeneo"} 0`,
	} {
		if !strings.Contains(text, series+"\n") {
			t.Errorf("%s is missing", series)
		}
	}
}

func TestLevelsComeFromOneSnapshotAScrape(t *testing.T) {
	asked := 0
	m := metrics.New(metrics.Config{}, func() proxy.Status {
		asked++
		return proxy.Status{Store: &ratelimit.StoreStatus{Up: true, Gateways: 2}, Upstreams: map[string]proxy.UpstreamStatus{
			"a": {InFlight: 2, Circuit: resilience.CircuitStatus{State: "half-open"}}, "b": {InFlight: 5},
		}, HeldBytes: 7}
	})
	want := map[string]string{
		`gateway_requests_in_flight{upstream="a"}`:              "2",
		`gateway_requests_in_flight{upstream="b"}`:              "5",
		`gateway_held_bytes`:                                    "7",
		`gateway_breaker_state{state="half-open",upstream="a"}`: "1",
	}
	got := values(t, m, "gateway_requests_in_flight")
	if asked != 1 {
		t.Errorf("a scrape asked %d times", asked)
	}
	for _, prefix := range []string{"gateway_held_bytes", "gateway_breaker_state"} {
		maps.Copy(got, values(t, m, prefix))
	}
	if text := scrape(t, m.Handler(), "text/plain"); strings.Count(text, "\ngateway_breaker_state{") != 3 {
		t.Error("every state of a breaker that is in use has a series, and no other")
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestThrottleIsShown: decisions and waits by consumer, and the levels of one upstream, what was learnt included.
func TestThrottleIsShown(t *testing.T) {
	m := newMetrics(t)
	x := exchange()
	x.Consumer, x.Throttled = "batch", []ratelimit.Decision{{Kind: ratelimit.Sent}, {Kind: ratelimit.Waited, Wait: 2 * time.Second}}
	m.Observe(x)
	x.Consumer, x.Throttled = "stranger", []ratelimit.Decision{{Kind: ratelimit.Refused, Wait: time.Second}}
	m.Observe(x)
	got := values(t, m, "gateway_throttle_decisions_total")
	for _, prefix := range []string{
		"gateway_throttle_wait_seconds_sum", "gateway_throttle_wait_seconds_count", "gateway_throttle_queue_length",
		"gateway_cooldown_until_timestamp_seconds", "gateway_quota",
	} {
		maps.Copy(got, values(t, m, prefix))
	}
	want := map[string]string{
		`gateway_throttle_decisions_total{consumer="batch",decision="sent",upstream="akeneo"}`:     "1",
		`gateway_throttle_decisions_total{consumer="batch",decision="waited",upstream="akeneo"}`:   "1",
		`gateway_throttle_decisions_total{consumer="_other",decision="refused",upstream="akeneo"}`: "1",
		`gateway_throttle_wait_seconds_sum{consumer="batch",upstream="akeneo"}`:                    "2",
		`gateway_throttle_wait_seconds_count{consumer="batch",upstream="akeneo"}`:                  "2",
		`gateway_throttle_queue_length{upstream="akeneo"}`:                                         "7",
		`gateway_cooldown_until_timestamp_seconds{upstream="akeneo"}`:                              "1.7000000605e+09",
		`gateway_quota_limit{upstream="akeneo",window="1s"}`:                                       "100",
		`gateway_quota_remaining{upstream="akeneo",window="1s"}`:                                   "12",
		`gateway_quota_remaining{upstream="akeneo",window="vendor"}`:                               "5",
		"gateway_quota_gateways": "2",
		"gateway_quota_store_up": "1",
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestCredentialsAreShown by their place in the configuration, those of tokens from the first scrape on.
func TestCredentialsAreShown(t *testing.T) {
	want := map[string]string{
		`gateway_credential_rejections_total{credential="0",upstream="akeneo"}`:                  "12",
		`gateway_credential_held_back{credential="0",upstream="akeneo"}`:                         "1",
		`gateway_credential_token_issued_timestamp_seconds{credential="1",upstream="akeneo"}`:    "1.70000000025e+09",
		`gateway_credential_token_calls_total{credential="1",result="ok",upstream="akeneo"}`:     "3",
		`gateway_credential_token_calls_total{credential="1",result="failed",upstream="akeneo"}`: "1",
	}
	m := newMetrics(t)
	if diff := gocmp.Diff(want, values(t, m, "gateway_credential_")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	text := scrape(t, m.Handler(), "text/plain")
	for _, zero := range []string{
		`gateway_credential_token_calls_total{credential="1",result="refused",upstream="akeneo"} 0`,
		`gateway_credential_token_expiry_timestamp_seconds{credential="1",upstream="akeneo"} 0`,
		`gateway_credential_rejections_total{credential="1",upstream="akeneo"} 0`,
	} {
		if !strings.Contains(text, zero) {
			t.Errorf("%s is missing", zero)
		}
	}
}

func TestReloadsAreShown(t *testing.T) {
	m := newMetrics(t)
	m.Reloaded(nil, time.Unix(1_800_000_000, 0))
	want := map[string]string{"gateway_config_last_reload_success_timestamp_seconds": "1.7e+09"}
	if diff := gocmp.Diff(want, values(t, m, "gateway_config_")); diff != "" {
		t.Errorf("after a failure (-want +got):\n%s", diff)
	}
	m.Observe(exchange())
	if len(values(t, m, `gateway_upstream_responses_total{code="200",upstream="akeneo"}`)) == 0 {
		t.Error("a failed reload made a configured upstream unknown")
	}
	m.Reloaded(settings(t), time.Unix(1_800_000_000, 0))
	want = map[string]string{
		"gateway_config_last_reload_successful":                "1",
		"gateway_config_last_reload_success_timestamp_seconds": "1.8e+09",
	}
	if diff := gocmp.Diff(want, values(t, m, "gateway_config_")); diff != "" {
		t.Errorf("after a success (-want +got):\n%s", diff)
	}
}

func TestReloadsChangeWhatIsKnownAndKeepCounts(t *testing.T) {
	m := newMetrics(t)
	m.Observe(exchange())
	next := settings(t)
	next.Upstreams[0].Name = "apaleo"
	m.Reloaded(next, time.Now())
	m.Observe(exchange()) // of akeneo, which is gone
	m.Reloaded(settings(t), time.Now())
	m.Observe(exchange())
	want := map[string]string{
		`gateway_upstream_responses_total{code="200",upstream="akeneo"}`: "2",
		`gateway_upstream_responses_total{code="200",upstream="_other"}`: "1",
	}
	if diff := gocmp.Diff(want, values(t, m, "gateway_upstream_responses_total")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestObservingReloadingAndScrapingAtOnce(t *testing.T) {
	m := newMetrics(t)
	next := settings(t)
	var all sync.WaitGroup
	all.Go(func() { hostile(m, 0, 200) })
	all.Go(func() { hostile(m, 200, 400) })
	all.Go(func() {
		for range 20 {
			m.Reloaded(next, time.Now())
		}
	})
	all.Go(func() { scrape(t, m.Handler(), "text/plain") })
	all.Wait()
	want := map[string]string{`gateway_request_duration_seconds_count{upstream="akeneo"}`: "200"}
	if diff := gocmp.Diff(want, values(t, m, `gateway_request_duration_seconds_count{upstream="akeneo"}`)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
