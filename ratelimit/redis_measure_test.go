package ratelimit_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gateway/ratelimit"
)

// toxic leads to a store, and may do so badly.
type toxic struct {
	net.Listener
	delay  atomic.Int64           // of what is sent to the store, in nanoseconds
	only   atomic.Pointer[string] // the text that is delayed; nil: everything
	answer atomic.Pointer[string] // what comes in the place of the store's answer; nil: the store's
}

func layToxic(t *testing.T, to string) *toxic {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	x := &toxic{Listener: l}
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			go x.carry(near, to)
		}
	}()
	return x
}

func (x *toxic) carry(near net.Conn, to string) {
	defer near.Close()
	far, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer far.Close()
	go func() {
		_, _ = io.Copy(near, far)
		near.Close()
	}()
	for buffer := make([]byte, 64<<10); ; {
		n, err := near.Read(buffer)
		if err != nil {
			return
		}
		if text := x.answer.Load(); text != nil {
			_, err = io.WriteString(near, *text)
		} else {
			if only := x.only.Load(); only == nil || bytes.Contains(buffer[:n], []byte(*only)) {
				<-time.After(time.Duration(x.delay.Load()))
			}
			_, err = far.Write(buffer[:n])
		}
		if err != nil {
			return
		}
	}
}

// toxins are faults that lie between a gateway and its store; those of the store itself are faults.
func toxins(x []*toxic) []fault {
	answers := func(text *string) func(*testing.T, *redisServer) {
		return func(*testing.T, *redisServer) {
			for _, each := range x {
				each.answer.Store(text)
			}
		}
	}
	delays := func(d time.Duration) func(*testing.T, *redisServer) {
		return func(*testing.T, *redisServer) {
			for _, each := range x {
				each.delay.Store(int64(d))
			}
		}
	}
	loading, nonsense := "-LOADING Redis is loading the dataset in memory\r\n", "$5\r\nhello\r\n*1\r\n"
	return []fault{
		{"slow", delays(2 * time.Second), delays(0)},
		{"loading", answers(&loading), answers(nil)},
		{"nonsense", answers(&nonsense), answers(nil)},
	}
}

// TestMeasureFaults: what each failure of the store costs two gateways that send 20 requests a second each of 100/s. Without
// -simulate it is short, and judges no time.
func TestMeasureFaults(t *testing.T) {
	t.Parallel()
	limit := ratelimit.Limit{Requests: 100, Per: time.Second}
	for i := range len(faults) + 3 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			if !*full && i < len(faults) {
				t.Skip("TestAStoreThatFailsFailsNoRequest has it")
			}
			t.Parallel()
			server := startRedis(t)
			wires := []*toxic{layToxic(t, server.Address), layToxic(t, server.Address)}
			f := append(slices.Clone(faults), toxins(wires)...)[i]
			var all []*member
			for _, wire := range wires {
				all = append(all, joinHasty(t, "redis://"+wire.Addr().String(), limits(0, limit)))
			}
			for _, m := range all {
				eventually(t, "they know of each other", func() bool { return m.store.Status().Gateways == 2 })
			}
			var v countingVendor
			var mu sync.Mutex
			var waits []time.Duration
			failed := 0
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var group sync.WaitGroup
			for _, m := range all {
				group.Go(func() {
					for tick := time.NewTicker(50 * time.Millisecond); ctx.Err() == nil; <-tick.C {
						group.Go(func() {
							start := time.Now()
							g, err := m.Acquire(t.Context(), ratelimit.Request{MaxWait: 10 * time.Second})
							mu.Lock()
							defer mu.Unlock()
							waits = append(waits, time.Since(start))
							if err != nil {
								failed++
								return
							}
							v.begin(g)
							v.end()
							g.Report(ratelimit.Report{})
							g.Done()
						})
					}
				})
			}
			sends := func(n int) {
				before := v.total()
				eventually(t, "requests pass", func() bool { return v.total() >= before+n })
			}
			sends(20)
			f.damage(t, server)
			sends(int(lasting(200, 40)))
			mended := time.Now()
			f.mend(t, server)
			for _, m := range all {
				eventually(t, "it is found mended", func() bool { return m.store.Status().Up })
			}
			recovery := time.Since(mended)
			sends(40)
			cancel()
			group.Wait()
			slices.Sort(waits)
			p99 := waits[len(waits)*99/100]
			t.Logf("MEASURED store %s: %d of %d requests failed, waits p50 %v, p99 %v, longest %v, recovery %v, most in a second %d of 100",
				f.name, failed, len(waits), waits[len(waits)/2].Round(10*time.Microsecond), p99.Round(100*time.Microsecond),
				waits[len(waits)-1].Round(100*time.Microsecond), recovery.Round(10*time.Millisecond), v.ledger.most(limit.Per))
			if most := v.ledger.most(strict(limit, all)); failed > 0 || most > limit.Requests {
				t.Errorf("%d failed, %d in a second", failed, most)
			}
			if *full && (p99 > 60*time.Millisecond || recovery > 5*time.Second) {
				t.Errorf("p99 %v, recovery %v", p99, recovery)
			}
		})
	}
}

// TestMeasureOverload: gateways under overload against a vendor of 100/s and 4 at once, for 20 s where it is measured; one
// is killed, and one added, meanwhile.
func TestMeasureOverload(t *testing.T) {
	t.Parallel()
	limit := ratelimit.Limit{Requests: 100, Per: time.Second}
	for _, n := range []int{2, 4} {
		for _, changes := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d gateways, changes %v", n, changes), func(t *testing.T) {
				if !*full && !changes {
					t.Skip("TestGatewaysShareOneQuota has it")
				}
				t.Parallel()
				server := startRedis(t)
				wire := layCable(t, server.Address)
				s := limits(4, limit)
				all := joinAll(t, server.url(), n-1, s)
				lost := join(t, "redis://"+wire.Addr().String(), s)
				for _, m := range append(all, lost) {
					eventually(t, "they know of each other", func() bool { return m.store.Status().Gateways == n })
				}
				lasts := lasting(20*time.Second, 3*time.Second)
				ctx, cancel := context.WithTimeout(t.Context(), lasts)
				defer cancel()
				var v countingVendor
				var group sync.WaitGroup
				run := func(m *member) {
					group.Go(func() { v.overload(ctx, m, 30, 5*time.Millisecond) })
				}
				for _, m := range append(all, lost) {
					run(m)
				}
				if changes {
					<-time.After(lasts / 3)
					lost.killed.Store(true) // as kill -9: it sends nothing more, gives nothing back, and is heard of no more
					wire.cut()
					late := join(t, server.url(), s)
					all = append(all, late)
					run(late)
				}
				group.Wait()
				t.Logf("MEASURED %d gateways under overload, one killed and one added: %v: %d sent, used %.1f%%, most in a second %d of 100, most at once %d of 4",
					n, changes, len(v.sends), 100*v.used(limit), v.ledger.most(limit.Per), v.peak)
				if most := v.ledger.most(strict(limit, append(all, lost))); most > limit.Requests || v.peak > 4 {
					t.Errorf("%d in a second, %d at once", most, v.peak)
				}
				if *full && v.used(limit) < 0.93 {
					t.Errorf("used %.1f%%", 100*v.used(limit))
				}
			})
		}
	}
}
