package traces

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"

	"gateway/problem"
	"gateway/proxy"
)

// data is the body of a post. TracesData has the same encoding as ExportTraceServiceRequest, without a dependency on gRPC.
func (c Config) data(batch []proxy.Exchange) *trace.TracesData {
	var spans []*trace.Span
	for i := range batch {
		spans = append(spans, spansOf(&batch[i])...)
	}
	return &trace.TracesData{ResourceSpans: []*trace.ResourceSpans{{
		Resource: &resource.Resource{Attributes: []*common.KeyValue{text("service.name", "gateway"), text("service.version", c.Version)}},
		ScopeSpans: []*trace.ScopeSpans{{
			Scope: &common.InstrumentationScope{Name: "gateway", Version: c.Version}, Spans: spans,
		}},
	}}}
}

// spansOf returns the span of the exchange and one for each attempt, by the semantic conventions for HTTP.
func spansOf(x *proxy.Exchange) []*trace.Span {
	spans := []*trace.Span{exchangeSpan(x)}
	for n := range x.Attempts {
		spans = append(spans, attemptSpan(x, n))
	}
	return spans
}

// exchangeSpan is the span of the server side. By the conventions a 4xx is not an error of a server; error.type still names
// the problem's type.
func exchangeSpan(x *proxy.Exchange) *trace.Span {
	s := newSpan(x, x.Trace.Span, x.Trace.Parent, x.Start, x.Duration)
	s.Kind = trace.Span_SPAN_KIND_SERVER
	s.Name = knownMethod(x.Method)
	if x.Upstream != "" {
		s.Name += " /" + x.Upstream + "/"
		s.Attributes = append(s.Attributes, text("http.route", "/"+x.Upstream+"/"), text("gateway.upstream", x.Upstream))
	}
	s.Attributes = append(s.Attributes, methodAttributes(x.Method)...)
	s.Attributes = append(s.Attributes, hostAttributes(x.Host)...)
	s.Attributes = append(s.Attributes,
		text("url.scheme", "http"), text("url.path", x.Path), number("http.response.status_code", int64(x.Code)),
		text("gateway.consumer", x.Consumer), text("gateway.request_id", x.RequestID))
	s.Attributes = append(s.Attributes, problemAttributes(x)...)
	if x.Code >= 500 {
		s.Status = &trace.Status{Code: trace.Status_STATUS_CODE_ERROR}
	}
	if x.ThrottleWait > 0 {
		s.Events = append(s.Events, waitEvent(x))
	}
	return s
}

func problemAttributes(x *proxy.Exchange) []*common.KeyValue {
	p := x.Problem
	if p == nil {
		return nil
	}
	out := []*common.KeyValue{
		text("error.type", string(p.Code)), text("gateway.origin", string(p.Origin)), text("gateway.fault", string(p.Fault)),
		text("gateway.instance", x.InstanceID),
	}
	if x.Rule != "" {
		out = append(out, text("gateway.rule", x.Rule))
	}
	return out
}

// waitEvent records how long the request was held. It stands at the end of the wait.
func waitEvent(x *proxy.Exchange) *trace.Span_Event {
	at := x.Start.Add(x.Duration)
	if len(x.Attempts) > 0 {
		at = x.Attempts[0].Start
	}
	return &trace.Span_Event{
		Name: "gateway.throttle.waited", TimeUnixNano: uint64(at.UnixNano()),
		Attributes: []*common.KeyValue{seconds("gateway.throttle.wait", x.ThrottleWait)},
	}
}

// attemptSpan is the span of the client side: one attempt.
func attemptSpan(x *proxy.Exchange, n int) *trace.Span {
	a := x.Attempts[n]
	s := newSpan(x, a.Span, x.Trace.Span, a.Start, a.Duration)
	s.Kind = trace.Span_SPAN_KIND_CLIENT
	s.Name = knownMethod(x.Method)
	s.Attributes = append(s.Attributes, text("gateway.upstream", x.Upstream))
	s.Attributes = append(s.Attributes, methodAttributes(x.Method)...)
	if u, err := url.Parse(x.Target); err == nil && u.Host != "" {
		s.Attributes = append(s.Attributes, text("url.full", x.Target))
		s.Attributes = append(s.Attributes, hostAttributes(u.Host)...)
	}
	if n > 0 {
		s.Attributes = append(s.Attributes, number("http.request.resend_count", int64(n)))
	}
	if a.Code > 0 {
		s.Attributes = append(s.Attributes, number("http.response.status_code", int64(a.Code)))
	}
	if failure := failureOf(x, n); failure != "" {
		s.Attributes = append(s.Attributes, text("error.type", failure))
		s.Status = &trace.Status{Code: trace.Status_STATUS_CODE_ERROR}
	}
	return s
}

// failureOf is the problem's type: for the last attempt the type of the exchange's problem, for an earlier one the reason
// of the next attempt. An error that is passed on as it came is named by its status.
func failureOf(x *proxy.Exchange, n int) string {
	a := x.Attempts[n]
	last := n == len(x.Attempts)-1
	switch {
	case a.Retry != "":
		return a.Retry
	case last && x.Problem != nil:
		return string(x.Problem.Code)
	case a.Code == 0:
		return string(problem.UpstreamUnreachable)
	case a.Code >= 400:
		return strconv.Itoa(a.Code)
	}
	return ""
}

func newSpan(x *proxy.Exchange, id, parent [8]byte, start time.Time, d time.Duration) *trace.Span {
	s := &trace.Span{
		TraceId: x.Trace.ID[:], SpanId: id[:], TraceState: x.Trace.State,
		StartTimeUnixNano: uint64(start.UnixNano()), EndTimeUnixNano: uint64(start.Add(d).UnixNano()),
	}
	if parent != [8]byte{} {
		s.ParentSpanId = parent[:]
	}
	return s
}

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
	http.MethodConnect, http.MethodTrace,
}

// knownMethod names a span; HTTP stands for methods that callers invent.
func knownMethod(method string) string {
	if slices.Contains(methods, method) {
		return method
	}
	return "HTTP"
}

func methodAttributes(method string) []*common.KeyValue {
	if slices.Contains(methods, method) {
		return []*common.KeyValue{text("http.request.method", method)}
	}
	return []*common.KeyValue{text("http.request.method", "_OTHER"), text("http.request.method_original", method)}
}

func hostAttributes(authority string) []*common.KeyValue {
	host, port, err := net.SplitHostPort(authority)
	if err != nil {
		return []*common.KeyValue{text("server.address", authority)}
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return []*common.KeyValue{text("server.address", host)}
	}
	return []*common.KeyValue{text("server.address", host), number("server.port", int64(n))}
}

// maxTextBytes bounds foreign text.
const maxTextBytes = 1 << 10

// text is an attribute; protobuf refuses invalid UTF-8.
func text(key, value string) *common.KeyValue {
	value = strings.ToValidUTF8(value[:min(len(value), maxTextBytes)], "\uFFFD")
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: value}}}
}

func number(key string, value int64) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: value}}}
}

func seconds(key string, d time.Duration) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_DoubleValue{DoubleValue: d.Seconds()}}}
}
