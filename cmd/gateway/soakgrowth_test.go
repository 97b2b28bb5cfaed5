package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// soakSample is what the gateway tells of itself at one time; memory in MiB.
type soakSample struct {
	at                 time.Duration
	resident, own      float64 // all that it has, and without pages of its program's file
	heap               float64 // what lived at the last collection
	kept               float64 // of it, the failures that the admin page shows
	held               float64 // heap, its garbage, and what is free for more of it
	stacks             float64 // of goroutines
	goroutines, handle float64
}

// sample reads the gateway's own metrics until ctx ends.
func (s *soak) sample(ctx context.Context, t *testing.T, every time.Duration) (out []soakSample) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	start := time.Now()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return out
		}
		s.kernel.mark()
		_, text := get(t, s.admin+"/metrics")
		mib := func(name string) float64 { return gaugeIn(t, text, name) / (1 << 20) }
		out = append(out, soakSample{
			at: time.Since(start), resident: s.ofProcess(t, "VmRSS"), own: s.ofProcess(t, "RssAnon"),
			heap: mib("go_memstats_next_gc_bytes") / (1 + gaugeIn(t, text, "go_gc_gogc_percent")/100), kept: s.kept(t),
			held:   mib("go_memstats_heap_sys_bytes") - mib("go_memstats_heap_released_bytes"),
			stacks: mib("go_memstats_stack_inuse_bytes"), goroutines: gaugeIn(t, text, "go_goroutines"), handle: gaugeIn(t, text, "process_open_fds"),
		})
	}
}

// ofProcess is a size in MiB that Linux tells of the process (proc_pid_status(5)).
func (s *soak) ofProcess(t *testing.T, name string) float64 {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "\n"+name+":")
	var kib float64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return kib / (1 << 10)
}

// kept is how many MiB of failures the admin page has.
func (s *soak) kept(t *testing.T) float64 {
	t.Helper()
	_, text := get(t, s.admin+"/api/v1/status")
	var status struct{ Kept struct{ Bytes float64 } }
	if err := json.Unmarshal([]byte(text), &status); err != nil {
		t.Fatal(err)
	}
	return status.Kept.Bytes / (1 << 20)
}

// soakFigures are what may grow by so much in an hour. Resident memory is heap, stacks, pages of the program's file and a
// rest. Of the heap most is garbage, or free since a fault has made more of it: that moves by several MiB from minute to
// minute, in which a growth of one in an hour cannot be seen in half an hour. So it is looked for in what lives, in the
// rest and in the number of goroutines, which stand still; judgeResident looks for what they do not show. Two things fill
// up to a bound, for longer than the warm-up: pages of the file, each when its code first runs, and the failures that are
// kept, 100 of a group, as some come seldom.
var soakFigures = []struct {
	name string
	of   func(soakSample) float64
	most float64
}{
	{"live heap without kept failures MiB", func(s soakSample) float64 { return s.heap - s.kept }, 1},
	{"kept failures MiB", func(s soakSample) float64 { return s.kept }, math.Inf(1)},
	{"own memory beside heap and stacks MiB", func(s soakSample) float64 { return s.own - s.held - s.stacks }, 1},
	{"pages of the program's file MiB", func(s soakSample) float64 { return s.resident - s.own }, math.Inf(1)},
	{"goroutines", func(s soakSample) float64 { return s.goroutines }, 60},
	{"descriptors", func(s soakSample) float64 { return s.handle }, 60},
}

// judgeGrowth prints what the samples tell after the warm-up, and judges it where enough time has passed.
func judgeGrowth(t *testing.T, samples []soakSample, cycle time.Duration, judges bool) {
	t.Helper()
	warm := samples[len(samples)/6:]
	for _, figure := range soakFigures {
		first, last := median(warm[:len(warm)/4], figure.of), median(warm[len(warm)*3/4:], figure.of)
		slope := slopePerHour(warm, cycle, figure.of)
		t.Logf("SOAK %s: %.1f at first, %.1f at last (medians of quarters), %+.2f in an hour", figure.name, first, last, slope)
		if slope > figure.most && judges {
			t.Errorf("%s grow by %.2f in an hour, more than %.0f", figure.name, slope, figure.most)
		}
	}
	judgeResident(t, warm, cycle, judges)
}

// judgeResident looks at the least resident memory, without kept failures, of each cycle of faults, when what the worst of
// them took has been given back. It grows where even the least slope that its scatter allows, at two standard errors, is
// more than a MiB.
func judgeResident(t *testing.T, warm []soakSample, cycle time.Duration, judges bool) {
	t.Helper()
	resident := func(s soakSample) float64 { return s.resident - s.kept }
	floors := leastOfCycles(warm, cycle, resident)
	if len(floors) < 3 {
		return
	}
	slope, deviation := trend(floors, resident)
	t.Logf("SOAK resident without kept failures MiB: median %.1f; at its least %.1f in the first cycle of faults, %.1f in the last, %+.2f in an hour, give or take %.2f",
		median(warm, resident), resident(floors[0]), resident(floors[len(floors)-1]), slope, 2*deviation)
	if judges && slope-2*deviation > 1 {
		t.Errorf("resident memory grows by %.2f MiB in an hour, more than 1", slope)
	}
}

// leastOfCycles returns the sample of each whole cycle in which something was least.
func leastOfCycles(samples []soakSample, cycle time.Duration, of func(soakSample) float64) (out []soakSample) {
	for start := 0; start < len(samples); {
		end := start
		for end < len(samples) && samples[end].at-samples[start].at < cycle {
			end++
		}
		if end < len(samples) {
			out = append(out, slices.MinFunc(samples[start:end], func(a, b soakSample) int { return cmp.Compare(of(a), of(b)) }))
		}
		start = end
	}
	return out
}

// trend is the slope in an hour of the line with the least squares, and its standard error.
func trend(samples []soakSample, of func(soakSample) float64) (slope, deviation float64) {
	n := float64(len(samples))
	var at, value float64 // their means
	for _, s := range samples {
		at += s.at.Hours() / n
		value += of(s) / n
	}
	var squares, products float64
	for _, s := range samples {
		squares += (s.at.Hours() - at) * (s.at.Hours() - at)
		products += (s.at.Hours() - at) * (of(s) - value)
	}
	slope = products / squares
	var rest float64
	for _, s := range samples {
		rest += math.Pow(of(s)-value-slope*(s.at.Hours()-at), 2)
	}
	return slope, math.Sqrt(rest / (n - 2) / squares)
}

func median(samples []soakSample, of func(soakSample) float64) float64 {
	var values []float64
	for _, s := range samples {
		values = append(values, of(s))
	}
	return medianOf(values)
}

// slopePerHour is the median of the slopes between any two samples that are whole cycles of faults apart (Sen's, by
// seasons): neither the peaks of faults move it nor in which of them the samples begin and end.
func slopePerHour(samples []soakSample, cycle time.Duration, of func(soakSample) float64) float64 {
	var slopes []float64
	for i, a := range samples {
		for _, b := range samples[i+1:] {
			apart := b.at - a.at
			if n := apart.Round(cycle); n > 0 && (apart-n).Abs() < cycle/60 {
				slopes = append(slopes, (of(b)-of(a))/apart.Hours())
			}
		}
	}
	return medianOf(slopes)
}

func medianOf(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/2]
}
