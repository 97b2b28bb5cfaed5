package main

import (
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"gateway/normalize"
	"gateway/proxy"
)

// logLine returns what the access log writes of an exchange, as one line of JSON.
func logLine(t *testing.T, x proxy.Exchange) string {
	t.Helper()
	core, lines := observer.New(zapcore.DebugLevel)
	accessLog(zap.New(core))(x)
	if lines.Len() != 1 {
		t.Fatalf("%d lines for one exchange", lines.Len())
	}
	entry := lines.All()[0]
	line, err := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()).EncodeEntry(entry.Entry, entry.Context)
	if err != nil {
		t.Fatal(err)
	}
	return line.String()
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
		Code: 422, Rule: "violations", InstanceID: "i", Attempts: []proxy.Attempt{{Code: 422}},
		Problem: &normalize.Problem{Code: normalize.ValidationFailed, Mapped: normalize.MappedRule},
	})
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatal(err)
	}
	for name := range want {
		_, has := got[name]
		if inEntry := name == "level" || name == "time" || name == "message"; !has && !inEntry {
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
	core, lines := observer.New(zapcore.InfoLevel)
	g := startLogged(t, "upstreams: {gone: {url: http://127.0.0.1:1, retry: {attempts: 1}}}\n", proxy.NewShared(), zap.New(core))
	paths := []string{"/gone/x?key=s3cret", "/nowhere?key=s3cret", "/.gateway/problems/conflict"}
	for _, path := range paths {
		g.call(t, "GET", path, "", nil)
	}
	// A line is written when its exchange has ended, which may be after the caller has the answer.
	deadline := time.Now().Add(patience)
	for lines.FilterMessage("exchange").Len() < len(paths) && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	exchanges := lines.FilterMessage("exchange").All()
	if len(exchanges) != len(paths) {
		t.Errorf("%d lines for %d exchanges", len(exchanges), len(paths))
	}
	for _, e := range exchanges {
		for name, value := range e.ContextMap() {
			if text, ok := value.(string); ok && strings.Contains(text, "s3cret") {
				t.Errorf("%s: %s", name, text)
			}
		}
	}
}
