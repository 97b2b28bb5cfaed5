package traces_test

import (
	"context"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"gateway/problem"
	"gateway/proxy"
	"gateway/servertest"
	"gateway/traces"
)

func TestMain(m *testing.M) { os.Exit(servertest.RunWithoutLeaks(m)) }

// collector answers with the codes in turn, then with 200, and hands on what it accepted.
type collector struct {
	*httptest.Server
	posts chan *trace.TracesData
	heads chan http.Header
}

func startCollector(t *testing.T, codes ...int) *collector {
	t.Helper()
	c := &collector{posts: make(chan *trace.TracesData, 100), heads: make(chan http.Header, 100)}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.heads <- r.Header.Clone()
		if len(codes) > 0 {
			w.WriteHeader(codes[0])
			codes = codes[1:]
			return
		}
		body, err := io.ReadAll(r.Body)
		var data trace.TracesData
		if err == nil {
			err = proto.Unmarshal(body, &data)
		}
		if err != nil {
			t.Error(err)
		}
		c.posts <- &data
	}))
	t.Cleanup(c.Close)
	return c
}

// export runs an exporter over the exchanges and returns the spans that were delivered when it ended.
func (c *collector) export(t *testing.T, exchanges ...proxy.Exchange) []*trace.Span {
	t.Helper()
	e := traces.New(traces.Config{URL: c.URL + "/v1/traces", Headers: map[string]string{"X-Tenant": "a"}, Version: "1.2.3"}, zap.NewNop())
	ctx, stop := context.WithCancel(t.Context())
	for _, x := range exchanges {
		e.Observe(x)
	}
	stop() // what is left is sent all the same
	if err := e.Run(ctx); err != nil {
		t.Fatal(err)
	}
	var spans []*trace.Span
	for len(c.posts) > 0 {
		spans = append(spans, (<-c.posts).ResourceSpans[0].ScopeSpans[0].Spans...)
	}
	return spans
}

var start = time.Unix(1_700_000_000, 0)

// traced is an exchange with a retry that was held and failed.
func traced() proxy.Exchange {
	return proxy.Exchange{
		Start: start, Duration: 3 * time.Second, RequestID: "r-1", InstanceID: "i-1", Consumer: "checkout", Upstream: "akeneo",
		Method: "PATCH", Host: "gateway:8080", Path: "/akeneo/products/top", Code: 422, Rule: "violations", ThrottleWait: time.Second,
		Target: "https://demo.akeneo.com/products/top",
		Attempts: []proxy.Attempt{
			{Start: start.Add(time.Second), Duration: 500 * time.Millisecond, Code: 503, Span: [8]byte{1}, Retry: "upstream-unavailable"},
			{Start: start.Add(2 * time.Second), Duration: 500 * time.Millisecond, Code: 422, Span: [8]byte{2}},
		},
		Problem: &problem.Problem{Code: problem.ValidationFailed, Origin: problem.OriginUpstream, Fault: problem.FaultCaller},
		Trace:   proxy.Trace{ID: [16]byte{7}, Span: [8]byte{8}, Parent: [8]byte{9}, State: "a=1", Sampled: true},
	}
}

// shown is what matters of a span.
type shown struct {
	Name, Kind, ID, Parent, Status string
	From, For                      time.Duration
	Attributes                     map[string]any
	Events                         map[string]any
}

func show(s *trace.Span) shown {
	out := shown{
		Name: s.Name, Kind: strings.TrimPrefix(s.Kind.String(), "SPAN_KIND_"), ID: hex.EncodeToString(s.SpanId), Parent: hex.EncodeToString(s.ParentSpanId),
		Status: strings.TrimPrefix(s.GetStatus().GetCode().String(), "STATUS_CODE_"), From: time.Unix(0, int64(s.StartTimeUnixNano)).Sub(start),
		For: time.Duration(s.EndTimeUnixNano - s.StartTimeUnixNano), Attributes: map[string]any{}, Events: map[string]any{},
	}
	for _, a := range s.Attributes {
		switch {
		case a.Value.GetStringValue() != "":
			out.Attributes[a.Key] = a.Value.GetStringValue()
		default:
			out.Attributes[a.Key] = a.Value.GetIntValue()
		}
	}
	for _, e := range s.Events {
		out.Events[e.Name] = e.Attributes[0].Value.GetDoubleValue()
	}
	return out
}

