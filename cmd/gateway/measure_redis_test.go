package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gateway/servertest"
)

// replicasFor is 0 in make test, where the figures are no one's business and one short run of each kind is enough.
var replicasFor = flag.Duration("replicas", 0, "how long gateways share one quota, for figures: `make measure-redis` sets it")

// strictVendor takes 100 requests in any second and 4 at once, and counts what it refuses.
type strictVendor struct {
	*httptest.Server
	mu            sync.Mutex
	taken         []time.Time
	busy, refused int
	crowded       int // of those refused: as too many were under way
}

func startStrictVendor(t *testing.T) *strictVendor {
	t.Helper()
	v := &strictVendor{}
	v.Server = httptest.NewServer(v)
	t.Cleanup(v.Close)
	return v
}

// ServeHTTP implements http.Handler.
func (v *strictVendor) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if !v.begin(time.Now()) {
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	<-time.After(5 * time.Millisecond)
	v.mu.Lock()
	v.busy--
	v.mu.Unlock()
}

func (v *strictVendor) begin(now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	last := len(v.taken)
	switch {
	case v.busy >= 4:
		v.crowded++
		fallthrough
	case last >= 100 && now.Sub(v.taken[last-100]) < time.Second:
		v.refused++
		return false
	}
	v.busy++
	v.taken = append(v.taken, now)
	return true
}

func (v *strictVendor) total() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.taken)
}

// replicas are gateways of one quota, as processes of the built program.
type replicas struct {
	vendor *strictVendor
	all    []*process
	calls  sync.WaitGroup

	mu     sync.Mutex
	failed []string
	times  []time.Duration
}

// add starts one whose store is at url.
func (r *replicas) add(t *testing.T, url string) *process {
	t.Helper()
	p := startProcess(t, "quota: {store: redis, url: '"+url+"', gateways: 2}\nupstreams: {up: {url: '"+r.vendor.URL+
		"', retry: {attempts: 1}, throttle: {limits: [{requests: 100, per: 1s}], concurrency: 4, max_wait: 1m}}}")
	r.all = append(r.all, p)
	return p
}

// know waits until each has heard of all.
func (r *replicas) know(t *testing.T) {
	t.Helper()
	for _, p := range r.all {
		metric(t, testGateway{admin: p.admin}, fmt.Sprint("gateway_quota_gateways ", len(r.all)))
	}
}

// call sends one request, whose failure counts unless its gateway was killed.
func (r *replicas) call(client *http.Client, p *process, killed <-chan struct{}) {
	start := time.Now()
	status, err := 0, error(nil)
	resp, err := client.Get(p.callers + "/up/x")
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		status = resp.StatusCode
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.times = append(r.times, time.Since(start))
	select {
	case <-killed:
	default:
		if err != nil || status != http.StatusOK {
			r.failed = append(r.failed, fmt.Sprint(status, " ", err))
		}
	}
}

// overload keeps 30 callers of a gateway busy until the context ends.
func (r *replicas) overload(ctx context.Context, p *process, killed <-chan struct{}) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 30}}
	for range 30 {
		r.calls.Go(func() {
			for ctx.Err() == nil && !isClosed(killed) {
				r.call(client, p, killed)
			}
		})
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// TestMeasureReplicas: gateways under overload against a vendor of 100/s and 4 at once; meanwhile one is killed with -9, in the
// midst of its requests, and another is added.
func TestMeasureReplicas(t *testing.T) {
	t.Parallel() // it waits
	sizes, lasts := []int{2, 4}, *replicasFor
	if lasts == 0 {
		sizes, lasts = sizes[:1], 4*time.Second
	}
	for _, n := range sizes {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			address := startRedis(t).Address
			r := &replicas{vendor: startStrictVendor(t)}
			for range n {
				r.add(t, "redis://:geheim@"+address)
			}
			r.know(t)
			ctx, cancel := context.WithTimeout(t.Context(), lasts)
			defer cancel()
			start, never, killed := time.Now(), make(chan struct{}), make(chan struct{})
			for _, p := range r.all[1:] {
				r.overload(ctx, p, never)
			}
			r.overload(ctx, r.all[0], killed)
			<-time.After(lasts / 3)
			close(killed)
			if err := r.all[0].Process.Signal(syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			r.overload(ctx, r.add(t, "redis://:geheim@"+address), never)
			before := r.vendor.total()
			<-ctx.Done()
			took := time.Since(start)
			after := r.vendor.total() - before
			used := float64(r.vendor.total()) / took.Seconds()
			r.calls.Wait()
			t.Logf("MEASURED %d gateways (processes) under overload, one killed with -9 and one added: %v: the vendor took %d, used %.1f%%, refused %d (%d as more than 4 were under way); %d requests failed",
				n, took.Round(time.Second), r.vendor.total(), used, r.vendor.refused, r.vendor.crowded, len(r.failed)-r.vendor.refused)
			if *replicasFor > 0 && (r.vendor.refused > 0 || used < 93 || len(r.failed) > 0) {
				t.Errorf("%d refused, %.1f%% used, failed: %v", r.vendor.refused, used, r.failed)
			}
			if after == 0 || len(r.failed) > r.vendor.refused { // what the vendor refuses depends on the machine
				t.Errorf("%d after one was killed; failed: %v", after, r.failed)
			}
		})
	}
}

// breakage is what may come to a store, or lie between it and its gateways.
type breakage struct {
	name         string
	damage, mend func(t *testing.T, s *brokenStore)
}

