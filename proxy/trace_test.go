package proxy_test

import (
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"gateway/proxy"
)

const (
	someTrace   = "4bf92f3577b34da6a3ce929d0e0e4736"
	someParent  = "00f067aa0ba902b7"
	traceparent = "00-" + someTrace + "-" + someParent + "-01"
)

// tracedVendor fails with 503 as often as told, then answers; it notes the headers of every attempt.
func tracedVendor(t *testing.T, failures int) (url string, seen func() []http.Header) {
	t.Helper()
	var mu sync.Mutex
	var heads []http.Header
	s := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if heads = append(heads, r.Header.Clone()); len(heads) <= failures {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	return s.URL, func() []http.Header {
		mu.Lock()
		defer mu.Unlock()
		return heads
	}
}

func tracing(s proxy.Settings, sample float64) proxy.Settings {
	s.Traces = proxy.TracesConfig{Enabled: true, Sample: sample}
	return s
}

func TestWithoutTracesTheCallersReachesTheVendorAsItIs(t *testing.T) {
	for _, value := range []string{traceparent, "00-" + someTrace + "-" + someParent + "-00", "odd", "00-0-0-0", "cc-" + someTrace + "-" + someParent + "-01-more"} {
		url, seen := tracedVendor(t, 0)
		g := startGateway(t, to(url))
		g.get(t, "/up/x", "Traceparent: "+value, "Tracestate: vendor=1")
		want := http.Header{"Traceparent": {value}, "Tracestate": {"vendor=1"}}
		got := http.Header{"Traceparent": seen()[0]["Traceparent"], "Tracestate": seen()[0]["Tracestate"]}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", value, diff)
		}
		if x := g.ended(t); value == traceparent && (x.Trace.String() != someTrace || !x.Trace.Sampled || x.Trace.Span != [8]byte{}) {
			t.Errorf("the record tells %+v", x.Trace)
		}
	}
}

func TestEveryAttemptHasASpanOfItsOwn(t *testing.T) {
	url, seen := tracedVendor(t, 2)
	g := startGateway(t, tracing(to(url), 0))
	g.get(t, "/up/x", "Traceparent: "+traceparent, "Tracestate: vendor=1")
	x := g.ended(t)
	if x.Trace.String() != someTrace || hex.EncodeToString(x.Trace.Parent[:]) != someParent || x.Trace.State != "vendor=1" || !x.Trace.Sampled {
		t.Errorf("the record tells %+v", x.Trace)
	}
	if !strings.HasSuffix(x.Target, "/x") {
		t.Errorf("the target is %q", x.Target)
	}
	spans := map[string]bool{hex.EncodeToString(x.Trace.Span[:]): true, someParent: true}
	if len(x.Attempts) != 3 || len(seen()) != 3 {
		t.Fatalf("%d attempts, %d seen", len(x.Attempts), len(seen()))
	}
	for n, head := range seen() {
		span := hex.EncodeToString(x.Attempts[n].Span[:])
		if got := head.Get("Traceparent"); got != "00-"+someTrace+"-"+span+"-01" || head.Get("Tracestate") != "vendor=1" {
			t.Errorf("attempt %d carries %q, its span is %s", n, got, span)
		}
		if spans[span] {
			t.Errorf("span %s is used twice", span)
		}
		spans[span] = true
	}
}

func TestTheCallerDecidesWhatIsSampled(t *testing.T) {
	for name, c := range map[string]struct {
		header string
		sample float64
		want   bool
	}{
		"a caller that samples":       {traceparent, 0, true},
		"a caller that does not":      {"00-" + someTrace + "-" + someParent + "-00", 1, false},
		"other flags":                 {"00-" + someTrace + "-" + someParent + "-03", 0, true},
		"no caller's trace, always":   {"", 1, true},
		"no caller's trace, never":    {"", 0, false},
		"a trace that is none, never": {"00-xyz", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			url, seen := tracedVendor(t, 0)
			g := startGateway(t, tracing(to(url), c.sample))
			headers := []string{"Traceparent: " + c.header}
			if c.header == "" {
				headers = nil
			}
			g.get(t, "/up/x", headers...)
			x := g.ended(t)
			if x.Trace.Sampled != c.want || !x.Trace.Known() {
				t.Errorf("%+v", x.Trace)
			}
			if got := seen()[0].Get("Traceparent"); strings.HasSuffix(got, "-01") != c.want || len(got) != 55 {
				t.Errorf("the vendor gets %q", got)
			}
		})
	}
}

// W3C Trace Context, section 3.2.2: what is malformed is ignored, and its state with it.
func TestMalformedTracesBeginANewOne(t *testing.T) {
	for _, value := range []string{
		"", "00", "00-" + someTrace, strings.ToUpper(traceparent), "ff" + traceparent[2:], traceparent + "-more", traceparent + "0",
		"00-" + strings.Repeat("0", 32) + "-" + someParent + "-01", "00-" + someTrace + "-" + strings.Repeat("0", 16) + "-01",
		"00_" + traceparent[3:], "00-" + someTrace + "-" + someParent + "-0g", strings.Replace(traceparent, "4b", "--", 1),
	} {
		url, seen := tracedVendor(t, 0)
		g := startGateway(t, tracing(to(url), 1))
		g.get(t, "/up/x", "Traceparent: "+value, "Tracestate: vendor=1")
		if x := g.ended(t); !x.Trace.Known() || x.Trace.String() == someTrace || x.Trace.Parent != [8]byte{} || x.Trace.State != "" {
			t.Errorf("%q: %+v", value, x.Trace)
		}
		if state := seen()[0].Get("Tracestate"); state != "" {
			t.Errorf("%q: its state goes on: %q", value, state)
		}
	}
	url, _ := tracedVendor(t, 0)
	g := startGateway(t, tracing(to(url), 1))
	g.get(t, "/up/x", "Traceparent: cc"+traceparent[2:]+"-more")
	if x := g.ended(t); x.Trace.String() != someTrace {
		t.Error("a later version is not understood")
	}
}
