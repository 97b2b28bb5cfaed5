package ratehint_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gateway/ratehint"
)

// headerOf makes a header of the lines of a recorded answer.
func headerOf(lines ...string) http.Header {
	h := http.Header{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	return h
}

// quota is a Quota of which only this is known.
func quota(name string, limit, remaining int64, window time.Duration) ratehint.Quota {
	return ratehint.Quota{Name: name, Limit: limit, Remaining: remaining, Window: window}
}

// until adds a reset.
func until(q ratehint.Quota, reset time.Duration) ratehint.Quota {
	q.Reset, q.HasReset = reset, true
	return q
}

// beyond says what Reset was before it was cut.
func beyond(q ratehint.Quota, asked time.Duration) ratehint.Quota {
	q.AskedReset = asked
	return q
}

func TestQuotasOfEveryKnownFamily(t *testing.T) {
	for name, test := range map[string]struct {
		lines []string
		want  []ratehint.Quota
	}{
		"draft 11": {
			[]string{
				`RateLimit-Policy: "burst";q=100;w=60,"daily";q=1000;w=86400;qu="requests"`,
				`RateLimit: "burst";r=0;t=30, "daily";r=940`,
			},
			[]ratehint.Quota{until(quota("burst", 100, 0, time.Minute), 30*time.Second), quota("daily", 1000, 940, 24*time.Hour)},
		},
		"draft 11, one policy by token, odd spaces, partition key": {
			[]string{`RateLimit: default ; r=50 ; t=30 ; pk=:QUJD:`},
			[]ratehint.Quota{until(quota("default", -1, 50, 0), 30*time.Second)},
		},
		"draft 07": {
			[]string{`RateLimit: limit=100, remaining=50, reset=5`, `RateLimit-Policy: 100;w=60`},
			[]ratehint.Quota{until(quota("", 100, 50, time.Minute), 5*time.Second)},
		},
		"draft 06, several policies": {
			[]string{`RateLimit-Limit: 10, 10;w=1, 50;w=60`, `RateLimit-Remaining: 0`, `RateLimit-Reset: 1`},
			[]ratehint.Quota{until(quota("", 10, 0, time.Second), time.Second), quota("", 50, -1, time.Minute)},
		},
		"docker": {
			[]string{`ratelimit-limit: 100;w=21600`, `ratelimit-remaining: 76;w=21600`},
			[]ratehint.Quota{quota("", 100, 76, 6*time.Hour)},
		},
		"github": {
			[]string{
				`X-RateLimit-Limit: 60`, `X-RateLimit-Remaining: 0`, `X-RateLimit-Used: 60`, `X-RateLimit-Resource: core`,
				`X-RateLimit-Reset: 1795350000`,
			},
			[]ratehint.Quota{until(quota("", 60, 0, 0), 20*time.Minute)},
		},
		"gitlab": {
			[]string{
				`RateLimit-Limit: 60`, `RateLimit-Remaining: 0`, `RateLimit-Observed: 67`, `RateLimit-Name: throttle_api`,
				`RateLimit-Reset: 1795348860`, `RateLimit-ResetTime: Sun, 22 Nov 2026 12:01:00 GMT`,
			},
			[]ratehint.Quota{until(quota("", 60, 0, 0), time.Minute)},
		},
		"digitalocean": {
			[]string{`ratelimit-limit: 5000`, `ratelimit-remaining: 0`, `ratelimit-reset: 1795348900`},
			[]ratehint.Quota{until(quota("", 5000, 0, 0), 100*time.Second)},
		},
		"zendesk": {
			[]string{
				`X-Rate-Limit: 700`, `X-Rate-Limit-Remaining: 699`,
				`ratelimit-limit: 700`, `ratelimit-remaining: 699`, `ratelimit-reset: 41`,
				`zendesk-ratelimit-tickets-index: total=100; remaining=99; resets=41`,
			},
			[]ratehint.Quota{
				until(quota("", 700, 699, 0), 41*time.Second), quota("", 700, 699, 0),
				until(quota("tickets-index", 100, 99, 0), 41*time.Second),
			},
		},
		"jira cloud": {
			[]string{
				`X-RateLimit-Limit: 350`, `X-RateLimit-Remaining: 0`, `X-RateLimit-Reset: 2026-11-22T12:38Z`,
				`X-RateLimit-NearLimit: true`, `RateLimit-Reason: jira-burst-based`,
			},
			[]ratehint.Quota{until(quota("", 350, 0, 0), 38*time.Minute)},
		},
		"jira data center": {
			[]string{
				`X-RateLimit-Limit: 50`, `X-RateLimit-Remaining: 3`, `X-RateLimit-Interval-Seconds: 10`,
				`X-RateLimit-FillRate: 5`,
			},
			[]ratehint.Quota{quota("", 50, 3, 10*time.Second)},
		},
		"shopify": {
			[]string{`X-Shopify-Shop-Api-Call-Limit: 72/80`},
			[]ratehint.Quota{quota("", 80, 8, 0)},
		},
		"hubspot": {
			[]string{
				`X-HubSpot-RateLimit-Daily: 1000000`, `X-HubSpot-RateLimit-Daily-Remaining: 979468`,
				`X-HubSpot-RateLimit-Secondly: 60`, `X-HubSpot-RateLimit-Secondly-Remaining: 59`,
			},
			[]ratehint.Quota{quota("daily", 1_000_000, 979_468, 24*time.Hour), quota("secondly", 60, 59, time.Second)},
		},
		"hubspot, newer": {
			[]string{
				`X-HubSpot-RateLimit-Max: 100`, `X-HubSpot-RateLimit-Remaining: 98`,
				`X-HubSpot-RateLimit-Interval-Milliseconds: 10000`,
			},
			[]ratehint.Quota{quota("", 100, 98, 10*time.Second)},
		},
		"discord": {
			[]string{
				`X-RateLimit-Limit: 10`, `X-RateLimit-Remaining: 0`, `X-RateLimit-Reset: 1795348865.123`,
				`X-RateLimit-Reset-After: 64.57`, `X-RateLimit-Bucket: abcd1234`, `X-RateLimit-Scope: user`,
				`X-RateLimit-Global: true`,
			},
			[]ratehint.Quota{until(quota("", 10, 0, 0), 65*time.Second)},
		},
		"openai": {
			[]string{
				`x-ratelimit-limit-requests: 60`, `x-ratelimit-remaining-requests: 0`, `x-ratelimit-reset-requests: 120ms`,
				`x-ratelimit-limit-tokens: 150000`, `x-ratelimit-remaining-tokens: 149984`, `x-ratelimit-reset-tokens: 6m0s`,
			},
			[]ratehint.Quota{
				until(quota("requests", 60, 0, 0), time.Second), until(quota("tokens", 150_000, 149_984, 0), 6*time.Minute),
			},
		},
		"anthropic": {
			[]string{
				`anthropic-ratelimit-requests-limit: 50`, `anthropic-ratelimit-requests-remaining: 49`,
				`anthropic-ratelimit-requests-reset: 2026-11-22T12:00:02Z`, `anthropic-ratelimit-input-tokens-limit: 40000`,
				`anthropic-ratelimit-input-tokens-remaining: 0`, `anthropic-ratelimit-input-tokens-reset: 2026-11-22T12:00:30Z`,
			},
			[]ratehint.Quota{
				until(quota("input-tokens", 40_000, 0, 0), 30*time.Second), until(quota("requests", 50, 49, 0), 2*time.Second),
			},
		},
		"xero": {
			[]string{
				`X-MinLimit-Remaining: 0`, `X-DayLimit-Remaining: 4321`, `X-AppMinLimit-Remaining: 9999`,
				`X-Rate-Limit-Problem: minute`,
			},
			[]ratehint.Quota{
				quota("appmin", -1, 9999, time.Minute), quota("day", -1, 4321, 24*time.Hour), quota("min", -1, 0, time.Minute),
			},
		},
		"salesforce": {
			[]string{`Sforce-Limit-Info: api-usage=18/5000, per-app-api-usage=17/250(appName=sample-app)`},
			[]ratehint.Quota{quota("api-usage", 5000, 4982, 24*time.Hour), quota("per-app-api-usage", 250, 233, 24*time.Hour)},
		},
		"facebook": {
			[]string{
				`X-Business-Use-Case-Usage: {"1784":[{"type":"ads","call_count":100,"total_time":25,` +
					`"estimated_time_to_regain_access":19}]}`,
			},
			[]ratehint.Quota{
				until(quota("call_count", 100, 0, 0), 19*time.Minute), until(quota("total_time", 100, 75, 0), 19*time.Minute),
			},
		},
		"facebook's other header": {
			[]string{`X-App-Usage: {"call_count":28,"total_time":25,"total_cputime":26}`},
			[]ratehint.Quota{
				quota("call_count", 100, 72, 0), quota("total_time", 100, 75, 0), quota("total_cputime", 100, 74, 0),
			},
		},
		"woocommerce": {
			[]string{
				`RateLimit-Limit: 25`, `RateLimit-Remaining: 0`, `RateLimit-Reset: 1795348810`, `RateLimit-Retry-After: 10`,
			},
			[]ratehint.Quota{until(quota("", 25, 0, 0), 10*time.Second)},
		},
		"apaleo, whose limit is a period": {
			[]string{
				`x-rate-limit-limit: 10m`, `x-rate-limit-remaining: 299`, `x-rate-limit-reset: 2026-11-22T12:10:00.2689176Z`,
			},
			[]ratehint.Quota{until(quota("", -1, 299, 10*time.Minute), 601*time.Second)},
		},
		"accelo": {
			[]string{`X-RateLimit-Limit: 5000`, `X-RateLimit-Remaining: 0`, `X-RateLimit-Reset: 1795352400`},
			[]ratehint.Quota{until(quota("", 5000, 0, 0), time.Hour)},
		},
		"kong": {
			[]string{
				`X-RateLimit-Limit-Minute: 20`, `X-RateLimit-Remaining-Minute: 19`, `X-RateLimit-Limit-Hour: 500`,
				`X-RateLimit-Remaining-Hour: 499`,
			},
			[]ratehint.Quota{quota("hour", 500, 499, time.Hour), quota("minute", 20, 19, time.Minute)},
		},
		"azure": {
			[]string{`x-ms-ratelimit-remaining-subscription-reads: 11999`},
			[]ratehint.Quota{quota("subscription-reads", -1, 11_999, 0)},
		},
		"reddit": {
			[]string{`x-ratelimit-used: 1`, `x-ratelimit-remaining: 0.5`, `x-ratelimit-reset: 300`},
			[]ratehint.Quota{until(quota("", -1, 0, 0), 5*time.Minute)},
		},
		"milliseconds by name": {
			[]string{`X-RateLimit-Remaining: 0`, `X-RateLimit-ResetMs: 2500`},
			[]ratehint.Quota{until(quota("", -1, 0, 0), 3*time.Second)},
		},
		"Unix milliseconds": {
			[]string{`X_RateLimit_Remaining: 0`, `X_RateLimit_Reset: 1795348802001`},
			[]ratehint.Quota{until(quota("", -1, 0, 0), 3*time.Second)},
		},
		"a reset that has passed": {
			[]string{`X-RateLimit-Remaining: 0`, `X-RateLimit-Reset: 1795348799`},
			[]ratehint.Quota{until(quota("", -1, 0, 0), 0)},
		},
		"beyond all bounds": {
			[]string{
				`X-RateLimit-Limit: 99999999999999999999`, `X-RateLimit-Remaining: -3`,
				`X-RateLimit-Reset: 99999999999999999999999999999999999999`,
			},
			[]ratehint.Quota{beyond(until(quota("", 1<<63-1, 0, 0), ratehint.MaxWait), longest)},
		},
		"the end of a month": {
			[]string{`X-RateLimit-Remaining: 0`, `X-RateLimit-Reset: 1209600`},
			[]ratehint.Quota{beyond(until(quota("", -1, 0, 0), ratehint.MaxWait), 14*24*time.Hour)},
		},
		"nothing that can be read": {
			[]string{`X-RateLimit-Limit: lots`, `X-RateLimit-Remaining: some`, `X-RateLimit-Reset: soon`}, nil,
		},
		"headers of other things": {
			[]string{`Content-Limit: 5`, `X-Limit: 3`, `X-Upload-Limit: 4`, `Usage: 1`, `Retry-After: 3`}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := headerOf(append(test.lines, "Date: "+noon.Format(http.TimeFormat))...)
			if diff := cmp.Diff(test.want, ratehint.Quotas(h, noon.Add(time.Hour))); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

func TestQuotasAreBounded(t *testing.T) {
	h := http.Header{}
	for i := range 500 {
		h.Set("X-RateLimit-Limit-B"+strings.Repeat("x", i), "5")
	}
	h.Set("RateLimit-Policy", strings.Repeat(`"p";q=1,`, 10_000))
	h.Set("RateLimit-Limit", strings.Repeat(`1;w=1,`, 600))
	if got := ratehint.Quotas(h, noon); len(got) > 32 {
		t.Errorf("%d quotas", len(got))
	}
}

func TestResetAfterIsTheLatestOfTheExhausted(t *testing.T) {
	left, gone := quota("a", 10, 1, 0), quota("b", 10, 0, 0)
	for name, test := range map[string]struct {
		quotas []ratehint.Quota
		want   time.Duration
		ok     bool
	}{
		"none":                     {nil, 0, false},
		"something left":           {[]ratehint.Quota{until(left, time.Minute)}, 0, false},
		"no reset":                 {[]ratehint.Quota{gone}, 0, false},
		"unknown what is left":     {[]ratehint.Quota{until(quota("", 5, -1, 0), time.Minute)}, 0, false},
		"the exhausted one counts": {[]ratehint.Quota{until(left, time.Hour), until(gone, time.Minute)}, time.Minute, true},
		"the later of two":         {[]ratehint.Quota{until(gone, time.Hour), until(gone, time.Minute)}, time.Hour, true},
		"at once":                  {[]ratehint.Quota{until(gone, 0)}, 0, true},
	} {
		if span, ok := ratehint.ResetAfter(test.quotas); span != (ratehint.Span{Wait: test.want}) || ok != test.ok {
			t.Errorf("%s: %v, %t; want %v, %t", name, span, ok, test.want, test.ok)
		}
	}
}

func FuzzQuotas(f *testing.F) {
	f.Add("RateLimit", `"default";r=50;t=30`, "RateLimit-Policy", `"default";q=100;w=60`)
	f.Add("X-RateLimit-Limit", "100, 100;w=60", "X-RateLimit-Reset", "1795350000")
	f.Add("X-Rate-Limit-Limit", "10m", "X-Rate-Limit-Reset", "2026-11-22T12:10:00.2689176Z")
	f.Add("Sforce-Limit-Info", "api-usage=18/5000", "X-App-Usage", `{"call_count":28}`)
	f.Add("zendesk-ratelimit-x", "total=100; remaining=99; resets=41", "x-ratelimit-reset-requests", "6m0s")
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string) {
		for _, q := range ratehint.Quotas(http.Header{name1: {value1}, name2: {value2}}, noon) {
			if q.Limit < -1 || q.Remaining < -1 || q.Window < 0 || q.Reset < 0 || q.Reset > ratehint.MaxWait {
				t.Errorf("%q: %q, %q: %q: %+v", name1, value1, name2, value2, q)
			}
		}
	})
}

func BenchmarkQuotas(b *testing.B) {
	plain := headerOf("Content-Type: application/json", "Date: "+noon.Format(http.TimeFormat), "Cache-Control: no-store",
		"Etag: x", "Vary: Accept", "X-Request-Id: 1", "Server: nginx", "Strict-Transport-Security: max-age=1")
	limited := plain.Clone()
	limited.Set("X-RateLimit-Limit", "5000")
	limited.Set("X-RateLimit-Remaining", "4999")
	limited.Set("X-RateLimit-Reset", "1795350000")
	for name, h := range map[string]http.Header{"without": plain, "with": limited} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ratehint.Quotas(h, noon)
			}
		})
	}
}
