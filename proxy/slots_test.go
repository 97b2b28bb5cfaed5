package proxy_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gateway/ratelimit"
)

// TestSlotsComeBack is trap 56: whatever becomes of an answer, its slot is free when it has ended.
func TestSlotsComeBack(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/cut":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "cut")
			panic(http.ErrAbortHandler)
		case "/none":
			panic(http.ErrAbortHandler)
		case "/empty":
			w.WriteHeader(http.StatusNoContent)
		case "/error":
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
		case "/upgrade":
			conn, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			defer conn.Close()
			_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
			_ = rw.Flush()
			line, _ := rw.ReadString('\n')
			_, _ = io.WriteString(conn, line)
		case "/long":
			_, _ = io.WriteString(w, "begin")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}
	})
	g := startGateway(t, to(v.URL, atOnce(1), once))
	for range 3 {
		for _, path := range []string{"/up/cut", "/up/none", "/up/empty", "/up/error", "/up/ok"} {
			resp, err := g.caller.Get(g.URL + path)
			if err == nil {
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		}
		g.upgrade(t)
		g.leaveEarly(t)
	}
	for i := range 21 {
		x := g.ended(t)
		if len(x.Throttled) > 0 && x.Throttled[0].Kind == ratelimit.Refused {
			t.Errorf("exchange %d (%s) found no slot", i, x.Path)
		}
	}
	deadline := time.Now().Add(patience)
	for g.inFlight() != 0 && time.Now().Before(deadline) {
		<-time.After(time.Millisecond)
	}
	if n := g.inFlight(); n != 0 {
		t.Errorf("%d slots are held after all has ended", n)
	}
}

func (g *gateway) inFlight() int {
	n := 0
	for _, c := range g.shared.Status().Upstreams["up"].Throttle.Consumers {
		n += c.InFlight
	}
	return n
}

// upgrade opens a WebSocket, says something, hears it and leaves.
func (g *gateway) upgrade(t *testing.T) {
	t.Helper()
	conn := g.dial(t)
	_, _ = io.WriteString(conn, "GET /up/upgrade HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(resp, err)
	}
	if n := g.inFlight(); n != 1 {
		t.Errorf("%d slots are held during an upgrade, want 1", n)
	}
	_, _ = io.WriteString(conn, "hello\n")
	if line, err := r.ReadString('\n'); line != "hello\n" {
		t.Fatal(line, err)
	}
	conn.Close()
}

// leaveEarly is a caller who goes in the middle of an answer.
func (g *gateway) leaveEarly(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.URL+"/up/long", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := g.caller.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.ReadFull(resp.Body, make([]byte, 5))
	cancel()
	resp.Body.Close()
}

// TestConcurrencyCountsUntilTheBodyIsDone: the vendor never sees more at once than it allows.
func TestConcurrencyCountsUntilTheBodyIsDone(t *testing.T) {
	var now, most atomic.Int64
	v := vendor(t, func(w http.ResponseWriter, _ *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		_, _ = io.WriteString(w, "begin")
		_ = http.NewResponseController(w).Flush()
		<-time.After(5 * time.Millisecond)
	})
	g := startGateway(t, to(v.URL, atOnce(3), maxWait(patience)))
	var group sync.WaitGroup
	for range 40 {
		group.Go(func() {
			if a := g.get(t, "/up/x"); a.StatusCode != http.StatusOK {
				t.Errorf("%d %s", a.StatusCode, a.body)
			}
		})
	}
	group.Wait()
	if most.Load() > 3 {
		t.Errorf("%d at once, the limit is 3", most.Load())
	}
}
