package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
)

var floodsFor = flag.Duration("floods", 0, "how long each flood of TestFloods lasts, for figures: `make attack` sets it")

// goodCaller asks at a pace and keeps how long each answer took.
type goodCaller struct {
	client *http.Client
	url    string
	times  []time.Duration
	failed int
}

// ask sends n requests.
func (c *goodCaller) ask(t *testing.T, n int) {
	t.Helper()
	pace := time.NewTicker(5 * time.Millisecond)
	defer pace.Stop()
	for range n {
		<-pace.C
		start := time.Now()
		resp, err := c.client.Get(c.url)
		if err != nil {
			t.Errorf("a good caller got no answer: %v", err)
			return
		}
		if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK || string(body) != "fine" {
			c.failed++
		}
		resp.Body.Close()
		c.times = append(c.times, time.Since(start))
	}
}

func (c *goodCaller) p99() time.Duration {
	slices.Sort(c.times)
	return c.times[(len(c.times)-1)*99/100]
}

// TestOnlyFloodsAreReadSlowly: who gives up by a timeout, or on every other request, goes on as before, and who stops
// flooding is forgiven.
func TestOnlyFloodsAreReadSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := net.Pipe()
		defer client.Close()
		conn := newSteadyConn(server, zap.NewNop())
		defer conn.Close()
		handler := steady(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(200 * time.Millisecond):
			}
		}))
		ask := func(patience time.Duration) {
			ctx, cancel := context.WithTimeout(withConn(t.Context(), conn), patience)
			defer cancel()
			req := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
			req.ProtoMajor = 2
			handler.ServeHTTP(httptest.NewRecorder(), req)
		}
		for _, c := range []struct {
			name     string
			patience []time.Duration // of requests in turn
			floods   bool
		}{
			{"timeouts", []time.Duration{150 * time.Millisecond}, false},
			{"every other one", []time.Duration{time.Millisecond, time.Second}, false},
			{"most", []time.Duration{time.Millisecond}, true},
			{"none any more", []time.Duration{time.Second}, false},
		} {
			for n := range lastRequests * 2 {
				ask(c.patience[n%len(c.patience)])
			}
			if conn.isFlooding() != c.floods {
				t.Errorf("%s: it floods is %t", c.name, !c.floods)
			}
		}
	})
}

// floodStand is a gateway over TLS with a vendor that counts what floods send it.
type floodStand struct {
	*process
	cert, key, vendor string
	transport         *http.Transport
	atVendor          atomic.Int64
}

func startFloodStand(t *testing.T) *floodStand {
	t.Helper()
	s := &floodStand{transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}} //nolint:gosec // the test's own
	t.Cleanup(s.transport.CloseIdleConnections)
	dir := t.TempDir()
	s.cert, s.key = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	newAuthority(t).issue(t, "gateway.test", 2, s.cert, s.key)
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/flood") {
			s.atVendor.Add(1)
		}
		_, _ = io.WriteString(w, "fine")
	}))
	t.Cleanup(vendor.Close)
	s.vendor = vendor.URL
	s.process = startProcess(t, fmt.Sprintf("tls: {files: {cert: %s, key: %s}}\n", s.cert, s.key)+upstreamAt(vendor.URL))
	return s
}

// goodCaller asks n times, and returns how long one in a hundred answers took at least.
func (s *floodStand) goodCaller(t *testing.T, address string, n int) time.Duration {
	t.Helper()
	c := &goodCaller{client: &http.Client{Transport: s.transport, Timeout: patience}, url: "https://" + address + "/up/x"}
	c.ask(t, n)
	if c.failed > 0 {
		t.Errorf("%d of %d answers of the good caller were others", c.failed, n)
	}
	return c.p99().Round(10 * time.Microsecond)
}

// run starts a program that ends with its input, and returns what it writes, and how it is ended.
func run(t *testing.T, name string, args ...string) (lines *bufio.Scanner, stop func()) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), name, args...)
	input, err := cmd.StdinPipe()
	output, err2 := cmd.StdoutPipe()
	if err = errors.Join(err, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	return bufio.NewScanner(output), sync.OnceFunc(func() {
		input.Close()
		_ = cmd.Wait() // its output ends with it
	})
}

// attackers flood until they are stopped.
func attackers(t *testing.T, address string, f flood) (ended *atomic.Int64, stop func()) {
	t.Helper()
	// Floods come from elsewhere: they should take no CPU time of those that are measured.
	lines, end := run(t, "nice", "-n", "19", flooder, address, f.name)
	ended = new(atomic.Int64)
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines.Scan() {
			ended.Add(1)
		}
	}()
	return ended, func() { end(); <-read }
}

// TestFloods is trap 80: whoever floods a connection, a good caller is served, the gateway stays as large as it was, and
// the vendor sees next to nothing of it. In the suite that is judged by counts alone.
func TestFloods(t *testing.T) {
	s := startFloodStand(t)
	address, requests := strings.TrimPrefix(s.callers, "http://"), max(50, int(*floodsFor/(5*time.Millisecond)))
	for _, f := range floods {
		s.atVendor.Store(0)
		before, said := s.gauge(t, "process_resident_memory_bytes"), strings.Count(s.log(), f.says)
		alone := s.goodCaller(t, address, requests)
		ended, stop := attackers(t, address, f)
		flooded := s.goodCaller(t, address, requests)
		if f.says != "" {
			s.await(t, f.says, said+1)
		} else if !eventually(t, func() bool { return ended.Load() > 0 }) {
			t.Errorf("%s: the gateway let the connection go on", f.name)
		}
		stop()
		grown := (s.gauge(t, "process_resident_memory_bytes") - before) / (1 << 20)
		if n := s.atVendor.Load(); grown > 150 || n > 500 {
			t.Errorf("%s: the gateway grew by %.0f MiB, the vendor got %d requests", f.name, grown, n)
		}
		t.Logf("FLOOD %s: the good caller's p99 %s, without the flood %s; %+.0f MiB, %d requests at the vendor%s",
			f.name, flooded, alone, grown, s.atVendor.Load(), s.besideBare(t, f, requests))
	}
}

// besideBare tells the same of net/http alone, where figures are asked for.
func (s *floodStand) besideBare(t *testing.T, f flood, requests int) string {
	t.Helper()
	if *floodsFor == 0 {
		return ""
	}
	lines, end := run(t, bare, s.cert, s.key, s.vendor)
	defer end()
	if !lines.Scan() {
		t.Fatal("the bare proxy does not start")
	}
	alone := s.goodCaller(t, lines.Text(), requests)
	_, stop := attackers(t, lines.Text(), f)
	defer stop()
	return fmt.Sprintf(" (net/http alone: %s, without %s)", s.goodCaller(t, lines.Text(), requests), alone)
}
