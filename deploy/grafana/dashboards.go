package main

// Units of Grafana.
const (
	perSecond = "reqps"
	seconds   = "s"
	share     = "percentunit"
	count     = "short"
	byteCount = "bytes"
	moment    = "dateTimeFromNow"
)

// dashboards are all of them, in the order of a search for what is wrong: which vendor, why, is it us.
var dashboards = []board{overview, upstream, gateway}

var overview = board{
	uid: "gateway-egress", title: "Gateway / Egress overview",
	about: "Every vendor at a glance: is it they or we, and is the quota kept?",
	rows: []row{
		{"Traffic", []panel{
			{title: "Requests", about: "What callers sent, by upstream.", unit: perSecond, stacked: true, queries: []query{
				{`sum by (upstream) (rate(gateway_responses_total[$__rate_interval]))`, "{{upstream}}"},
			}},
			{title: "Errors by type", about: "Problems sent to callers, by type.", unit: perSecond, stacked: true, queries: []query{
				{`sum by (type) (rate(gateway_responses_total{type!=""}[$__rate_interval]))`, "{{type}}"},
			}},
		}},
		{"Who must act", []panel{
			{title: "Faults by upstream", about: "caller: change the request; account: setup or billing; credentials: the key; vendor: wait or write; gateway: us.", unit: perSecond, stacked: true, queries: []query{
				{`sum by (upstream, fault) (rate(gateway_responses_total{fault!=""}[$__rate_interval]))`, "{{upstream}} {{fault}}"},
			}},
			{title: "Share of vendor faults", about: "Of all answers in five minutes; the alerts look at this.", unit: share, queries: []query{
				{`sum by (upstream) (rate(gateway_responses_total{fault="vendor",type!="rate-limited"}[5m])) / sum by (upstream) (rate(gateway_responses_total[5m]))`, "{{upstream}}"},
			}},
		}},
		{"Latency", []panel{
			{title: "As callers see it, p50 and p99", about: "From the request to the end of the answer.", unit: seconds, queries: []query{
				{`histogram_quantile(0.5, sum by (upstream, le) (rate(gateway_request_duration_seconds_bucket[$__rate_interval])))`, "{{upstream}} p50"},
				{`histogram_quantile(0.99, sum by (upstream, le) (rate(gateway_request_duration_seconds_bucket[$__rate_interval])))`, "{{upstream}} p99"},
			}},
			{title: "Our own part, mean", about: "What callers waited beyond the vendor's headers: queue, pauses before retries, the body and our work.", unit: seconds, queries: []query{
				{`(sum by (upstream) (rate(gateway_request_duration_seconds_sum[$__rate_interval])) - sum by (upstream) (rate(gateway_upstream_request_duration_seconds_sum[$__rate_interval]))) / (sum by (upstream) (rate(gateway_request_duration_seconds_count[$__rate_interval])) > 0)`, "{{upstream}}"},
			}},
		}},
		{"Quota", []panel{
			{title: "The vendor's 429s beside what we held", about: "The first should be near zero because of the second.", unit: perSecond, queries: []query{
				{`sum by (upstream) (rate(gateway_upstream_responses_total{code="429"}[$__rate_interval]))`, "{{upstream}} refused by the vendor"},
				{`sum by (upstream) (rate(gateway_throttle_decisions_total{decision="waited"}[$__rate_interval]))`, "{{upstream}} held by us"},
				{`sum by (upstream) (rate(gateway_throttle_decisions_total{decision="refused"}[$__rate_interval]))`, "{{upstream}} refused by us"},
			}},
			{title: "Answers that no rule knew", about: "Share of the vendor's errors; where it rises, the vendor changed its answers.", unit: share, queries: []query{
				{`sum by (upstream) (rate(gateway_problems_mapped_total{rule=~"_status|_heuristic|_untouched"}[$__rate_interval])) / (sum by (upstream) (rate(gateway_problems_mapped_total[$__rate_interval])) > 0)`, "{{upstream}}"},
			}},
			{title: "Quota left", about: "Share of each window that is left.", unit: share, queries: []query{
				{`gateway_quota_remaining / gateway_quota_limit`, "{{upstream}} {{window}}"},
			}},
		}},
	},
}

