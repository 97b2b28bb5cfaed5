package normalize_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/andybalholm/brotli"

	"gateway/document"
	"gateway/documenttest"
	"gateway/normalize"
	"gateway/problemtest"
)

// Bombs are 16 MiB of zeros, coded: 32 times what is read of them, and 800 MiB if all that are opened at once were read
// to their end. With GATEWAY_BOMBS=1 they are 1 GiB, which takes a quarter of a minute to make:
//
//	GATEWAY_BOMBS=1 go test ./normalize/ -run Bombs -v
func bombBytes() int64 {
	if os.Getenv("GATEWAY_BOMBS") != "" {
		return 1 << 30
	}
	return 16 << 20
}

// bombCodings are the bombs, by Content-Encoding: each coding, and each twice; BR has the largest window there is.
var bombCodings = []string{
	"gzip", "deflate", "br", "BR", "zstd", "gzip, gzip", "br, br", "BR, BR", "zstd, zstd", "zstd, br", "br, gzip",
}

// bombCoder is the coder of a label.
func bombCoder(label string) documenttest.Coder {
	if label == "BR" {
		return brotli.NewWriterOptions(nil, brotli.WriterOptions{Quality: 1, LGWin: 24})
	}
	return documenttest.NewCoder(label)
}

const (
	bombsAtOnce   = 50
	growthBytes   = 64 << 20 // that the process may grow by while it opens them
	bombDirectory = "GATEWAY_BOMB_DIRECTORY"
)

// The bombs are made and opened in processes of their own, so that only what opening takes is counted, and that process has
// little memory where the machine lets us say so.
func TestBombsInLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a few seconds")
	}
	dir := t.TempDir()
	runIn(t, "", "TestMakeBombs", dir)
	for test, memoryBytes := range map[string]int{"TestOpenBombs": 128 << 20, "TestFloodOfLongErrors": 256 << 20} { // the tests' libraries are in it too
		runIn(t, memoryGroup(t, test, raceMemory*memoryBytes), test, dir)
	}
}

// runIn runs one test of this binary in a memory cgroup; "" is none.
func runIn(t *testing.T, group, test, dir string) {
	t.Helper()
	const script = `if [ -n "$1" ]; then echo $$ > "$1/cgroup.procs" || exit 1; fi; exec "$0" -test.run="^$2\$" -test.v`
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", script, os.Args[0], group, test)
	cmd.Env = append(os.Environ(), bombDirectory+"="+dir)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("%s: %v", test, err)
	}
}

