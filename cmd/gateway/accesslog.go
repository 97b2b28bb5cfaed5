package main

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"gateway/proxy"
)

// maxLoggedBytes bounds each text of a line.
const maxLoggedBytes = 1 << 10

// accessLog writes one line for each exchange. It never holds a query, a header or a body. log must encode a line before
// it returns, as every core does that writes.
func accessLog(log *zap.Logger) proxy.Observer {
	core, name := log.Core(), log.Name()
	lines := sync.Pool{New: func() any {
		l := new(accessLine)
		return &writtenLine{l, []zap.Field{zap.Inline(l)}}
	}}
	return func(x proxy.Exchange) {
		// Not log.Check, which asks for the time: the exchange knows when it ended.
		entry := core.Check(zapcore.Entry{Level: levelOf(&x), Time: x.Start.Add(x.Duration), LoggerName: name, Message: "exchange"}, nil)
		if entry == nil {
			return
		}
		w := lines.Get().(*writtenLine)
		*w.line = accessLine(x)
		entry.Write(w.fields...)
		*w.line = accessLine{} // keeps nothing alive
		lines.Put(w)
	}
}

// levelOf makes our own failures stand out; a vendor's errors are the business of metrics.
func levelOf(x *proxy.Exchange) zapcore.Level {
	if x.Code == http.StatusInternalServerError && x.Err != nil {
		return zapcore.ErrorLevel
	}
	return zapcore.InfoLevel
}

// writtenLine is a line and the one field that it is to zap.
type writtenLine struct {
	line   *accessLine
	fields []zap.Field
}

// accessLine is an exchange as the log tells it.
type accessLine proxy.Exchange

// MarshalLogObject implements zapcore.ObjectMarshaler. A list of fields would cost a quarter more.
func (l *accessLine) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("request_id", l.RequestID)
	enc.AddString("consumer", l.Consumer)
	enc.AddString("upstream", l.Upstream)
	enc.AddString("method", logged(l.Method))
	enc.AddString("path", logged(l.Path))
	enc.AddInt("code", l.Code)
	enc.AddInt("attempts", len(l.Attempts))
	enc.AddFloat64("duration", l.Duration.Seconds())
	enc.AddFloat64("upstream_duration", l.UpstreamDuration.Seconds())
	enc.AddFloat64("throttle_wait", l.ThrottleWait.Seconds())
	enc.AddInt64("bytes_in", l.BytesIn)
	enc.AddInt64("bytes_out", l.BytesOut)
	if l.Trace.Known() {
		enc.AddString("trace_id", l.Trace.String())
	}
	err := l.addAttempts(enc)
	l.addProblem(enc)
	l.addNotes(enc)
	return err
}

// addAttempts tells what the vendor answered last, and why it was asked again before.
func (l *accessLine) addAttempts(enc zapcore.ObjectEncoder) error {
	if len(l.Attempts) == 0 {
		return nil
	}
	last := len(l.Attempts) - 1
	enc.AddInt("upstream_code", l.Attempts[last].Code)
	if last == 0 {
		return nil
	}
	return enc.AddArray("retries", zapcore.ArrayMarshalerFunc(func(enc zapcore.ArrayEncoder) error {
		for _, a := range l.Attempts[:last] {
			enc.AppendString(a.Retry)
		}
		return nil
	}))
}

// addProblem tells what the caller got for an error.
func (l *accessLine) addProblem(enc zapcore.ObjectEncoder) {
	if p := l.Problem; p != nil {
		enc.AddString("instance", l.InstanceID)
		enc.AddString("type", string(p.Code))
		enc.AddString("origin", string(p.Origin))
		enc.AddString("fault", string(p.Fault))
		enc.AddString("mapped", string(p.Mapped))
	}
	if l.Rule != "" {
		enc.AddString("rule", l.Rule)
	}
}

// addNotes tells what is worth a word on the answer's body, its items, and our own failures.
func (l *accessLine) addNotes(enc zapcore.ObjectEncoder) {
	if l.Body != "" {
		enc.AddString("body", string(l.Body))
	}
	if b := l.Batch; b != nil {
		enc.AddInt64("batch_ok", b.OK)
		enc.AddInt64("batch_failed", b.FailedItems())
		enc.AddInt64("batch_unread", b.Unread)
	}
	if l.Err != nil {
		enc.AddString("error", logged(withoutQueries(l.Err.Error())))
	}
}

var queryInText = regexp.MustCompile(`\?[^\s"]*`)

// withoutQueries cuts the queries of URLs out of an error's text: keys travel there.
func withoutQueries(text string) string { return queryInText.ReplaceAllString(text, "?…") }

// logged bounds a caller's text and makes it valid UTF-8; the encoder escapes the rest.
func logged(text string) string {
	if len(text) > maxLoggedBytes {
		text = text[:maxLoggedBytes] + "…"
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	return text
}
