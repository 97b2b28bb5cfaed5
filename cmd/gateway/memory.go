package main

import (
	"os"
	"runtime/debug"
)

// gcPercent lets the heap grow to four times what lives in it, which is little, before garbage is collected: less time
// for some MiB under load.
const gcPercent = 300

// collectLess applies gcPercent unless the environment has GOGC. GOMEMLIMIT bounds the memory all the same.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
