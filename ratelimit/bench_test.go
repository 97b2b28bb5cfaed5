package ratelimit_test

import (
	"context"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"gateway/ratelimit"
)

// vast never holds anybody, and is counted all the same.
var vast = limits(1000, ratelimit.Limit{Requests: 1 << 30, Per: time.Second}, ratelimit.Limit{Requests: 1 << 40, Per: time.Hour})

// BenchmarkNothingWaits is the path of nearly every request: under 1 µs and no allocation.
func BenchmarkNothingWaits(b *testing.B) {
	l := ratelimit.New(vast)
	r := ratelimit.Request{Consumer: "a", Priority: 3, MaxWait: time.Second}
	b.ReportAllocs()
	for b.Loop() {
		g, err := l.Acquire(context.Background(), r)
		if err != nil {
			b.Fatal(err)
		}
		g.Report(ratelimit.Report{})
		g.Done()
	}
}

// BenchmarkTenThousandKeys has as many quota keys in use.
func BenchmarkTenThousandKeys(b *testing.B) {
	l := ratelimit.New(vast)
	keys := make([]string, 10_000)
	for i := range keys {
		keys[i] = strconv.Itoa(i)
		acquire(b, l, ratelimit.Request{Key: keys[i]}).Done()
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		g, err := l.Acquire(context.Background(), ratelimit.Request{Key: keys[i%len(keys)], MaxWait: time.Second})
		if err != nil {
			b.Fatal(err)
		}
		g.Report(ratelimit.Report{})
		g.Done()
	}
}

// BenchmarkParallel is many callers on one quota key.
func BenchmarkParallel(b *testing.B) {
	l := ratelimit.New(vast)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			g, err := l.Acquire(context.Background(), ratelimit.Request{MaxWait: time.Second})
			if err != nil {
				b.Fatal(err)
			}
			g.Done()
		}
	})
}

// BenchmarkCountedInRedis is a request that is counted in a Redis on loopback: one of many, for which tokens were leased ahead, and one
// of 40 a second, which asks for its own, as tokens of 100/s are not good for longer.
func BenchmarkCountedInRedis(b *testing.B) {
	for name, c := range map[string]struct {
		limit ratelimit.Limit
		pause time.Duration
	}{
		"leased": {ratelimit.Limit{Requests: 100_000_000, Per: 10 * time.Second}, 0},
		"asked":  {ratelimit.Limit{Requests: 100, Per: time.Second}, 25 * time.Millisecond},
	} {
		b.Run(name, func(b *testing.B) {
			server := startRedis(b)
			m := join(b, server.url(), limits(1000, c.limit))
			r := ratelimit.Request{Consumer: "a", Priority: 3, MaxWait: time.Minute}
			ours, theirs, asked := cpuTime(b), server.cpuTime(b), m.asked.Load()
			for b.Loop() {
				acquire(b, m, r).Done()
				if c.pause > 0 {
					<-time.After(c.pause)
				}
			}
			b.ReportMetric(float64(cpuTime(b)-ours)/float64(b.N)/1000, "cpu-µs/op")
			b.ReportMetric(float64(server.cpuTime(b)-theirs)/float64(b.N)/1000, "redis-cpu-µs/op")
			b.ReportMetric(float64(m.asked.Load()-asked)/float64(b.N), "questions/op")
		})
	}
}

// cpuTime is this process's so far, in nanoseconds.
func cpuTime(b *testing.B) int64 {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return used.Utime.Nano() + used.Stime.Nano()
}

// cpuTime is the server's so far, in nanoseconds.
func (s *redisServer) cpuTime(b *testing.B) (sum int64) {
	b.Helper()
	for _, m := range regexp.MustCompile(`used_cpu_(?:sys|user):([\d.]+)`).FindAllStringSubmatch(s.Ask(b, "info", "cpu"), -1) {
		seconds, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			b.Fatal(err)
		}
		sum += int64(seconds * 1e9)
	}
	return sum
}