var upstream = board{
	uid: "gateway-upstream", title: "Gateway / Upstream", byUpstream: true,
	about: "One vendor in depth: what it answers, what is left of its quota, and who used it.",
	rows: []row{
		{"Answers", []panel{
			{title: "Status from the vendor", about: "As it sent them; error where no answer came.", unit: perSecond, stacked: true, queries: []query{
				{`sum by (code) (rate(gateway_upstream_responses_total{upstream=~"$upstream"}[$__rate_interval]))`, "{{code}}"},
			}},
			{title: "Types", about: "Problems by type and who made them.", unit: perSecond, stacked: true, queries: []query{
				{`sum by (type, origin) (rate(gateway_responses_total{upstream=~"$upstream",type!=""}[$__rate_interval]))`, "{{type}} ({{origin}})"},
			}},
			{title: "Rules that mapped", about: "_status, _heuristic and _untouched are answers that no rule knew.", unit: perSecond, stacked: true, queries: []query{
				{`sum by (rule) (rate(gateway_problems_mapped_total{upstream=~"$upstream"}[$__rate_interval]))`, "{{rule}}"},
			}},
			{title: "Items of batches", about: "Of batch answers, by what became of each; unread ones were too large or broken.", unit: perSecond, stacked: true, queries: []query{
				{`sum by (outcome, type) (rate(gateway_batch_items_total{upstream=~"$upstream"}[$__rate_interval]))`, "{{outcome}} {{type}}"},
			}},
			{title: "The vendor's latency, p50 and p99", about: "Until its headers came, each attempt by itself.", unit: seconds, queries: []query{
				{`histogram_quantile(0.5, sum by (le) (rate(gateway_upstream_request_duration_seconds_bucket{upstream=~"$upstream"}[$__rate_interval])))`, "p50"},
				{`histogram_quantile(0.99, sum by (le) (rate(gateway_upstream_request_duration_seconds_bucket{upstream=~"$upstream"}[$__rate_interval])))`, "p99"},
			}},
		}},
		{"Quota", []panel{
			{title: "Used and left", about: "The limit of each window and what is left of it.", unit: count, queries: []query{
				{`gateway_quota_limit{upstream=~"$upstream"}`, "{{upstream}} {{window}} limit"},
				{`gateway_quota_remaining{upstream=~"$upstream"}`, "{{upstream}} {{window}} left"},
			}},
			{title: "Left in an hour", about: "Where the last quarter of an hour leads; below zero it will be gone.", unit: count, queries: []query{
				{`predict_linear(gateway_quota_remaining{upstream=~"$upstream"}[15m], 3600)`, "{{upstream}} {{window}}"},
			}},
			{title: "Gone in", about: "How long until nothing is left, if it goes on as in the last quarter of an hour; nothing where it does not shrink. A window that begins anew before is no matter.", unit: seconds, queries: []query{
				{`gateway_quota_remaining{upstream=~"$upstream"} / -(deriv(gateway_quota_remaining{upstream=~"$upstream"}[15m]) < 0)`, "{{upstream}} {{window}}"},
			}},
			{title: "Who used it", about: "Requests that reached the vendor, by consumer.", unit: perSecond, stacked: true, queries: []query{
				{`sum by (consumer) (rate(gateway_throttle_decisions_total{upstream=~"$upstream",decision=~"sent|waited"}[$__rate_interval]))`, "{{consumer}}"},
			}},
			{title: "Cool-down", about: "How much longer the vendor told us to stay away.", unit: seconds, queries: []query{
				{`clamp_min(gateway_cooldown_until_timestamp_seconds{upstream=~"$upstream"} - time(), 0)`, "{{upstream}}"},
			}},
		}},
		{"Queue", []panel{
			{title: "Wait, p50 and p99", about: "Of the requests that were held, by consumer.", unit: seconds, queries: []query{
				{`histogram_quantile(0.5, sum by (consumer, le) (rate(gateway_throttle_wait_seconds_bucket{upstream=~"$upstream"}[$__rate_interval])))`, "{{consumer}} p50"},
				{`histogram_quantile(0.99, sum by (consumer, le) (rate(gateway_throttle_wait_seconds_bucket{upstream=~"$upstream"}[$__rate_interval])))`, "{{consumer}} p99"},
			}},
			{title: "Length", about: "Requests that wait now, and those under way.", unit: count, queries: []query{
				{`gateway_throttle_queue_length{upstream=~"$upstream"}`, "{{upstream}} waiting"},
				{`gateway_requests_in_flight{upstream=~"$upstream"}`, "{{upstream}} under way"},
			}},
		}},
		{"Resilience", []panel{
			{title: "Retries", about: "Attempts beyond the first, by reason.", unit: perSecond, stacked: true, queries: []query{
				{`sum by (reason) (rate(gateway_retries_total{upstream=~"$upstream"}[$__rate_interval]))`, "{{reason}}"},
			}},
			{title: "Breaker", about: "1 for the state that each breaker is in.", unit: count, queries: []query{
				{`gateway_breaker_state{upstream=~"$upstream"}`, "{{upstream}} {{state}}"},
			}},
		}},
		{"Credentials", []panel{
			{title: "Token's age and what is left of it", about: "Numbers are places in the configuration's list of credentials. A vendor that does not say when a token ends has an age alone.", unit: seconds, queries: []query{
				{`time() - (gateway_credential_token_issued_timestamp_seconds{upstream=~"$upstream"} > 0)`, "{{upstream}} {{credential}} age"},
				{`(gateway_credential_token_expiry_timestamp_seconds{upstream=~"$upstream"} > 0) - time()`, "{{upstream}} {{credential}} left"},
			}},
			{title: "Calls of the token endpoint", about: "ok brought a token; refused and failed ones matter once the old token ends.", unit: perSecond, stacked: true, queries: []query{
				{`sum by (upstream, credential, result) (rate(gateway_credential_token_calls_total{upstream=~"$upstream"}[$__rate_interval]))`, "{{upstream}} {{credential}} {{result}}"},
			}},
			{title: "Refused by the vendor", about: "Answers by which it refused what we put in, and 1 while a credential is not sent because of many.", unit: count, queries: []query{
				{`sum by (upstream, credential) (rate(gateway_credential_rejections_total{upstream=~"$upstream"}[$__rate_interval]))`, "{{upstream}} {{credential}} refused per second"},
				{`gateway_credential_held_back{upstream=~"$upstream"}`, "{{upstream}} {{credential}} held back"},
			}},
		}},
	},
}

