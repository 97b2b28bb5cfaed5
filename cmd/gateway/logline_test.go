package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"pgregory.net/rapid"

	"gateway/problem"
	"gateway/proxy"
)

// TestLinesAreThoseThatZapWrites for whatever strangers put into an exchange.
func TestLinesAreThoseThatZapWrites(t *testing.T) {
	config := zap.NewProductionEncoderConfig()
	config.TimeKey, config.EncodeTime, config.MessageKey = "time", zapcore.RFC3339NanoTimeEncoder, "message"
	plain := zapcore.NewJSONEncoder(config)
	ours := newLineEncoder(plain)
	rapid.Check(t, func(t *rapid.T) {
		line := accessLine{Exchange: anyExchange(t)}
		entry := zapcore.Entry{
			Level: rapid.SampledFrom([]zapcore.Level{zapcore.InfoLevel, zapcore.ErrorLevel}).Draw(t, "level"), Message: "exchange",
			Time: time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "unix"), rapid.Int64Range(0, 1e9-1).Draw(t, "nanoseconds")).UTC(),
		}
		fields := []zapcore.Field{zap.Inline(&line)}
		want, err := plain.EncodeEntry(entry, fields)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ours.EncodeEntry(entry, fields)
		if err != nil {
			t.Fatal(err)
		}
		// zap's spans go through floating point, which moves their last digit.
		if diff := cmp.Diff(decodedLine(t, want.Bytes()), decodedLine(t, got.Bytes()), cmpopts.EquateApprox(1e-12, 0)); diff != "" {
			t.Errorf("-zap +ours\n%s%s", diff, got)
		}
	})
}

// TestWhatIsHiddenIsReadable as it is in every other output.
func TestWhatIsHiddenIsReadable(t *testing.T) {
	line := logLine(t, proxy.Exchange{Err: errors.New("panic: <secret>\n\"at\"")})
	if !strings.Contains(line, `"error":"panic: <secret>\n\"at\""`) {
		t.Error(line)
	}
}

// decodedLine is what one line of JSON holds.
func decodedLine(t *rapid.T, line []byte) (members map[string]any) {
	if err := json.Unmarshal(line, &members); err != nil || line[len(line)-1] != '\n' {
		t.Fatalf("%v: %q", err, line)
	}
	return members
}

func anyExchange(t *rapid.T) proxy.Exchange {
	span := func(name string) time.Duration {
		return time.Duration(rapid.OneOf(rapid.Int64Range(0, 1e9), rapid.Int64Range(0, 1e14), rapid.Just[int64](5e9)).Draw(t, name))
	}
	text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	x := proxy.Exchange{
		RequestID: rapid.StringMatching(`[A-Za-z0-9._-]{1,64}`).Draw(t, "id"), Method: text.Draw(t, "method"), Path: text.Draw(t, "path"),
		Code: rapid.IntRange(200, 599).Draw(t, "code"), Duration: span("duration"), UpstreamDuration: span("upstream"), ThrottleWait: span("wait"),
		BytesIn: rapid.Int64Min(0).Draw(t, "in"), BytesOut: rapid.Int64Min(0).Draw(t, "out"),
	}
	for range rapid.IntRange(0, 3).Draw(t, "attempts") {
		x.Attempts = append(x.Attempts, proxy.Attempt{Code: 503, Retry: rapid.SampledFrom([]string{"", "upstream-unavailable"}).Draw(t, "retry")})
	}
	if rapid.Bool().Draw(t, "failed") {
		x.Rule, x.InstanceID, x.Err = text.Draw(t, "rule"), "i", errors.New(text.Draw(t, "error"))
		x.Problem = &problem.Problem{Code: problem.ValidationFailed, Origin: problem.OriginUpstream}
		x.Batch = &proxy.Batch{OK: 1, Failed: map[problem.Type]int64{problem.NotFound: 2}}
	}
	return x
}
