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

// accessLog writes one line for each exchange. It never holds a query, a header or a body.
func accessLog(log *zap.Logger) proxy.Observer {
	lists := sync.Pool{New: func() any { return new([]zap.Field) }} // a list is larger than all that is put into it
	return func(x proxy.Exchange) {
		entry := log.Check(levelOf(x), "exchange")
		if entry == nil {
			return
		}
		list := lists.Get().(*[]zap.Field)
		*list = appendProblem(appendAttempts(appendExchange((*list)[:0], &x), x.Attempts), &x)
		entry.Write(*list...)
		clear(*list)
		lists.Put(list)
	}
}

// appendExchange adds what every line has.
func appendExchange(fields []zap.Field, x *proxy.Exchange) []zap.Field {
	fields = append(fields,
		zap.String("request_id", x.RequestID), zap.String("consumer", x.Consumer), zap.String("upstream", x.Upstream),
		zap.String("method", logged(x.Method)), zap.String("path", logged(x.Path)), zap.Int("code", x.Code),
		zap.Int("attempts", len(x.Attempts)),
		zap.Float64("duration", x.Duration.Seconds()), zap.Float64("upstream_duration", x.UpstreamDuration.Seconds()),
		zap.Float64("throttle_wait", x.ThrottleWait.Seconds()),
		zap.Int64("bytes_in", x.BytesIn), zap.Int64("bytes_out", x.BytesOut))
	if x.Trace.Known() {
		fields = append(fields, zap.String("trace_id", x.Trace.String()))
	}
	return fields
}

// appendAttempts tells what the vendor answered last, and why it was asked again before.
func appendAttempts(fields []zap.Field, attempts []proxy.Attempt) []zap.Field {
	if len(attempts) == 0 {
		return fields
	}
	last := len(attempts) - 1
	fields = append(fields, zap.Int("upstream_code", attempts[last].Code))
	if last > 0 {
		reasons := make([]string, last)
		for i, a := range attempts[:last] {
			reasons[i] = a.Retry
		}
		fields = append(fields, zap.Strings("retries", reasons))
	}
	return fields
}

// levelOf makes our own failures stand out; a vendor's errors are the business of metrics.
func levelOf(x proxy.Exchange) zapcore.Level {
	if x.Code == http.StatusInternalServerError && x.Err != nil {
		return zapcore.ErrorLevel
	}
	return zapcore.InfoLevel
}

// appendProblem tells of the problem, and of a batch answer.
func appendProblem(fields []zap.Field, x *proxy.Exchange) []zap.Field {
	if p := x.Problem; p != nil {
		fields = append(fields, zap.String("instance", x.InstanceID), zap.String("type", string(p.Code)),
			zap.String("origin", string(p.Origin)), zap.String("fault", string(p.Fault)), zap.String("mapped", string(p.Mapped)))
	}
	if x.Rule != "" {
		fields = append(fields, zap.String("rule", x.Rule))
	}
	if x.Body != "" {
		fields = append(fields, zap.String("body", string(x.Body)))
	}
	if x.Batch != nil {
		fields = append(fields, zap.Int64("batch_ok", x.Batch.OK), zap.Int64("batch_failed", x.Batch.FailedItems()), zap.Int64("batch_unread", x.Batch.Unread))
	}
	if x.Err != nil {
		fields = append(fields, zap.String("error", logged(withoutQueries(x.Err.Error()))))
	}
	return fields
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