var gateway = board{
	uid: "gateway-process", title: "Gateway / Process",
	about: "The gateway itself: what runs, with which configuration, at what cost.",
	rows: []row{
		{"Configuration", []panel{
			{title: "Versions", about: "Processes by version.", unit: count, number: true, queries: []query{
				{`sum by (version, goversion) (gateway_build_info)`, "{{version}} {{goversion}}"},
			}},
			{title: "Last reload worked", about: "0 means that a broken file is waiting to be mended.", unit: count, number: true, queries: []query{
				{`min(gateway_config_last_reload_successful)`, "all"},
			}},
			{title: "Configuration since", about: "When the configuration that serves was loaded.", unit: moment, number: true, queries: []query{
				{`1000 * min(gateway_config_last_reload_success_timestamp_seconds)`, "oldest"},
			}},
			{title: "Certificates", about: "How long each is valid; renewal begins at a third of its life.", unit: seconds, number: true, queries: []query{
				{`min by (name) (gateway_certificate_expiry_timestamp_seconds) - time()`, "{{name}}"},
			}},
		}},
		{"Quota store", []panel{
			{title: "Store answers", about: "1 while the store of quotas answers; without it each gateway keeps to its part of the limits. Empty where quotas are counted in memory.", unit: count, queries: []query{
				{`gateway_quota_store_up`, "{{instance}}"},
			}},
			{title: "Memory lost", about: "How often the store was found to have forgotten what gateways sent, within an hour; they told it anew.", unit: count, queries: []query{
				{`increase(gateway_quota_store_losses_total[1h])`, "{{instance}}"},
			}},
			{title: "Gateways that count together", about: "As each has heard of them; all should say the same.", unit: count, queries: []query{
				{`gateway_quota_gateways`, "{{instance}}"},
			}},
			{title: "Questions to the store", about: "Leases and their renewals, not requests: one lease lets many through.", unit: perSecond, queries: []query{
				{`sum by (instance) (rate(gateway_quota_store_duration_seconds_count[$__rate_interval]))`, "{{instance}}"},
			}},
			{title: "Its latency, p50 and p99", about: "Failures included. No request waits for it unless a lease has run out.", unit: seconds, queries: []query{
				{`histogram_quantile(0.5, sum by (le) (rate(gateway_quota_store_duration_seconds_bucket[$__rate_interval])))`, "p50"},
				{`histogram_quantile(0.99, sum by (le) (rate(gateway_quota_store_duration_seconds_bucket[$__rate_interval])))`, "p99"},
			}},
		}},
		{"Process", []panel{
			{title: "CPU", about: "Cores in use.", unit: count, queries: []query{
				{`rate(process_cpu_seconds_total{job="gateway"}[$__rate_interval])`, "{{instance}}"},
			}},
			{title: "Memory", about: "Resident, and the heap in use.", unit: byteCount, queries: []query{
				{`process_resident_memory_bytes{job="gateway"}`, "{{instance}} resident"},
				{`go_memstats_heap_inuse_bytes{job="gateway"}`, "{{instance}} heap"},
			}},
			{title: "Error bodies held", about: "Bytes of vendors' errors that are being read; over 64 MiB they pass untouched.", unit: byteCount, queries: []query{
				{`gateway_held_bytes`, "{{instance}}"},
			}},
			{title: "Garbage collection", about: "Share of the time that the collector stopped the process.", unit: share, queries: []query{
				{`rate(go_gc_duration_seconds_sum{job="gateway"}[$__rate_interval])`, "{{instance}}"},
			}},
			{title: "Goroutines", about: "Should follow the requests under way, and come back.", unit: count, queries: []query{
				{`go_goroutines{job="gateway"}`, "{{instance}}"},
			}},
			{title: "Open descriptors", about: "Connections to callers and vendors, mostly.", unit: count, queries: []query{
				{`process_open_fds{job="gateway"}`, "{{instance}}"},
			}},
		}},
	},
}
