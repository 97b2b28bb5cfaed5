package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// garbageBytes is how much garbage there may be before it is collected. So little lives in a gateway without connections
// that garbage of the same size, which is Go's default, would be collected all the time.
const garbageBytes = 24 << 20

// leastPercent is Go's default, for a gateway in which more lives: with thousands of connections a multiple would be much.
const leastPercent = 100

// collectLess keeps to garbageBytes until ctx ends, unless the environment has GOGC. GOMEMLIMIT bounds the memory all the
// same.
func collectLess(ctx context.Context) {
	if os.Getenv("GOGC") == "" {
		adapt(ctx)
	}
}

// adapt says by how much the heap may grow, now and after each collection.
func adapt(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	debug.SetGCPercent(gcPercent(livingBytes()))
	type collected struct{ _ [32]byte } // large enough to be noticed by itself
	runtime.AddCleanup(new(collected), adapt, ctx)
}

// gcPercent is the GOGC by which garbageBytes beside living bytes are allowed. Steps keep it from changing each time.
func gcPercent(living uint64) int {
	const least, step = 4 << 20, 25 // Go collects no smaller heap
	percent := int(garbageBytes * 100 / max(living, least))
	return max(leastPercent, percent/step*step)
}

// livingBytes is what the last collection found to live, and the stacks and variables that count like it.
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
