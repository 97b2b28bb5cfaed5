package main

import (
	"iter"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"gateway/credentials"
	"gateway/proxy"
)

// maxLoggedBytes bounds each text of a line.
const maxLoggedBytes = 1 << 10

// accessLog writes one line for each exchange. A line never holds a query, a header or a body. Long texts are cut, but
// never inside a secret, because half a secret would not be recognised and redacted. log must encode a line before it
// returns; every zap core that writes does.
func accessLog(log *zap.Logger, secrets *credentials.Redactor) proxy.Observer {
	core, name := log.Core(), log.Name()
	lines := sync.Pool{New: func() any {
		l := &accessLine{secrets: secrets}
		return &writtenLine{l, []zap.Field{zap.Inline(l)}}
	}}
	return func(x proxy.Exchange) {
		// Not log.Check, which asks for the time: the exchange knows when it ended.
		entry := core.Check(zapcore.Entry{Level: levelOf(&x), Time: x.Start.Add(x.Duration), LoggerName: name, Message: "exchange"}, nil)
		if entry == nil {
			return
		}
		w := lines.Get().(*writtenLine)
		w.line.Exchange = x
		entry.Write(w.fields...)
		w.line.Exchange = proxy.Exchange{} // keeps nothing alive
		lines.Put(w)
	}
}

// levelOf gives the gateway's own failures a higher level. A vendor's errors are for the metrics to show.
func levelOf(x *proxy.Exchange) zapcore.Level {
	if x.Code == http.StatusInternalServerError && x.Err != nil {
		return zapcore.ErrorLevel
	}
	return zapcore.InfoLevel
}

// writtenLine is a line together with the single zap field that carries it.
type writtenLine struct {
	line   *accessLine
	fields []zap.Field
}

// accessLine is an exchange as the access log shows it.
type accessLine struct {
	proxy.Exchange
	secrets *credentials.Redactor
}

// members receives the members of a line, one call each.
type members interface {
	text(name, value string)
	number(name string, value int64)
	seconds(name string, value time.Duration)
	texts(name string, values iter.Seq[string])
}

// tell writes the line, member by member.
func (l *accessLine) tell(to members) {
	to.text("request_id", l.RequestID)
	to.text("consumer", l.Consumer)
	to.text("upstream", l.Upstream)
	to.text("method", logged(l.Method))
	to.text("path", logged(l.Path))
	to.number("code", int64(l.Code))
	to.number("attempts", int64(len(l.Attempts)))
	to.seconds("duration", l.Duration)
	to.seconds("upstream_duration", l.UpstreamDuration)
	to.seconds("throttle_wait", l.ThrottleWait)
	to.number("bytes_in", l.BytesIn)
	to.number("bytes_out", l.BytesOut)
	if l.Trace.Known() {
		to.text("trace_id", l.Trace.String())
	}
	l.tellAttempts(to)
	l.tellProblem(to)
	l.tellNotes(to)
}

// tellAttempts writes the vendor's last answer, and why earlier attempts were repeated.
func (l *accessLine) tellAttempts(to members) {
	if len(l.Attempts) == 0 {
		return
	}
	last := len(l.Attempts) - 1
	to.number("upstream_code", int64(l.Attempts[last].Code))
	if last == 0 {
		return
	}
	to.texts("retries", func(yield func(string) bool) {
		for _, a := range l.Attempts[:last] {
			if !yield(a.Retry) {
				return
			}
		}
	})
}

// tellProblem writes which error the caller got.
func (l *accessLine) tellProblem(to members) {
	if p := l.Problem; p != nil {
		to.text("instance", l.InstanceID)
		to.text("type", string(p.Code))
		to.text("origin", string(p.Origin))
		to.text("fault", string(p.Fault))
		to.text("mapped", string(p.Mapped))
	}
	if l.Rule != "" {
		to.text("rule", l.Rule)
	}
	if l.AskedWait > 0 {
		to.seconds("asked_wait", l.AskedWait)
	}
}

// tellNotes writes what was unusual about the answer's body, the failed items of a batch, and the gateway's own failures.
func (l *accessLine) tellNotes(to members) {
	if l.Body != "" {
		to.text("body", string(l.Body))
	}
	if b := l.Batch; b != nil {
		to.number("batch_ok", b.OK)
		to.number("batch_failed", b.FailedItems())
		to.number("batch_unread", b.Unread)
	}
	if l.Err != nil {
		to.text("error", logged(l.secrets.String(withoutQueries(l.Err.Error()))))
	}
}

// MarshalLogObject implements zapcore.ObjectMarshaler, for encodings other than JSON.
func (l *accessLine) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	l.tell(zapMembers{enc})
	return nil
}

// zapMembers writes members for zap.
type zapMembers struct{ enc zapcore.ObjectEncoder }

func (m zapMembers) text(name, value string)         { m.enc.AddString(name, value) }
func (m zapMembers) number(name string, value int64) { m.enc.AddInt64(name, value) }

func (m zapMembers) seconds(name string, value time.Duration) {
	m.enc.AddFloat64(name, value.Seconds())
}

func (m zapMembers) texts(name string, values iter.Seq[string]) {
	zap.Strings(name, slices.Collect(values)).AddTo(m.enc)
}

var queryInText = regexp.MustCompile(`\?[^\s"]*`)

// withoutQueries removes the queries of URLs from an error's text, because they may hold keys.
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