// brokenStore is a Redis behind toxiproxy.
type brokenStore struct {
	*servertest.Server
	api string // of toxiproxy
}

var breakages = []breakage{
	{"killed with -9, back with an empty memory", func(_ *testing.T, s *brokenStore) { s.Kill() }, func(t *testing.T, s *brokenStore) { s.Server = servertest.StartStoreAt(t, "redis-server", s.Address) }},
	{"frozen with SIGSTOP", signalled(syscall.SIGSTOP), signalled(syscall.SIGCONT)},
	{"slow: 2 s for each answer", toxic("latency", "latency", 2000), mended},
	{"silent: what is sent goes nowhere", toxic("timeout", "timeout", 0), mended},
	{"connections reset", toxic("reset_peer", "timeout", 0), mended},
	{"memory and scripts lost", func(t *testing.T, s *brokenStore) {
		s.Ask(t, "script", "flush")
		s.Ask(t, "flushall")
	}, func(*testing.T, *brokenStore) {}},
	{"read-only", commanded("replicaof", "127.0.0.1", "1"), commanded("replicaof", "no", "one")},
	{"out of memory", commanded("config", "set", "maxmemory", "1"), commanded("config", "set", "maxmemory", "0")},
}

func signalled(sig syscall.Signal) func(*testing.T, *brokenStore) {
	return func(t *testing.T, s *brokenStore) { s.Signal(t, sig) }
}

func commanded(args ...string) func(*testing.T, *brokenStore) {
	return func(t *testing.T, s *brokenStore) { s.Ask(t, args...) }
}

// toxic has toxiproxy spoil the connections of all gateways.
func toxic(kind, attribute string, value int) func(*testing.T, *brokenStore) {
	return func(t *testing.T, s *brokenStore) {
		s.tell(t, "/proxies/store/toxics", map[string]any{
			"name": "toxic", "type": kind, "stream": "downstream", "attributes": map[string]any{attribute: value},
		})
	}
}

func mended(t *testing.T, s *brokenStore) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, s.api+"/proxies/store/toxics/toxic", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

// tell has toxiproxy's API make something.
func (s *brokenStore) tell(t *testing.T, path string, what any) {
	t.Helper()
	text, err := json.Marshal(what)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(s.api+path, "application/json", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode/100 != 2 {
		t.Fatalf("%s: %s", resp.Status, body)
	}
}

// startBrokenStore returns a store, and where gateways reach it.
func startBrokenStore(t *testing.T) (s *brokenStore, address string) {
	t.Helper()
	s = &brokenStore{Server: servertest.StartStoreAt(t, "redis-server", servertest.Address(t))}
	api := servertest.Address(t)
	host, port, _ := net.SplitHostPort(api)
	servertest.Start(t, api, os.Getenv("TOXIPROXY"), "-host", host, "-port", port)
	s.api, address = "http://"+api, servertest.Address(t)
	s.tell(t, "/proxies", map[string]any{"name": "store", "listen": address, "upstream": s.Address, "enabled": true})
	return s, address
}

// TestMeasureBrokenStore: what each failure of the store costs the callers of two gateways, who send 20 requests a second each of
// 100/s: no failure, little time, and never more than the vendor takes.
func TestMeasureBrokenStore(t *testing.T) {
	if *replicasFor == 0 || os.Getenv("TOXIPROXY") == "" {
		t.Skip("make measure-redis runs it, with toxiproxy; TestAStoreThatFailsFailsNoRequest of ratelimit has the same without")
	}
	for _, b := range breakages {
		t.Run(b.name, func(t *testing.T) {
			store, address := startBrokenStore(t)
			r := &replicas{vendor: startStrictVendor(t)}
			for range 2 {
				r.add(t, "redis://"+address)
			}
			r.know(t)
			ctx, cancel := context.WithCancel(t.Context())
			for _, p := range r.all {
				r.calls.Go(func() { r.pace(ctx, p) })
			}
			<-time.After(2 * time.Second)
			r.forget()
			b.damage(t, store)
			<-time.After(4 * time.Second)
			b.mend(t, store)
			since := time.Now()
			for _, p := range r.all {
				metric(t, testGateway{admin: p.admin}, "gateway_quota_store_up 1")
			}
			recovery := time.Since(since)
			<-time.After(2 * time.Second)
			cancel()
			r.calls.Wait()
			slices.Sort(r.times)
			p99 := r.times[len(r.times)*99/100]
			t.Logf("MEASURED store %s: %d of %d requests failed, p50 %v, p99 %v, longest %v (5 ms are the vendor's), recovery %v, the vendor refused %d",
				b.name, len(r.failed), len(r.times), r.times[len(r.times)/2].Round(100*time.Microsecond), p99.Round(100*time.Microsecond),
				r.times[len(r.times)-1].Round(100*time.Microsecond), recovery.Round(10*time.Millisecond), r.vendor.refused)
			if len(r.failed) > 0 || p99 > 65*time.Millisecond || recovery > 5*time.Second || r.vendor.refused > 0 {
				t.Errorf("p99 %v, recovery %v; failed: %v", p99, recovery, strings.Join(r.failed, ", "))
			}
		})
	}
}

// pace sends 20 requests a second.
func (r *replicas) pace(ctx context.Context, p *process) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 30}}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		<-tick.C
		r.calls.Go(func() { r.call(client, p, nil) })
	}
}

// forget leaves out what was measured before anything was broken.
func (r *replicas) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.times = nil
}
