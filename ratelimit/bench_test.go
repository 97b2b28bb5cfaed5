package ratelimit_test

import (
	"context"
	"strconv"
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

// BenchmarkCountedInRedis is the path of a request whose tokens and slot are leased from a Redis on loopback.
func BenchmarkCountedInRedis(b *testing.B) {
	m := join(b, startRedis(b, "").url(), limits(1000, ratelimit.Limit{Requests: 10_000_000, Per: time.Second}))
	r := ratelimit.Request{Consumer: "a", Priority: 3, MaxWait: time.Minute}
	for b.Loop() {
		acquire(b, m, r).Done()
	}
}
