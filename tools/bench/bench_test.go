package main

import (
	"strings"
	"testing"
	"time"
)

// TestAnswersAreCounted as wrk prints them, and none that is not as it should be.
func TestAnswersAreCounted(t *testing.T) {
	const whole = "Running 2s test @ http://127.0.0.1:1/vendor/few\n  1 threads and 64 connections\n  51234 requests in 2.00s, 61.1MB read\nRequests/sec:  25617.00\n"
	for name, c := range map[string]struct {
		out   string
		fails bool
		want  int
	}{
		"all well":               {whole, false, 51234},
		"none":                   {"  0 requests in 2.00s, 0B read\n", false, 0},
		"nothing":                {"", false, 0},
		"some refused":           {whole + "  Non-2xx or 3xx responses: 7\n", false, 0},
		"errors, as they should": {whole + "  Non-2xx or 3xx responses: 51234\n", true, 51234},
		"some are no errors":     {whole + "  Non-2xx or 3xx responses: 51233\n", true, 0},
		"none is an error":       {whole, true, 0},
		"lost connections":       {whole + "  Socket errors: connect 0, read 12, write 0, timeout 0\n", false, 0},
	} {
		got, err := answered([]byte(c.out), c.fails)
		if got != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%s: %d, %v", name, got, err)
		}
	}
}

// TestStatIsRead whatever the process is called.
func TestStatIsRead(t *testing.T) {
	const rest = " S 1 2 3 4 5 6 7 8 9 10 250 30 99 99 20 0 5 0 12345 1 2 3"
	for stat, want := range map[string]time.Duration{
		"42 (nginx)" + rest:                 2800 * time.Millisecond,
		"42 (nginx: worker process)" + rest: 2800 * time.Millisecond,
		"42 (a) b (c)" + rest:               2800 * time.Millisecond,
		"42 (nginx) S 1 2":                  0,
		"":                                  0,
		"42 (x) S 1 2 3 4 5 6 7 8 9 10 a b": 0,
	} {
		if got, err := parseStat(stat); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v, %v", stat, got, err)
		}
	}
}

func TestResidentIsRead(t *testing.T) {
	got, err := parseResident("Name:\tgateway\nVmHWM:\t   30000 kB\nVmRSS:\t   25088 kB\nRssAnon:\t 1 kB\n")
	if got != 25088 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	if got, err := parseResident("Name:\tkthreadd\n"); err == nil {
		t.Errorf("%d of a process without memory", got)
	}
}

func TestMedian(t *testing.T) {
	for want, figures := range map[float64][]float64{3: {3}, 2: {3, 1, 2}, 2.5: {4, 1, 2, 3}, 10: {10, 1000, 1}} {
		before := cellOf(figures)
		if got := median(figures); got != want {
			t.Errorf("%v: %v, want %v", figures, got, want)
		}
		if after := cellOf(figures); after != before {
			t.Errorf("the order has changed: %s", after)
		}
	}
}

func cellOf(figures []float64) string {
	var results table
	for _, figure := range figures {
		results.add("p", "c", figure)
	}
	return results.cell("p", "c")
}

// TestTable has medians with their spread, ratios of the gateway to the others, and a dash for what was not measured.
func TestTable(t *testing.T) {
	var results table
	for _, figure := range []float64{10, 30, 20} {
		results.add("nginx", "1 KiB", figure)
		results.add("gateway", "1 KiB", figure*2)
	}
	results.add("gateway", "422", 5)
	results.add(noProxy, "p50 µs", 1)
	var out strings.Builder
	results.print(&out, []string{noProxy, "nginx", "gateway"})
	want := `CPU µs a request  1 KiB             422  p50 µs
no proxy          -                 -    1.0
nginx             20.0 (10.0–30.0)  -    -
gateway           40.0 (20.0–60.0)  5.0  -
gateway / nginx   2.00              -    -
`
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestTargets are below the prefix of the upstream that is meant.
func TestTargets(t *testing.T) {
	if got := (cell{path: "/real"}).target() + (cell{path: "/64k", secure: true}).target(); got != "/vendor/real/secure/64k" {
		t.Error(got)
	}
}
