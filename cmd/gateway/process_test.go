package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gateway/servertest"
)

// process is a gateway of its own, and those that it hands over to, whose log lines all come here.
type process struct {
	*exec.Cmd
	callers, admin string // http://HOST:PORT
	file           string // the configuration
	all            io.Writer

	mu      sync.Mutex
	text    strings.Builder
	arrived chan struct{} // a line has come
}

// line is what the tests read of a line of the log.
type line struct {
	Message string   `json:"message"`
	Listen  []string `json:"listen"`
	Admin   string   `json:"admin"`
	PID     int      `json:"pid"`
	Error   string   `json:"error"`
}

// startProcess runs the built program with yaml until the test ends. Free ports are found by the first of the line.
func startProcess(t *testing.T, yaml string, env ...string) *process {
	t.Helper()
	return startProgram(t, "gateway", yaml, io.Discard, env...)
}

// startProgram is startProcess for one of the programs that TestMain knows. Every line that it says is written to all.
func startProgram(t *testing.T, name, yaml string, all io.Writer, env ...string) *process {
	t.Helper()
	p := &process{all: all, file: filepath.Join(t.TempDir(), "gateway.yaml"), arrived: make(chan struct{}, 1)}
	p.configure(t, "listen: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0}\n"+yaml)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Cmd = exec.CommandContext(context.WithoutCancel(t.Context()), name, "run", "--config", p.file)
	p.Env = append(os.Environ(), env...)
	p.Stdout, p.Stderr = writer, writer
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	read := make(chan struct{})
	go func() {
		defer close(read)
		p.collect(reader)
	}()
	t.Cleanup(func() {
		_ = p.Process.Kill() // it may have ended
		_ = p.Wait()
		<-read // the pipe ends with the last successor, which its test ends
		if said := p.log(); t.Failed() {
			t.Logf("the process said at last: %s", said[max(0, len(said)-4000):])
		}
	})
	serving := p.await(t, "serving", 1)
	p.callers, p.admin = "http://"+serving.Listen[0], "http://"+serving.Admin
	return p
}

func (p *process) configure(t *testing.T, yaml string) {
	t.Helper()
	if err := os.WriteFile(p.file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
}

// collect keeps what the process says but for its access log, of which a test under load makes hundreds of thousands of lines.
func (p *process) collect(r io.Reader) {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		_, _ = p.all.Write(lines.Bytes()) // of memory
		if strings.Contains(lines.Text(), `"message":"exchange"`) {
			continue
		}
		p.mu.Lock()
		p.text.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
		select {
		case p.arrived <- struct{}{}:
		default:
		}
	}
}

// log returns what was written so far.
func (p *process) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// await returns the nth line with this message.
func (p *process) await(t *testing.T, message string, nth int) line {
	t.Helper()
	timeout := time.After(patience)
	for {
		seen := 0
		for text := range strings.Lines(p.log()) {
			var l line
			if json.Unmarshal([]byte(text), &l) == nil && l.Message == message {
				if seen++; seen == nth {
					return l
				}
			}
		}
		select {
		case <-p.arrived:
		case <-timeout:
			t.Fatalf("line %d of %q has not come:\n%s", nth, message, p.log())
		}
	}
}

// ended waits until the process has ended by itself.
func (p *process) ended(t *testing.T) error {
	t.Helper()
	end := make(chan error, 1)
	go func() { end <- p.Wait() }()
	return servertest.Receive(t, end, "the end of the process")
}

// get returns status and body.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func upstreamAt(url string) string { return fmt.Sprintf("upstreams: {up: {url: %q}}\n", url) }

// eventually waits until done; false if it takes longer than any machine should.
func eventually(t *testing.T, done func() bool) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return poll(ctx, done)
}