func TestSpansFollowTheConventionsOfHTTP(t *testing.T) {
	spans := startCollector(t).export(t, traced())
	var got []shown
	for _, s := range spans {
		if hex.EncodeToString(s.TraceId) != "07"+strings.Repeat("0", 30) || s.TraceState != "a=1" {
			t.Errorf("trace %x, state %q", s.TraceId, s.TraceState)
		}
		got = append(got, show(s))
	}
	client := map[string]any{
		"gateway.upstream": "akeneo", "http.request.method": "PATCH", "url.full": "https://demo.akeneo.com/products/top", "server.address": "demo.akeneo.com",
	}
	with := func(more map[string]any) map[string]any {
		out := maps.Clone(client)
		maps.Copy(out, more)
		return out
	}
	want := []shown{
		{
			Name: "PATCH /akeneo/", Kind: "SERVER", ID: "0800000000000000", Parent: "0900000000000000", Status: "UNSET", For: 3 * time.Second,
			Attributes: map[string]any{
				"http.route": "/akeneo/", "gateway.upstream": "akeneo", "http.request.method": "PATCH", "server.address": "gateway", "server.port": int64(8080),
				"url.scheme": "http", "url.path": "/akeneo/products/top", "http.response.status_code": int64(422), "gateway.consumer": "checkout",
				"gateway.request_id": "r-1", "error.type": "validation-failed", "gateway.origin": "upstream", "gateway.fault": "caller",
				"gateway.instance": "i-1", "gateway.rule": "violations",
			},
			Events: map[string]any{"gateway.throttle.waited": 1.0},
		},
		{
			Name: "PATCH", Kind: "CLIENT", ID: "0100000000000000", Parent: "0800000000000000", Status: "ERROR", From: time.Second, For: 500 * time.Millisecond,
			Attributes: with(map[string]any{"http.response.status_code": int64(503), "error.type": "upstream-unavailable"}), Events: map[string]any{},
		},
		{
			Name: "PATCH", Kind: "CLIENT", ID: "0200000000000000", Parent: "0800000000000000", Status: "ERROR", From: 2 * time.Second, For: 500 * time.Millisecond,
			Attributes: with(map[string]any{"http.response.status_code": int64(422), "error.type": "validation-failed", "http.request.resend_count": int64(1)}),
			Events:     map[string]any{},
		},
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestOnlySampledExchangesBecomeSpans(t *testing.T) {
	unsampled, foreign := traced(), traced()
	unsampled.Trace.Sampled = false
	foreign.Trace.Span = [8]byte{} // the caller's trace, which the gateway only passes on
	if spans := startCollector(t).export(t, unsampled, foreign); len(spans) != 0 {
		t.Errorf("%d spans", len(spans))
	}
}

func TestStrangersTextsAreEncoded(t *testing.T) {
	x := traced()
	x.Method, x.Path, x.Host = "BR\xffEW", "/\xff\x00"+strings.Repeat("long", 4096), "\xff:x"
	spans := startCollector(t).export(t, x)
	if len(spans) != 3 {
		t.Fatalf("%d spans", len(spans))
	}
	got := show(spans[0])
	if got.Name != "HTTP /akeneo/" || got.Attributes["http.request.method"] != "_OTHER" || len(got.Attributes["url.path"].(string)) > 1100 {
		t.Errorf("%+v", got)
	}
}

func TestFailuresThatPassAreTriedAgain(t *testing.T) {
	c := startCollector(t, http.StatusServiceUnavailable)
	if spans := c.export(t, traced()); len(spans) != 3 {
		t.Errorf("%d spans after a 503", len(spans))
	}
	if head := <-c.heads; head.Get("Content-Type") != "application/x-protobuf" || head.Get("X-Tenant") != "a" {
		t.Errorf("the collector gets %v", head)
	}
	c = startCollector(t, http.StatusBadRequest)
	if spans := c.export(t, traced()); len(spans) != 0 || len(c.heads) != 1 {
		t.Errorf("%d spans, %d posts after a 400", len(spans), len(c.heads))
	}
}

func TestBatchesKeepEverySpan(t *testing.T) {
	var all []proxy.Exchange
	for range 600 {
		all = append(all, traced())
	}
	if spans := startCollector(t).export(t, all...); len(spans) != 3*600 {
		t.Errorf("%d spans", len(spans))
	}
}

// A redirect would take the headers, which may hold a key, to another host.
func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := startCollector(t)
	c := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	t.Cleanup(c.Close)
	e := traces.New(traces.Config{URL: c.URL}, zap.NewNop())
	e.Observe(traced())
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := e.Run(ctx); err != nil || len(elsewhere.heads) != 0 {
		t.Errorf("%v, %d posts elsewhere", err, len(elsewhere.heads))
	}
}

// Whoever collects, and if nobody does, an exchange waits for nothing.
func TestObservingNeverWaits(t *testing.T) {
	e := traces.New(traces.Config{URL: "http://127.0.0.1:1"}, zap.NewNop())
	for range 10_000 {
		e.Observe(traced())
	}
}

func BenchmarkObserve(b *testing.B) {
	off := traced()
	off.Trace = proxy.Trace{}
	for name, x := range map[string]proxy.Exchange{"off": off, "sampled": traced()} {
		b.Run(name, func(b *testing.B) {
			e := traces.New(traces.Config{URL: "http://127.0.0.1:1"}, zap.NewNop())
			b.ReportAllocs()
			for b.Loop() {
				e.Observe(x)
			}
		})
	}
}
