package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"golang.org/x/sys/unix"
)

var floodsFor = flag.Duration("floods", 0, "how long each flood of TestFloods lasts, for figures: `make attack` sets it")

// flood is a way to keep an HTTP/2 server busy with little.
type flood struct {
	name  string
	begin func(*attacker) error // once for each connection
	send  func(*attacker) error // again and again
	slow  bool                  // the gateway reads the connection slowly
	ends  bool                  // the gateway ends it
}

// floods are trap 80.
var floods = []flood{
	{name: "rapid reset, CVE-2023-39325", slow: true, send: func(a *attacker) error {
		return errors.Join(a.open(true, true), a.framer.WriteRSTStream(a.stream, http2.ErrCodeCancel))
	}},
	{name: "made you reset, CVE-2025-8671", slow: true, send: func(a *attacker) error {
		return errors.Join(a.open(true, true), a.framer.WriteWindowUpdate(a.stream, 0))
	}},
	{name: "CONTINUATION, CVE-2023-45288", ends: true, begin: func(a *attacker) error { return a.open(true, false) }, send: func(a *attacker) error {
		return a.framer.WriteContinuation(a.stream, false, a.block("x-flood", strings.Repeat("x", 4000)))
	}},
	{name: "PING, CVE-2019-9512", send: func(a *attacker) error { return a.framer.WritePing(false, [8]byte{}) }},
	{name: "SETTINGS, CVE-2019-9515", send: func(a *attacker) error { return a.framer.WriteSettings() }},
	{name: "empty DATA, CVE-2019-9518", begin: func(a *attacker) error { return a.open(false, true) }, send: func(a *attacker) error {
		return a.framer.WriteData(a.stream, false, nil)
	}},
}

// attacker is one connection, of which the frames are written by hand.
type attacker struct {
	framer *http2.Framer
	stream uint32
	coder  *hpack.Encoder
	buffer bytes.Buffer
}

// open begins a stream with a request.
func (a *attacker) open(whole, endHeaders bool) error {
	a.stream += 2
	return a.framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: a.stream, EndStream: whole, EndHeaders: endHeaders,
		BlockFragment: a.block(":method", "POST", ":scheme", "https", ":authority", "gateway.test", ":path", "/up/flood"),
	})
}

// block codes headers.
func (a *attacker) block(pairs ...string) []byte {
	a.buffer.Reset()
	for pair := range slices.Chunk(pairs, 2) {
		_ = a.coder.WriteField(hpack.HeaderField{Name: pair[0], Value: pair[1], Sensitive: true}) // a buffer takes all
	}
	return a.buffer.Bytes()
}

// attack floods over one connection until ctx ends, or the gateway ends it, which it tells.
func (f flood) attack(ctx context.Context, address string) (ended bool) {
	conn, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}}).DialContext(ctx, "tcp", address) //nolint:gosec // the test's own
	if err != nil {
		return false
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	a := &attacker{framer: http2.NewFramer(conn, nil)}
	a.framer.AllowIllegalWrites = true
	a.stream--
	a.coder = hpack.NewEncoder(&a.buffer)
	_, err = io.WriteString(conn, http2.ClientPreface)
	err = errors.Join(err, a.framer.WriteSettings())
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, conn)
		conn.Close() // the gateway has ended it
	}()
	if f.begin != nil {
		err = errors.Join(err, f.begin(a))
	}
	for err == nil {
		err = f.send(a)
	}
	conn.Close()
	<-drained
	return ctx.Err() == nil
}

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
	address   string
	transport *http.Transport
	atVendor  atomic.Int64
}

func startFloodStand(t *testing.T) *floodStand {
	t.Helper()
	s := &floodStand{transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}} //nolint:gosec // the test's own
	t.Cleanup(s.transport.CloseIdleConnections)
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	newAuthority(t).issue(t, "gateway.test", 2, cert, key)
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/flood") {
			s.atVendor.Add(1)
		}
		_, _ = io.WriteString(w, "fine")
	}))
	t.Cleanup(vendor.Close)
	s.process = startProcess(t, fmt.Sprintf("tls: {files: {cert: %s, key: %s}}\n", cert, key)+upstreamAt(vendor.URL))
	s.address = strings.TrimPrefix(s.callers, "http://")
	return s
}

// goodCaller asks n times, and returns how long one in a hundred answers took at least.
func (s *floodStand) goodCaller(t *testing.T, n int) time.Duration {
	t.Helper()
	c := &goodCaller{client: &http.Client{Transport: s.transport, Timeout: patience}, url: "https://" + s.address + "/up/x"}
	c.ask(t, n)
	if c.failed > 0 {
		t.Errorf("%d of %d answers of the good caller were others", c.failed, n)
	}
	return c.p99()
}

// attackers flood over two connections at a time until they are stopped.
func (s *floodStand) attackers(t *testing.T, f flood) (ended *atomic.Int64, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended = new(atomic.Int64)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			// Floods come from elsewhere: they should take no CPU time of those that are measured. The thread, which is
			// never given back, ends with the goroutine.
			runtime.LockOSThread()
			_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), 19) // or the figures are worse
			for ctx.Err() == nil {
				if f.attack(ctx, s.address) {
					ended.Add(1)
				}
			}
		})
	}
	return ended, func() { cancel(); all.Wait() }
}

// TestFloods is trap 80: whoever floods a connection, a good caller is served, the gateway stays as large as it was, and
// the vendor sees next to nothing of it. In the suite that is judged by counts alone.
func TestFloods(t *testing.T) {
	s := startFloodStand(t)
	requests, slow := max(50, int(*floodsFor/(5*time.Millisecond))), 0
	for _, f := range floods {
		s.atVendor.Store(0)
		before := s.gauge(t, "process_resident_memory_bytes")
		alone := s.goodCaller(t, requests)
		ended, stop := s.attackers(t, f)
		flooded := s.goodCaller(t, requests)
		if f.slow {
			slow++
			s.await(t, "a caller gives up most of its requests at once; its connection is read slowly", 2*slow)
		}
		if f.ends && !eventually(t, func() bool { return ended.Load() > 0 }) {
			t.Errorf("%s: the gateway let the connection go on", f.name)
		}
		stop()
		grown := (s.gauge(t, "process_resident_memory_bytes") - before) / (1 << 20)
		if n := s.atVendor.Load(); grown > 150 || n > 500 {
			t.Errorf("%s: the gateway grew by %.0f MiB, the vendor got %d requests", f.name, grown, n)
		}
		t.Logf("FLOOD %s: the good caller's p99 %s, without the flood %s; %+.0f MiB, %d requests at the vendor",
			f.name, flooded.Round(10*time.Microsecond), alone.Round(10*time.Microsecond), grown, s.atVendor.Load())
	}
}