// TestMakeBombs writes the bombs, in a process that TestBombsInLittleMemory starts.
func TestMakeBombs(t *testing.T) {
	dir := os.Getenv(bombDirectory)
	if dir == "" {
		t.Skip("started by TestBombsInLittleMemory")
	}
	for i, codings := range bombCodings {
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(i)), bomb(t, codings), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// bomb returns zeros under codings.
func bomb(t *testing.T, codings string) []byte {
	t.Helper()
	first, second, twice := strings.Cut(codings, ", ")
	data := documenttest.Written(t, bombCoder(first), io.LimitReader(zeros{}, bombBytes()))
	if twice {
		data = documenttest.Written(t, bombCoder(second), bytes.NewReader(data))
	}
	return data
}

// zeros gives NUL for ever.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// memoryGroup makes a memory cgroup (v1) of so many bytes; "" where the machine does not let us.
func memoryGroup(t *testing.T, name string, memoryBytes int) string {
	t.Helper()
	dir := fmt.Sprintf("/sys/fs/cgroup/memory/gateway-%d-%s", os.Getpid(), name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Logf("without a memory cgroup: %v", err)
		return ""
	}
	t.Cleanup(func() { _ = os.Remove(dir) })
	if err := os.WriteFile(filepath.Join(dir, "memory.limit_in_bytes"), []byte(strconv.Itoa(memoryBytes)), 0o600); err != nil {
		t.Logf("without a memory limit: %v", err)
		return ""
	}
	return dir
}

// TestOpenBombs opens every bomb many times at once, in a process that TestBombsInLittleMemory starts.
func TestOpenBombs(t *testing.T) {
	dir := os.Getenv(bombDirectory)
	if dir == "" {
		t.Skip("started by TestBombsInLittleMemory")
	}
	bodies := map[string][]byte{}
	for i, codings := range bombCodings {
		body, err := os.ReadFile(filepath.Join(dir, strconv.Itoa(i)))
		if err != nil {
			t.Fatal(err)
		}
		bodies[codings] = body
	}
	before := memoryOf(t, "VmRSS:")
	for codings, body := range bodies {
		openAtOnce(t, codings, body)
		t.Logf("%s, %d bytes: grown by %d KiB so far", codings, len(body), (memoryOf(t, "VmHWM:")-before)>>10)
	}
	if grown := memoryOf(t, "VmHWM:") - before; grown > raceGrowth*growthBytes {
		t.Errorf("grown by %d MiB", grown>>20)
	}
}

// openAtOnce reads and opens one bomb many times in parallel.
func openAtOnce(t *testing.T, codings string, body []byte) {
	t.Helper()
	var all sync.WaitGroup
	for range bombsAtOnce {
		all.Go(func() {
			limits := document.DefaultLimits()
			raw, _ := limits.ReadBody(context.Background(), io.NopCloser(bytes.NewReader(body)), -1)
			d := limits.Open(http.Header{"Content-Encoding": {codings}}, raw, false)
			if d.Note != document.Cut || d.Text != "" {
				t.Errorf("%s: note %q, %d bytes of text", codings, d.Note, len(d.Text))
			}
		})
	}
	all.Wait()
}

// Two thousand errors of 1 MiB come at once and are all held until the last is there: those that the budget has no
// room for pass untouched.
func TestFloodOfLongErrors(t *testing.T) {
	if os.Getenv(bombDirectory) == "" {
		t.Skip("started by TestBombsInLittleMemory")
	}
	reader, err := normalize.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	budget := document.NewBudget(64 << 20)
	transport := &normalize.Transport{Next: flooding{}, Reader: reader, Budget: budget}
	var all, here sync.WaitGroup
	var untouched atomic.Int32
	here.Add(2000)
	for range 2000 {
		all.Go(func() {
			req, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://vendor/", nil)
			resp, err := transport.RoundTrip(req)
			if err != nil {
				t.Error(err)
			}
			here.Done()
			here.Wait()
			if outcome := normalize.OutcomeOf(resp); outcome == nil {
				t.Error("not seen as an error")
			} else if problemtest.CheckReading(t, outcome.Answer, outcome.Reading); outcome.Untouched {
				untouched.Add(1)
				if n, err := io.Copy(io.Discard, resp.Body); n != floodBytes || err != nil {
					t.Errorf("%d bytes, %v", n, err)
				}
			}
			_ = resp.Body.Close()
		})
	}
	all.Wait()
	t.Logf("%d untouched, at most %d MiB", untouched.Load(), memoryOf(t, "VmHWM:")>>20)
	if n := untouched.Load(); n == 0 || n == 2000 || budget.HeldBytes() != 0 {
		t.Errorf("%d untouched, %d bytes stay held", n, budget.HeldBytes())
	}
}

// floodBytes is the length of each error of the flood.
const floodBytes = 1 << 20

// flooding is a vendor whose errors are long, and take no memory here.
type flooding struct{}

func (flooding) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 500, Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: -1, Request: req,
		Body: io.NopCloser(io.LimitReader(zeros{}, floodBytes)),
	}, nil
}

// memoryOf returns a figure of /proc/self/status in bytes.
func memoryOf(t *testing.T, name string) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	_, rest, _ := strings.Cut(string(status), name)
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}
