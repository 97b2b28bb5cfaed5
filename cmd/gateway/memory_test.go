package main

import (
	"runtime/debug"
	"testing"
)

func TestGarbageIsCollectedAsTheEnvironmentSays(t *testing.T) {
	before := debug.SetGCPercent(50)
	defer debug.SetGCPercent(before)
	for _, test := range []struct {
		environment string
		want        int
	}{{"50", 50}, {"", gcPercent}} {
		t.Setenv("GOGC", test.environment)
		collectLess()
		if got := debug.SetGCPercent(50); got != test.want {
			t.Errorf("GOGC=%q: the heap may grow by %d percent, want %d", test.environment, got, test.want)
		}
	}
}
