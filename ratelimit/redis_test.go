package ratelimit_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gateway/ratelimit"
	"gateway/servertest"
)

// patience is how long a test waits for what must come; nothing is judged by it.
const patience = 30 * time.Second

// redisServer is a store of a test's own.
type redisServer struct{ *servertest.Server }

// startRedis starts one with an empty memory.
func startRedis(t testing.TB, options ...string) *redisServer {
	t.Helper()
	return &redisServer{servertest.StartStore(t, options...)}
}

// startServer is startRedis for one program.
func startServer(t testing.TB, program string) *redisServer {
	t.Helper()
	return &redisServer{servertest.StartStoreAt(t, program, servertest.Address(t))}
}

// portOf is the port of an address.
func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

func (s *redisServer) url() string { return "redis://" + s.Address }

// eventually waits until something is so.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// member is one gateway of several: a limiter, and its connection to the store.
type member struct {
	*ratelimit.Limiter
	store   *ratelimit.Redis
	stop    func()
	outages atomic.Int64 // how often the store was found to fail
	why     atomic.Value // as it was told of last
	back    atomic.Int64 // when it answered again, in nanoseconds
	slowest atomic.Int64 // of its answers, in nanoseconds
	killed  atomic.Bool  // it sends nothing more
	asked   atomic.Int64 // questions
}

// strict is the interval in which no more than a limit may be sent: a token is late by as much as the answer took, of which
// windows allow for some 30 ms. Where answers took longer than the interval nothing can be told.
func strict(l ratelimit.Limit, all []*member) time.Duration {
	slowest := time.Duration(0)
	for _, m := range all {
		slowest = max(slowest, time.Duration(m.slowest.Load()))
	}
	return l.Per - max(0, slowest-30*time.Millisecond)
}

// join starts a gateway that counts together with others, on a store that answers, however long it takes.
func join(t testing.TB, url string, s ratelimit.Settings) *member {
	t.Helper()
	store, err := ratelimit.NewPatientRedis(url)
	if err != nil {
		t.Fatal(err)
	}
	return joinBy(t, store, s)
}

// joinHasty is join of a gateway as it is, which finds the store to fail where it is slow.
func joinHasty(t testing.TB, url string, s ratelimit.Settings) *member {
	t.Helper()
	store, err := ratelimit.NewRedis(url, 1)
	if err != nil {
		t.Fatal(err)
	}
	return joinBy(t, store, s)
}

func joinBy(t testing.TB, store *ratelimit.Redis, s ratelimit.Settings) *member {
	t.Helper()
	s.Name, s.Store = "up", store
	m := &member{store: store}
	store.OnChange = func(err error) {
		if err != nil {
			m.why.Store(err.Error())
			m.outages.Add(1)
		} else {
			m.back.Store(time.Now().UnixNano())
		}
	}
	store.OnCall = func(took time.Duration) {
		m.asked.Add(1)
		for was := m.slowest.Load(); was < int64(took) && !m.slowest.CompareAndSwap(was, int64(took)); was = m.slowest.Load() {
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := store.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	m.stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	t.Cleanup(m.stop)
	m.Limiter = ratelimit.New(s)
	return m
}

// joinAll starts several that know of each other.
func joinAll(t testing.TB, url string, n int, s ratelimit.Settings, by ...func(testing.TB, string, ratelimit.Settings) *member) []*member {
	t.Helper()
	all := make([]*member, n)
	for i := range all {
		all[i] = append(by, join)[0](t, url, s)
	}
	for i, m := range all {
		eventually(t, fmt.Sprintf("gateway %d hears of the others", i), func() bool { return m.store.Status().Gateways >= n })
	}
	return all
}

// countingVendor counts what comes as strictly as can be, by when the gateways sent it.
type countingVendor struct {
	ledger
	mu         sync.Mutex
	busy, peak int
}

func (v *countingVendor) begin(g ratelimit.Grant) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.note(g.SentAt())
	v.busy++
	v.peak = max(v.peak, v.busy)
}

func (v *countingVendor) end() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.busy--
}

// used is the part of the limit that was used from the first send to the last.
func (v *countingVendor) used(l ratelimit.Limit) float64 {
	span := v.sends[len(v.sends)-1].Sub(v.sends[0])
	return float64(len(v.sends)) / (float64(l.Requests) * span.Seconds() / l.Per.Seconds())
}

// overload keeps workers of a gateway busy until the context ends, and counts its refusals.
func (v *countingVendor) overload(ctx context.Context, m *member, workers int, takes time.Duration) (failed int) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() {
			for ctx.Err() == nil {
				g, err := m.Acquire(context.WithoutCancel(ctx), ratelimit.Request{Consumer: fmt.Sprint(i % 2), MaxWait: time.Minute})
				if m.killed.Load() {
					g.Done()
					return
				}
				if err != nil {
					mu.Lock()
					failed++
					mu.Unlock()
					continue
				}
				v.begin(g)
				<-time.After(takes)
				v.end()
				g.Report(ratelimit.Report{})
				g.Done()
			}
		})
	}
	all.Wait()
	return failed
}

// TestGatewaysShareOneQuota: several gateways under overload send together what one may, and use it.
func TestGatewaysShareOneQuota(t *testing.T) {
	t.Parallel()
	limit := ratelimit.Limit{Requests: 100, Per: time.Second}
	for _, n := range []int{2, 4} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			all := joinAll(t, startRedis(t).url(), n, limits(4, limit))
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			var v countingVendor
			var group sync.WaitGroup
			for _, m := range all {
				group.Go(func() {
					if failed := v.overload(ctx, m, 30, 5*time.Millisecond); failed > 0 {
						t.Errorf("%d refused", failed)
					}
				})
			}
			group.Wait()
			t.Logf("%d sent, used %.1f%%, most in a second %d, most at once %d", len(v.sends), 100*v.used(limit), v.ledger.most(limit.Per), v.peak)
			if most := v.ledger.most(strict(limit, all)); most > limit.Requests || v.peak > 4 {
				t.Errorf("%d in a second, %d at once", most, v.peak)
			}
		})
	}
}
