package servertest_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"gateway/servertest"
)

// suite is a package's tests.
type suite func() int

func (run suite) Run() int { return run() }

// TestLeaksAreFound: one that ends soon is none, one that stays is, and tests that failed are told as such.
func TestLeaksAreFound(t *testing.T) {
	others := goleak.IgnoreCurrent()
	stay := make(chan struct{})
	for name, c := range map[string]struct {
		run  suite
		want int
	}{
		"none":          {func() int { return 0 }, 0},
		"failed":        {func() int { return 2 }, 2},
		"one that ends": {func() int { go func() { <-time.After(600 * time.Millisecond) }(); return 0 }, 0},
	} {
		if code := servertest.RunWithoutLeaks(c.run, others); code != c.want {
			t.Errorf("%s: %d, want %d", name, code, c.want)
		}
	}
	if code := servertest.RunWithoutLeaks(suite(func() int { go func() { <-stay }(); return 0 }), others); code != 1 {
		t.Errorf("one that stays: %d", code)
	}
	close(stay)
}
