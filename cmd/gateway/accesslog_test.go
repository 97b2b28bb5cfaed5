package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"gateway/configs"
	"gateway/document"
	"gateway/problem"
	"gateway/proxy"
)

// logLines are what a log writes, as it writes them.
type logLines chan string

func (l logLines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// newLog returns a log of JSON and its lines, of which few may wait.
func newLog(t *testing.T) (*zap.Logger, logLines) {
	t.Helper()
	lines := make(logLines, 100)
	log, err := newLogger(configs.Log{Level: "info", Format: "json"}, nil, lines)
	if err != nil {
		t.Fatal(err)
	}
	return log, lines
}

// logLine returns what the access log writes of an exchange, as one line of JSON.
func logLine(t *testing.T, x proxy.Exchange) string {
	t.Helper()
	log, lines := newLog(t)
	accessLog(log, nil)(x)
	if len(lines) != 1 {
		t.Fatalf("%d lines for one exchange", len(lines))
	}
	return <-lines
}

// TestAccessLogLineHasWhatTheReadmeShows: every member of the line there, for an error of a vendor.
func TestAccessLogLineHasWhatTheReadmeShows(t *testing.T) {
	_, after, _ := strings.Cut(readFile(t, "README.md"), "```json\n")
	shown, _, _ := strings.Cut(after, "```")
	var want, got map[string]any
	if err := json.Unmarshal([]byte(shown), &want); err != nil {
		t.Fatal(err)
	}
	line := logLine(t, proxy.Exchange{
		Start: time.Now(), Code: 422, Rule: "violations", InstanceID: "i", Attempts: []proxy.Attempt{{Code: 422}},
		Problem: &problem.Problem{Code: problem.ValidationFailed, Mapped: problem.MappedRule},
	})
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatal(err)
	}
	for name := range want {
		if _, has := got[name]; !has {
			t.Errorf("the log has no %s: %s", name, line)
		}
	}
}

// TestAccessLogHoldsNoQuery is part of traps 61, 62 and 84: errors of the network carry URLs with keys in them, and
// strangers' bytes must not break a line.
func TestAccessLogHoldsNoQuery(t *testing.T) {
	line := logLine(t, proxy.Exchange{
		Method: "GET", Path: "/a\nb\x1b[31m" + strings.Repeat("x", 1<<20), Code: 502,
		Err: errors.New(`Get "https://api.example.com/x?key=s3cret&a=b": dial tcp: refused`),
	})
	if strings.Contains(line, "s3cret") || strings.Count(line, "\n") != 1 || strings.Contains(line, "\x1b") || len(line) > 4<<10 || !json.Valid([]byte(line)) {
		t.Errorf("%d bytes: %.300s", len(line), line)
	}
}

// TestExchangesAreLoggedOnce sends requests through a whole gateway: one line each, whatever becomes of them.
func TestExchangesAreLoggedOnce(t *testing.T) {
	log, lines := newLog(t)
	g := startLogged(t, "upstreams: {gone: {url: http://127.0.0.1:1, retry: {attempts: 1}}}\n", proxy.NewShared(), log)
	paths := []string{"/gone/x?key=s3cret", "/nowhere?key=s3cret", "/.gateway/problems/conflict"}
	for _, path := range paths {
		g.call(t, "GET", path, "", nil)
	}
	// A line is written when its exchange has ended, which may be after the caller has the answer.
	deadline := time.After(patience)
	for range paths {
		for found := false; !found; {
			select {
			case line := <-lines:
				found = strings.Contains(line, `"message":"exchange"`)
				if strings.Contains(line, "s3cret") {
					t.Error(line)
				}
			case <-deadline:
				t.Fatal("an exchange has no line")
			}
		}
	}
	for len(lines) > 0 {
		if line := <-lines; strings.Contains(line, `"message":"exchange"`) {
			t.Error("one line more than exchanges:", line)
		}
	}
}

// TestALineIsWholeWhateverWasLoggedBefore: the memory of lines is used again.
func TestALineIsWholeWhateverWasLoggedBefore(t *testing.T) {
	log, lines := newLog(t)
	observe := accessLog(log, nil)
	ended := time.Date(2026, 11, 25, 0, 0, 1, 0, time.UTC)
	observe(proxy.Exchange{
		RequestID: "first", Start: ended.Add(-time.Second), Duration: time.Second, Code: 422, Rule: "violations", Err: errors.New("cut"),
		Attempts: []proxy.Attempt{{Code: 503, Retry: "upstream-unavailable"}, {Code: 422}}, Problem: &problem.Problem{Code: problem.ValidationFailed},
		Batch: &proxy.Batch{OK: 3, Failed: map[problem.Type]int64{problem.NotFound: 2}, Unread: 1}, Body: document.Cut,
	})
	observe(proxy.Exchange{RequestID: "second", Start: ended, Code: 200})
	const first = `{"level":"info","time":"2026-11-25T00:00:01Z","message":"exchange","request_id":"first","consumer":"","upstream":"","method":"","path":"",` +
		`"code":422,"attempts":2,"duration":1,"upstream_duration":0,"throttle_wait":0,"bytes_in":0,"bytes_out":0,"upstream_code":422,"retries":["upstream-unavailable"],` +
		`"instance":"","type":"validation-failed","origin":"","fault":"","mapped":"","rule":"violations","body":"cut","batch_ok":3,"batch_failed":2,"batch_unread":1,"error":"cut"}` + "\n"
	const second = `{"level":"info","time":"2026-11-25T00:00:01Z","message":"exchange","request_id":"second","consumer":"","upstream":"","method":"","path":"",` +
		`"code":200,"attempts":0,"duration":0,"upstream_duration":0,"throttle_wait":0,"bytes_in":0,"bytes_out":0}` + "\n"
	for _, want := range []string{first, second} {
		if got := <-lines; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestAccessLogTellsWhatAWaitWasCutFrom is part of trap 44.
func TestAccessLogTellsWhatAWaitWasCutFrom(t *testing.T) {
	if line := logLine(t, proxy.Exchange{Code: 429, AskedWait: 48 * time.Hour}); !strings.Contains(line, `"asked_wait":172800`) {
		t.Error(line)
	}
	if line := logLine(t, proxy.Exchange{Code: 429}); strings.Contains(line, "asked_wait") {
		t.Error(line)
	}
}
