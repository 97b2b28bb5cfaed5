package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// garbageBytes is how much garbage may exist before it is collected. A gateway without connections has so little live
// memory that Go's default, which allows as much garbage as there is live memory, would collect all the time.
const garbageBytes = 24 << 20

// leastPercent is Go's default. It holds for a gateway with more live memory: with thousands of connections a multiple of
// it would be too much.
const leastPercent = 100

// collectLess keeps to garbageBytes until ctx ends, unless the environment sets GOGC. GOMEMLIMIT still bounds the memory.
func collectLess(ctx context.Context) {
	if os.Getenv("GOGC") == "" {
		adapt(ctx)
	}
}

// adapt sets how far the heap may grow, now and after each collection.
func adapt(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	debug.SetGCPercent(gcPercent(livingBytes()))
	type collected struct{ _ [32]byte } // large enough to be noticed by itself
	runtime.AddCleanup(new(collected), adapt, ctx)
}

// gcPercent is the GOGC that allows garbageBytes beside living bytes. It is not rounded: with 15 MiB that live, steps of 25
// percent would be 4 MiB of memory that comes and goes.
func gcPercent(living uint64) int {
	const least = 4 << 20 // Go collects no smaller heap
	return max(leastPercent, int(garbageBytes*100/max(living, least)))
}

// livingBytes is what survived the last collection, plus the stacks and global variables that GOGC counts too.
func livingBytes() (sum uint64) {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	metrics.Read(samples)
	for _, s := range samples {
		if s.Value.Kind() == metrics.KindUint64 {
			sum += s.Value.Uint64()
		}
	}
	return sum
}
