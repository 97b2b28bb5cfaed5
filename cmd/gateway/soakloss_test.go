package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// loss is an answer that did not arrive, with all that can be known of it.
type loss struct {
	id, phase string
	err       error
	journey   string // on the caller's side
	visits    []visit
	line      string // of the gateway's access log
	kernel    string
	cut       bool // as the vendor cut its answer off, which is no loss
}

// String implements fmt.Stringer.
func (l loss) String() string {
	return fmt.Sprintf("%s: %v\n  when %s\n  the caller: %s\n  the vendor: %v\n  the gateway's log: %s\n  the kernel: %s",
		l.id, l.err, l.phase, l.journey, l.visits, l.line, l.kernel)
}

// lose writes down a loss as soon as it is seen: the log that tells of it does not go back far.
func (s *soak) lose(t *testing.T, id string, err error, journey *journey) loss {
	l := loss{id: id, err: err, phase: s.phase(), journey: journey.String(), line: "none"}
	if l.visits, l.cut = s.vendor.visitsOf(id); l.cut {
		return l
	}
	l.kernel = s.kernel.since()
	if found := eventually(t, func() bool { return s.said.find("/"+id+`"`) != "" }); found {
		l.line = s.said.find("/" + id + `"`)
	}
	return l
}

// phase tells the time, and what is done to the vendor, to callers and to the configuration.
func (s *soak) phase() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	fault := "is well"
	if f := s.vendor.fault.Load(); f != nil {
		fault = "fails by " + f.name
	}
	return fmt.Sprintf("%s after the start: the vendor %s, callers fail by %q, %s after the last reload",
		time.Since(s.start).Round(time.Millisecond), fault, s.fault, time.Since(s.reloaded).Round(time.Millisecond))
}

// journey is what the caller's own client tells of a request.
type journey struct {
	start time.Time
	mu    sync.Mutex
	steps strings.Builder
}

// follow makes the request tell.
func follow(req *http.Request) (*http.Request, *journey) {
	j := &journey{start: time.Now()}
	return req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		ConnectDone: func(_, _ string, err error) { j.add("dialed (%v)", err) },
		GotConn: func(info httptrace.GotConnInfo) {
			j.add("got %s, used before %v, idle for %s", info.Conn.LocalAddr(), info.Reused, info.IdleTime)
		},
		WroteRequest:         func(info httptrace.WroteRequestInfo) { j.add("wrote it (%v)", info.Err) },
		GotFirstResponseByte: func() { j.add("got a first byte") },
	})), j
}

func (j *journey) add(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	fmt.Fprintf(&j.steps, format+" at %s; ", append(args, time.Since(j.start).Round(time.Millisecond))...)
}

// String implements fmt.Stringer.
func (j *journey) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.steps.String() + "ended at " + time.Since(j.start).Round(time.Millisecond).String()
}

// lastLines keeps the last of the lines that are written to it, one with each Write.
type lastLines struct {
	mu    sync.Mutex
	lines [10_000]string // more than 30 seconds of a soak
	next  int
}

var _ io.Writer = (*lastLines)(nil)

// Write implements io.Writer.
func (l *lastLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines[l.next] = string(p)
	l.next = (l.next + 1) % len(l.lines)
	return len(p), nil
}

// find returns a line that holds text, or none.
func (l *lastLines) find(text string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.IndexFunc(l.lines[:], func(line string) bool { return strings.Contains(line, text) }); i >= 0 {
		return l.lines[i]
	}
	return ""
}

// kernelCounts are what Linux counts of TCP when it drops or resets a connection by itself (/proc/net/netstat); they are
// of the whole machine.
type kernelCounts struct {
	mu   sync.Mutex
	last map[string]int64
}

// watched are those that take a connection from a program that did nothing wrong.
var watched = []string{"ListenOverflows", "ListenDrops", "TCPAbortOnMemory", "TCPAbortOnTimeout", "TCPAbortFailed", "TCPMemoryPressures", "TCPReqQFullDrop"}

// mark is where since counts from.
func (k *kernelCounts) mark() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last = readKernelCounts()
}

// since tells how far they moved since the last mark.
func (k *kernelCounts) since() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := readKernelCounts()
	var moved []string
	for _, name := range watched {
		if n := now[name] - k.last[name]; n != 0 {
			moved = append(moved, fmt.Sprintf("%s +%d", name, n))
		}
	}
	if moved == nil {
		return "took no connection"
	}
	return strings.Join(moved, ", ")
}

// readKernelCounts reads pairs of lines: names, and their values. Where there are none, nothing is told.
func readKernelCounts() map[string]int64 {
	counts := map[string]int64{}
	text, err := os.ReadFile("/proc/net/netstat")
	if err != nil {
		return counts
	}
	for pair := range slices.Chunk(strings.Split(string(text), "\n"), 2) {
		if len(pair) < 2 {
			continue
		}
		values := strings.Fields(pair[1])
		for i, name := range strings.Fields(pair[0]) {
			if n, err := strconv.ParseInt(values[min(i, len(values)-1)], 10, 64); err == nil {
				counts[name] = n
			}
		}
	}
	return counts
}
