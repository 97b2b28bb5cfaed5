package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gateway/problemtest"
)

var (
	soakFor     = flag.Duration("soak", 0, "how long TestSoak lasts: figures are judged from 20m on: in less, a slope of 1 MiB an hour is a tenth of a MiB")
	soakProgram = flag.String("program", "gateway", "what TestSoak runs; the tests' own `binary` profiles its memory, of which the record grows")
	soakServer  = flag.String("server", "fast", "`key` of the configuration")
)

// soakRate is how many requests are sent in a second.
const soakRate = 300

// outcome is what came of a request as its caller sees it.
type outcome string

const (
	succeeded outcome = "success"
	refused   outcome = "problem"
	broken    outcome = "broken"
	left      outcome = "left by its caller"
)

// soak is a gateway under load, its vendor, and the callers' book.
type soak struct {
	*process
	vendor *soakVendor
	client *http.Client
	every  time.Duration // a fault; each lasts half of it

	said   lastLines
	kernel kernelCounts
	start  time.Time

	mu       sync.Mutex
	asked    map[string]outcome
	outcomes map[outcome]int
	fault    string // of callers
	mixed    int    // answers of another request
	losses   []loss
	reloaded time.Time // when it began
}

// TestSoak is traps 56 and 74 over a long time: a fault all 10 seconds and a reload all 30, at 300 requests a second. In the
// suite it is short, with more of both, and judged by its books alone.
func TestSoak(t *testing.T) {
	lasts, every := *soakFor, 10*time.Second
	if lasts == 0 {
		lasts, every = 6*time.Second, 300*time.Millisecond
	}
	v := startSoakVendor(t)
	s := &soak{
		vendor: v, every: every, start: time.Now(), reloaded: time.Now(),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100, IdleConnTimeout: 90 * time.Second}},
		asked:  map[string]outcome{}, outcomes: map[outcome]int{},
	}
	s.kernel.mark()
	s.process = startProgram(t, *soakProgram, soakConfig(v.URL, 0), &s.said)
	defer s.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), lasts)
	defer cancel()
	var work sync.WaitGroup
	work.Go(func() { s.load(ctx, t) })
	work.Go(func() { s.fail(ctx) })
	work.Go(func() { s.reloadNow(ctx, t, 3*every) })
	samples := s.sample(ctx, t, every/3)
	work.Wait()
	s.judge(t, samples, lasts)
}

// soakConfig has everything on that an exchange can meet; n makes each another.
func soakConfig(vendor string, n int) string {
	return "server: " + *soakServer + fmt.Sprintf(`
consumers: {identify: "header:X-Consumer", weights: {checkout: 4, nightly-sync: 1}}
upstreams:
  up:
    url: %q
    status: canonical
    headers: {set: {X-Version: v%d}}
    timeouts: {header: 2s, total: 8s}
    credentials: {header: {name: X-Api-Key, value: canary-of-the-soak}}
    throttle: {limits: [{requests: 1000, per: 1s}], concurrency: 100, max_wait: 3s}
    retry: {attempts: 3}
    breaker: {open_for: 1s}
`, vendor, n)
}

// load sends requests at the rate, whatever becomes of those before. What a machine that stood still did not send is left
// out: it would come as a flood.
func (s *soak) load(ctx context.Context, t *testing.T) {
	var callers sync.WaitGroup
	defer callers.Wait()
	next := time.Now()
	for n := 0; ctx.Err() == nil; n++ {
		next = next.Add(time.Second / soakRate)
		if late := time.Since(next); late > time.Second {
			next = next.Add(late)
		}
		select {
		case <-time.After(time.Until(next)):
		case <-ctx.Done():
			return
		}
		method := []string{http.MethodGet, http.MethodPost}[n%2]
		callers.Go(func() { s.ask(context.WithoutCancel(ctx), t, method, fmt.Sprintf("%s-%d", method, n), n) })
	}
}

// ask sends one request and writes down what came of it.
func (s *soak) ask(ctx context.Context, t *testing.T, method, id string, n int) {
	leaves := s.callersFail("hang up") && n%3 == 0
	ctx, cancel := context.WithTimeout(ctx, patience)
	if leaves {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(n%20)*time.Millisecond)
	}
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.callers+"/up/things/"+id, nil)
	if err != nil {
		t.Error(err)
		return
	}
	req.Header.Set("X-Ledger", id)
	req.Header.Set("X-Consumer", []string{"checkout", "nightly-sync", "stranger-" + strconv.Itoa(n%1000)}[n%3])
	req, journey := follow(req)
	o, whose, err := s.answer(req)
	var l loss
	switch {
	case o == broken && leaves:
		o = left
	case o == broken:
		l = s.lose(t, id, err, journey)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[id] = o
	s.outcomes[o]++
	if o == broken && !l.cut {
		s.losses = append(s.losses, l)
	}
	if whose != "" && whose != id {
		s.mixed++
	}
}

