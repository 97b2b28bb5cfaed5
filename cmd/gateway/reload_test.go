package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gateway/problemtest"
)

// ledgerVendor answers each request with a 404 that tells the version it was sent by, and counts ids.
type ledgerVendor struct {
	*httptest.Server
	mu   sync.Mutex
	seen map[string]int
}

func startLedger(t *testing.T) *ledgerVendor {
	t.Helper()
	v := &ledgerVendor{seen: map[string]int{}}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.mu.Lock()
		v.seen[r.Header.Get("X-Ledger")]++
		v.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, `{"message":"no such thing in %s"}`, r.Header.Get("X-Version"))
	}))
	t.Cleanup(v.Close)
	return v
}

// versioned is a configuration whose number is seen in what the vendor gets and in what the caller gets.
func versioned(p *process, vendor string, n int) string {
	return p.listeners() + fmt.Sprintf("problems: {base: https://errors.example/v%d/}\n"+
		"upstreams: {up: {url: %q, headers: {set: {X-Version: v%d}}}}\n", n, vendor, n)
}

// listeners are the addresses that this process has.
func (p *process) listeners() string {
	return fmt.Sprintf("listen: %s\nadmin: {listen: %s}\n", strings.TrimPrefix(p.callers, "http://"), strings.TrimPrefix(p.admin, "http://"))
}

var versionIn = regexp.MustCompile(`v[0-9]+`)

// askVersions asks until ctx ends and checks that each answer is of one configuration.
func askVersions(ctx context.Context, t *testing.T, url string, caller int) (sent []string) {
	client := &http.Client{Timeout: patience, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	pace := time.NewTicker(8 * time.Millisecond) // 500 a second by four callers
	defer pace.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		<-pace.C
		id := fmt.Sprintf("%d-%d", caller, n)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Error(err)
			return sent
		}
		req.Header.Set("X-Ledger", id)
		sent = append(sent, id)
		resp, err := client.Do(req)
		if err != nil {
			t.Errorf("lost: %v", err)
			return sent
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		var problem struct{ Type, Detail string }
		if err = errors.Join(err, problemtest.Validate(body), json.Unmarshal(body, &problem)); err != nil {
			t.Errorf("not whole: %s, %v", body, err)
		}
		if a, b := versionIn.FindString(problem.Type), versionIn.FindString(problem.Detail); a != b {
			t.Errorf("an answer of two configurations: %s", body)
		}
	}
	return sent
}

// TestThousandReloadsUnderLoad is traps 74 and 75: nothing is lost, sent twice or of two configurations, every twentieth
// file is broken and changes nothing, and goroutines and descriptors stay as they were.
func TestThousandReloadsUnderLoad(t *testing.T) {
	t.Parallel()
	const reloads, callers = 1000, 4
	v := startLedger(t)
	p := startProcess(t, fmt.Sprintf("problems: {base: https://errors.example/v0/}\nupstreams: {up: {url: %q, headers: {set: {X-Version: v0}}}}\n", v.URL))
	ctx, stop := context.WithCancel(t.Context())
	var (
		asking sync.WaitGroup
		mu     sync.Mutex
		sent   []string
	)
	for caller := range callers {
		asking.Go(func() {
			ids := askVersions(ctx, t, p.callers+"/up/x", caller)
			mu.Lock()
			sent = append(sent, ids...)
			mu.Unlock()
		})
	}
	p.reload(t, versioned(p, v.URL, 0), http.StatusOK)
	goroutines, files := p.gauge(t, "go_goroutines"), p.gauge(t, "process_open_fds")
	for n := range reloads {
		if n%20 == 19 {
			p.reload(t, versioned(p, v.URL, n)+"nonsense: true\n", http.StatusBadRequest)
			continue
		}
		p.reload(t, versioned(p, v.URL, n), http.StatusOK)
	}
	moreGoroutines, moreFiles := p.gauge(t, "go_goroutines")-goroutines, p.gauge(t, "process_open_fds")-files
	stop()
	asking.Wait()
	if moreGoroutines > 100 || moreFiles > 100 {
		t.Errorf("%v goroutines and %v descriptors more after %d reloads", moreGoroutines, moreFiles, reloads)
	}
	v.compare(t, sent)
	t.Logf("%d exchanges over %d reloads", len(sent), reloads)
}

