package main

import (
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"

	"gateway/admin"
	"gateway/configs"
	"gateway/document"
	"gateway/metrics"
	"gateway/problem"
	"gateway/proxy"
)

// BenchmarkObservers is what all observers together take of an exchange: metrics, the admin page's ring, and the access
// log, whose pieces go nowhere here.
func BenchmarkObservers(b *testing.B) {
	cfg, err := configs.LoadBytes("bench.yaml", []byte("upstreams: {akeneo: {url: http://127.0.0.1:1, profile: akeneo}}\n"))
	if err != nil {
		b.Fatal(err)
	}
	settings := cfg.Settings()
	shared := proxy.NewShared()
	defer shared.Close()
	m := metrics.New(metrics.Config{}, shared.Status)
	m.Reloaded(&settings, time.Now())
	ring := admin.NewRing(ringLimits(cfg.Admin.Keep), nil, func() string { return "" })
	lines := bufferLines(cfg.Log, io.Discard)
	defer func() { _ = lines.Stop() }()
	log, err := newLogger(cfg.Log, shared.Secrets(), lines)
	if err != nil {
		b.Fatal(err)
	}
	for name, observers := range map[string][]proxy.Observer{
		"metrics": {m.Observe}, "ring": {ring.Observe}, "log": {accessLog(log, shared.Secrets())}, "all": {m.Observe, ring.Observe, accessLog(log, shared.Secrets())},
	} {
		for outcome, x := range map[string]proxy.Exchange{"success": benchExchange(200), "problem": benchExchange(422)} {
			b.Run(name+"/"+outcome, func(b *testing.B) {
				b.ReportAllocs()
				before := cpuTime(b)
				for b.Loop() {
					for _, observe := range observers {
						observe(x)
					}
				}
				b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
			})
		}
	}
}

// cpuTime is what the process has used, which a busy machine does not stretch.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func benchExchange(code int) proxy.Exchange {
	x := proxy.Exchange{
		Start: time.Now(), RequestID: "0198f1c0-0000-7000-8000-000000000000", Consumer: "_other", Upstream: "akeneo", Method: http.MethodGet,
		Path: "/akeneo/api/rest/v1/products/top", Code: code, Duration: 20 * time.Millisecond, UpstreamDuration: 19 * time.Millisecond,
		Attempts: []proxy.Attempt{{Code: code, Duration: 19 * time.Millisecond}},
	}
	if code != http.StatusOK {
		x.Rule, x.InstanceID = "violations", "0198f1c0-0000-7000-8000-000000000001"
		x.Answer = &document.Answer{Status: code, Body: make([]byte, 300)}
		x.Problem = &problem.Problem{
			Status: code, Detail: "The value 'x' of attribute 7 is wrong.", Code: problem.ValidationFailed, Origin: problem.OriginUpstream,
			Fault: problem.FaultCaller, Mapped: problem.MappedRule,
		}
	}
	return x
}