var idIn = regexp.MustCompile(`(GET|POST)-[0-9]+`)

// answer tells what came, the id that it holds, and why it is broken.
func (s *soak) answer(req *http.Request) (outcome, string, error) {
	resp, err := s.client.Do(req)
	if err != nil {
		return broken, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return broken, "", fmt.Errorf("%s: %w", resp.Status, err)
	}
	var got struct {
		ID     string
		Status int
		Detail string
	}
	switch err := json.Unmarshal(body, &got); {
	case err != nil:
		return broken, "", fmt.Errorf("%s: %w in %q", resp.Status, err, body)
	case resp.StatusCode == http.StatusOK:
		return succeeded, got.ID, nil
	case got.Status != resp.StatusCode:
		return broken, "", fmt.Errorf("%s with %s", resp.Status, body)
	}
	if err := problemtest.Validate(body); err != nil {
		return broken, "", fmt.Errorf("%w: %s", err, body)
	}
	return refused, idIn.FindString(got.Detail), nil
}

func (s *soak) callersFail(how string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault == how
}

// cycle is how long it takes until all faults have been there.
func (s *soak) cycle() time.Duration { return time.Duration(len(vendorFaults)+2) * s.every }

// fail breaks the vendor in every way in turn, then the callers in two.
func (s *soak) fail(ctx context.Context) {
	tick := time.NewTicker(s.every / 2)
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		var fault *vendorFault
		callers := ""
		if turn := n / 2 % (len(vendorFaults) + 2); n%2 == 1 && turn < len(vendorFaults) {
			fault = vendorFaults[turn]
		} else if n%2 == 1 {
			callers = []string{"hang up", "trickle"}[turn-len(vendorFaults)]
		}
		s.vendor.fault.Store(fault)
		s.mu.Lock()
		s.fault = callers
		s.mu.Unlock()
		if callers == "trickle" {
			s.trickle(ctx)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	s.vendor.fault.Store(nil)
}

// trickle opens connections that never finish their headers; the gateway ends them.
func (s *soak) trickle(ctx context.Context) {
	for range 20 {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(s.callers, "http://"))
		if err != nil {
			return
		}
		context.AfterFunc(ctx, func() { conn.Close() })
		fmt.Fprint(conn, "GET /up/x HTTP/1.1\r\nHost: gateway\r\nX-Slow: ")
		go func() {
			defer conn.Close()
			_, _ = bufio.NewReader(conn).ReadString(0)
		}()
	}
}

// reloadNow reads another configuration again and again; every fifth is broken.
func (s *soak) reloadNow(ctx context.Context, t *testing.T, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		s.mu.Lock()
		s.reloaded = time.Now()
		s.mu.Unlock()
		yaml := s.listeners() + soakConfig(s.vendor.URL, n)
		if n%5 == 0 {
			s.reload(t, yaml+"nonsense: true\n", http.StatusBadRequest)
		} else {
			s.reload(t, yaml, http.StatusOK)
		}
	}
}

// judge prints the figures. Those that need time are judged where there was enough.
func (s *soak) judge(t *testing.T, samples []soakSample, lasts time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.vendor.compare(s.asked)
	d.lost, d.mixed = len(s.losses), s.mixed
	_, text := get(t, s.admin+"/metrics")
	counted := sumOf(t, text, "gateway_responses_total")
	t.Logf("SOAK %s: %d requests, %.0f a second: %v", lasts, len(s.asked), float64(len(s.asked))/lasts.Seconds(), s.outcomes)
	t.Logf("SOAK ledger: %s; the gateway counted %.0f", d, counted)
	if d != (differences{}) {
		t.Error("the books differ")
	}
	for _, l := range s.losses {
		t.Logf("SOAK lost %s", l)
	}
	if s.outcomes[succeeded] == 0 || s.outcomes[refused] == 0 {
		t.Errorf("nothing succeeded, or nothing failed: %v", s.outcomes)
	}
	if missing := float64(len(s.asked)-s.outcomes[left]) - counted; missing > 0 {
		t.Errorf("the gateway counted %.0f fewer than were answered", missing)
	}
	judgeGrowth(t, samples, s.cycle(), lasts >= 20*time.Minute)
}
