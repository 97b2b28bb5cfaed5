package ratelimit_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gateway/ratelimit"
)

// counter is how a vendor counts requests.
type counter interface{ allows(now time.Time) bool }

// fixedWindow begins to count anew every per.
type fixedWindow struct {
	limit, used int
	per         time.Duration
	window      int64
}

func (c *fixedWindow) allows(now time.Time) bool {
	if window := now.UnixNano() / int64(c.per); window != c.window {
		c.window, c.used = window, 0
	}
	c.used++
	return c.used <= c.limit
}

// slidingWindow remembers every request of the last per, those it refused aside.
type slidingWindow struct {
	limit int
	per   time.Duration
	sent  []time.Time
}

func (c *slidingWindow) allows(now time.Time) bool {
	old := 0
	for old < len(c.sent) && now.Sub(c.sent[old]) >= c.per {
		old++
	}
	c.sent = c.sent[old:]
	if len(c.sent) >= c.limit {
		return false
	}
	c.sent = append(c.sent, now)
	return true
}

// tokenBucket holds limit tokens at most and gains as many in per.
type tokenBucket struct {
	limit  int
	per    time.Duration
	tokens float64
	last   time.Time
}

func (c *tokenBucket) allows(now time.Time) bool {
	if c.last.IsZero() {
		c.tokens = float64(c.limit)
	} else {
		c.tokens = min(float64(c.limit), c.tokens+float64(c.limit)*now.Sub(c.last).Seconds()/c.per.Seconds())
	}
	c.last = now
	if c.tokens < 1 {
		return false
	}
	c.tokens--
	return true
}

// counters are the three kinds with one limit.
func counters(l ratelimit.Limit) map[string]counter {
	return map[string]counter{
		"fixed window":   &fixedWindow{limit: l.Requests, per: l.Per},
		"sliding window": &slidingWindow{limit: l.Requests, per: l.Per},
		"token bucket":   &tokenBucket{limit: l.Requests, per: l.Per},
	}
}

// load is a consumer and what it offers: requests one after another from so many workers, or, with a rate, so many a
// second evenly whatever becomes of them.
type load struct {
	name    string
	weight  float64
	workers int
	rate    float64
}

// simulation is one run on a clock of its own.
type simulation struct {
	settings ratelimit.Settings
	vendor   counter
	loads    []load
	lasts    time.Duration
	wait     time.Duration // that callers accept
	network  time.Duration // each way at least
	jitter   time.Duration // on top of it, each way, at random
	service  time.Duration // of the vendor
	told     bool          // refusals say when to come back

	limiter limiter
	mu      sync.Mutex
	result
}

// result is what came of it.
type result struct {
	took            time.Duration // until the last answer
	passed, refused int           // by the vendor
	by              map[string]int
	waits           map[string][]time.Duration
	throttled       map[string]int
}

// run offers the load until the time is over.
func (s *simulation) run(t *testing.T) result {
	t.Helper()
	s.result = result{by: map[string]int{}, waits: map[string][]time.Duration{}, throttled: map[string]int{}}
	s.settings.Weights = map[string]float64{}
	for _, l := range s.loads {
		s.settings.Weights[l.name] = l.weight
	}
	synctest.Test(t, func(t *testing.T) {
		s.limiter = ratelimit.New(s.settings)
		start := time.Now()
		end := start.Add(s.lasts)
		var group sync.WaitGroup
		for _, l := range s.loads {
			for range l.workers {
				group.Go(func() { s.work(t, l, end) })
			}
			if l.rate > 0 {
				group.Go(func() { s.offer(t, l, end, &group) })
			}
		}
		group.Wait()
		s.took = time.Since(start)
	})
	return s.result
}

// work sends one request after the other.
func (s *simulation) work(t *testing.T, l load, end time.Time) {
	for time.Now().Before(end) {
		if !s.send(t, l) {
			pass(100*time.Millisecond + rand.N(time.Second))
		}
	}
}

// offer sends requests at the load's rate.
func (s *simulation) offer(t *testing.T, l load, end time.Time, group *sync.WaitGroup) {
	gap := time.Duration(float64(time.Second) / l.rate)
	pass(rand.N(gap))
	for time.Now().Before(end) {
		group.Go(func() { s.send(t, l) })
		pass(gap)
	}
}

// send is one request of a consumer through the limiter; false if it was refused.
func (s *simulation) send(t *testing.T, l load) bool {
	grant, err := s.limiter.Acquire(t.Context(), ratelimit.Request{Consumer: l.name, Priority: 3, MaxWait: s.wait})
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.throttled[l.name]++
		return false
	}
	defer grant.Done()
	s.travel()
	passed := s.arrive(l, grant.Decision.Wait)
	pass(s.service)
	s.travel()
	grant.Report(ratelimit.Report{Refused: !passed, HasWait: s.told, Wait: time.Second})
	return passed
}

func (s *simulation) travel() { pass(s.network + rand.N(s.jitter+1)) }

// arrive is the vendor's part.
func (s *simulation) arrive(l load, wait time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waits[l.name] = append(s.waits[l.name], wait)
	if !s.vendor.allows(time.Now()) {
		s.refused++
		return false
	}
	s.passed++
	s.by[l.name]++
	return true
}

// used is the part of the vendor's limit that was used.
func (r result) used(l ratelimit.Limit) float64 {
	return float64(r.passed) / (float64(l.Requests) * r.took.Seconds() / l.Per.Seconds())
}

// jain is Jain's index of what consumers got by their weights: 1 if all got the same.
func (r result) jain(loads []load) float64 {
	sum, squares := 0.0, 0.0
	for _, l := range loads {
		x := float64(r.by[l.name]) / l.weight
		sum, squares = sum+x, squares+x*x
	}
	return sum * sum / (float64(len(loads)) * squares)
}

// p99 is the wait that one in a hundred of a consumer's requests exceeded.
func (r result) p99(name string) time.Duration {
	waits := slices.Sorted(slices.Values(r.waits[name]))
	if len(waits) == 0 {
		return 0
	}
	return waits[min(len(waits)-1, int(math.Ceil(float64(len(waits))*0.99)))]
}

func (r result) String() string {
	return fmt.Sprintf("%d passed, %d refused by the vendor, refused by us %v", r.passed, r.refused, r.throttled)
}
