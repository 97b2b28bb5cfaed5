package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGarbageIsCollectedAsTheEnvironmentSays(t *testing.T) {
	before := debug.SetGCPercent(50)
	defer debug.SetGCPercent(before)
	t.Setenv("GOGC", "50")
	collectLess(t.Context())
	if got := debug.SetGCPercent(50); got != 50 {
		t.Errorf("the heap may grow by %d percent, want 50", got)
	}
}

func TestGarbageIsBoundedByWhatLives(t *testing.T) {
	for living, want := range map[uint64]int{0: 600, 4 << 20: 600, 8 << 20: 300, 10 << 20: 240, 24 << 20: 100, 1 << 40: 100} {
		if got := gcPercent(living); got != want {
			t.Errorf("%d bytes live: %d percent, want %d", living, got, want)
		}
	}
}

func TestGarbageIsBoundedAnewAfterEachCollection(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	t.Setenv("GOGC", "")
	ctx, cancel := context.WithCancel(t.Context())
	collectLess(ctx)
	lives := make([]byte, 2*garbageBytes)
	awaitGCPercent(t, func(percent int) bool { return percent == leastPercent })
	runtime.KeepAlive(lives)
	awaitGCPercent(t, func(percent int) bool { return percent > leastPercent })
	cancel()
}

// awaitGCPercent collects until the heap may grow by as much as wanted.
func awaitGCPercent(t *testing.T, wanted func(int) bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; runtime.Gosched() {
		runtime.GC()
		percent := debug.SetGCPercent(100)
		debug.SetGCPercent(percent)
		if wanted(percent) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the heap may still grow by %d percent", percent)
		}
	}
}
