package proxy_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"gateway/proxy"
	"gateway/vendortest"
)

// crowd is what came of a greedy and a modest consumer who share a vendor of 100 a second and 4 at once.
type crowd struct {
	vendor  vendortest.Ledger
	passed  map[string]int
	refused map[string]int
	waits   map[string][]time.Duration // of those that passed
	spent   time.Duration
}

// runCrowd lets the greedy one offer 300 requests a second and the modest one 40, over real sockets.
func runCrowd(tb testing.TB, lasts time.Duration) crowd {
	tb.Helper()
	akeneo := vendortest.Akeneo(100, 4)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-time.After(5 * time.Millisecond)
		akeneo.ServeHTTP(w, r)
	}))
	defer server.Close()
	s := to(server.URL, limited(100, time.Second), atOnce(4), maxWait(3*time.Second), once)
	s.Consumers = proxy.ConsumersConfig{Identify: "header:X-App", Weights: map[string]float64{"greedy": 1, "modest": 1}}
	g := startGateway(tb, s)
	c := crowd{passed: map[string]int{}, refused: map[string]int{}, waits: map[string][]time.Duration{}}
	var group sync.WaitGroup
	start := time.Now()
	for name, rate := range map[string]int{"greedy": 300, "modest": 40} {
		group.Go(func() { g.offer(tb, name, rate, lasts, &group) })
	}
	group.Wait()
	c.spent = time.Since(start)
	for range len(g.exchanges) {
		x := <-g.exchanges
		if x.Code == http.StatusOK {
			c.passed[x.Consumer]++
			c.waits[x.Consumer] = append(c.waits[x.Consumer], x.ThrottleWait)
		} else {
			c.refused[x.Consumer]++
		}
	}
	c.vendor = akeneo.Ledger()
	return c
}

// offer sends requests at a rate until the time is over, whatever becomes of them.
func (g *gateway) offer(tb testing.TB, name string, rate int, lasts time.Duration, group *sync.WaitGroup) {
	ticker := time.NewTicker(time.Second / time.Duration(rate))
	defer ticker.Stop()
	for range int(lasts.Seconds() * float64(rate)) {
		<-ticker.C
		group.Go(func() {
			req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, g.URL+"/up/api/rest/v1/categories", nil)
			if err != nil {
				tb.Error(err)
				return
			}
			req.Header.Set("X-App", name)
			req.Header.Set("Authorization", "Bearer x")
			resp, err := g.caller.Do(req)
			if err != nil {
				tb.Error(err)
				return
			}
			readAnswer(resp)
		})
	}
}

// p99 is the wait that one in a hundred exceeded.
func p99(waits []time.Duration) time.Duration {
	slices.Sort(waits)
	if len(waits) == 0 {
		return 0
	}
	return waits[(len(waits)-1)*99/100]
}

// TestGreedyConsumerStarvesNobody judges by counts; BenchmarkGreedyConsumer tells the speed. A busy machine can
// make requests that were sent evenly arrive together, or be too slow to be greedy, so that the best of three is judged.
func TestGreedyConsumerStarvesNobody(t *testing.T) {
	for try := 1; ; try++ {
		c := runCrowd(t, 2*time.Second)
		if c.refused["modest"] > 0 || c.passed["modest"] != 80 {
			t.Fatalf("the modest one was not served whole: %d passed, %d refused", c.passed["modest"], c.refused["modest"])
		}
		if c.vendor.Concurrent > 4 {
			t.Fatalf("%d at once", c.vendor.Concurrent)
		}
		if c.vendor.Refused == 0 && c.refused["greedy"] > 0 && c.passed["greedy"] >= 100 {
			return
		}
		if try == 3 {
			t.Fatalf("the vendor refused %d of %d; of the greedy one %d passed, %d were refused",
				c.vendor.Refused, c.vendor.Requests, c.passed["greedy"], c.refused["greedy"])
		}
	}
}

// BenchmarkGreedyConsumer tells how much of 100/s was used and how long the modest consumer waited.
func BenchmarkGreedyConsumer(b *testing.B) {
	for b.Loop() {
		c := runCrowd(b, 10*time.Second)
		b.ReportMetric(float64(c.vendor.Requests)/c.spent.Seconds(), "sent/s")
		b.ReportMetric(float64(c.vendor.Refused), "refused_by_vendor")
		b.ReportMetric(float64(c.refused["modest"]), "modest_refused")
		b.ReportMetric(float64(p99(c.waits["modest"]).Milliseconds()), "modest_p99_ms")
		b.ReportMetric(0, "ns/op")
	}
}