// compare finds what was lost or came twice.
func (v *ledgerVendor) compare(t *testing.T, sent []string) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, id := range sent {
		if v.seen[id] != 1 {
			t.Errorf("%s reached the vendor %d times", id, v.seen[id])
		}
	}
	if len(v.seen) != len(sent) {
		t.Errorf("the vendor saw %d ids of %d", len(v.seen), len(sent))
	}
}

// reload writes the file and asks for it to be read.
func (p *process) reload(t *testing.T, yaml string, want int) {
	t.Helper()
	p.configure(t, yaml)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.admin+"/-/reload", nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Timeout: patience}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != want {
		t.Fatalf("reload: %s %s, %v", resp.Status, text, err)
	}
}

// gauge reads a metric without labels.
func (p *process) gauge(t *testing.T, name string) float64 {
	t.Helper()
	_, text := get(t, p.admin+"/metrics")
	return gaugeIn(t, text, name)
}

// gaugeIn finds a metric without labels.
func gaugeIn(t *testing.T, text, name string) float64 {
	t.Helper()
	found := valuesIn(t, text, name+" ")
	if len(found) != 1 {
		t.Fatalf("%d of %s", len(found), name)
	}
	return found[0]
}

// sumOf adds up a metric over its labels.
func sumOf(t *testing.T, text, name string) (sum float64) {
	t.Helper()
	for _, n := range valuesIn(t, text, name+"{") {
		sum += n
	}
	return sum
}

// valuesIn returns what stands at the end of lines that begin so.
func valuesIn(t *testing.T, text, prefix string) (found []float64) {
	t.Helper()
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, prefix) {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndexByte(line, ' ')+1:]), 64)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, n)
	}
	return found
}

// TestKubernetesSwapsLinks is trap 76: a volume's file is a link to a link to a folder, and the folder is swapped.
func TestKubernetesSwapsLinks(t *testing.T) {
	t.Parallel() // it waits
	v := startLedger(t)
	p := startProcess(t, upstreamAt(v.URL))
	volume := filepath.Dir(p.file)
	put := func(n int) {
		folder := filepath.Join(volume, fmt.Sprintf("..%d", n))
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "gateway.yaml"), []byte(versioned(p, v.URL, n)), 0o600); err != nil {
			t.Fatal(err)
		}
		next := filepath.Join(volume, "..next")
		if err := os.Symlink(folder, next); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, filepath.Join(volume, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	put(1)
	if err := os.Remove(p.file); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join("..data", "gateway.yaml"), p.file); err != nil {
		t.Fatal(err)
	}
	for n := 1; n < 4; n++ {
		if n > 1 {
			put(n)
		}
		want := fmt.Sprintf("/v%d/", n)
		if !eventually(t, func() bool {
			_, body := get(t, p.callers+"/up/x")
			return strings.Contains(body, want)
		}) {
			t.Fatalf("version %d is not served:\n%s", n, p.log())
		}
	}
	if want := `"changed":["listen","admin"]`; !strings.Contains(p.log(), want) { // the ports were found at the start
		t.Errorf("the log has no %s: %s", want, p.log())
	}
}

// TestAFileBehindALinkIsWatched though nothing happens in the folder of the link.
func TestAFileBehindALinkIsWatched(t *testing.T) {
	t.Parallel() // it waits
	v := startLedger(t)
	p := startProcess(t, upstreamAt(v.URL))
	elsewhere := filepath.Join(t.TempDir(), "gateway.yaml")
	for n := range 3 {
		if err := os.WriteFile(elsewhere, []byte(versioned(p, v.URL, n)), 0o600); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			if err := errors.Join(os.Remove(p.file), os.Symlink(elsewhere, p.file)); err != nil {
				t.Fatal(err)
			}
		}
		if !eventually(t, func() bool {
			_, body := get(t, p.callers+"/up/x")
			return strings.Contains(body, fmt.Sprintf("/v%d/", n))
		}) {
			t.Fatalf("version %d is not served:\n%s", n, p.log())
		}
	}
}
