package proxy

import (
	"encoding/binary"
	"encoding/hex"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
)

// TracesConfig is what the proxy needs of the traces section.
type TracesConfig struct {
	Enabled bool
	Sample  float64 // of the exchanges whose caller traces nothing, from 0 to 1
}

// Trace is an exchange's place in a trace (W3C Trace Context). The zero value belongs to no known trace.
type Trace struct {
	ID      [16]byte
	Span    [8]byte // of the exchange; zero where the gateway adds no spans
	Parent  [8]byte // the caller's; zero where the trace begins here
	State   string  // tracestate of the caller, which is passed on as it is
	Sampled bool
}

// Known is false for the zero value.
func (t Trace) Known() bool { return t.ID != [16]byte{} }

// String returns the trace's id as hex; "" if it is not known.
func (t Trace) String() string {
	if !t.Known() {
		return ""
	}
	return hex.EncodeToString(t.ID[:])
}

// traceOf joins the caller's trace, or starts one if traces are written.
func (h *Handler) traceOf(header http.Header) Trace {
	t := callersTrace(header)
	if !h.traces.Enabled {
		return t
	}
	if !t.Known() {
		binary.BigEndian.PutUint64(t.ID[:8], rand.Uint64())
		binary.BigEndian.PutUint64(t.ID[8:], rand.Uint64()|1) // never all zero
		t.Sampled = rand.Float64() < h.traces.Sample
	}
	t.Span = newSpan()
	return t
}

func newSpan() (id [8]byte) {
	binary.BigEndian.PutUint64(id[:], rand.Uint64()|1)
	return id
}

// Lengths of the parts of a traceparent (W3C Trace Context, section 3.2.2).
const (
	traceVersionEnd = 2
	traceIDEnd      = traceVersionEnd + 1 + 32
	traceParentEnd  = traceIDEnd + 1 + 16
	traceFlagsEnd   = traceParentEnd + 1 + 2
)

// callersTrace reads traceparent. A malformed or repeated header is treated as missing.
func callersTrace(header http.Header) Trace {
	values := header["Traceparent"]
	if len(values) != 1 || !isTraceparent(values[0]) {
		return Trace{}
	}
	return parseTrace(values[0], header["Tracestate"])
}

func parseTrace(v string, state []string) (t Trace) {
	var flags [1]byte
	for text, into := range map[string][]byte{
		v[traceVersionEnd+1 : traceIDEnd]: t.ID[:], v[traceIDEnd+1 : traceParentEnd]: t.Parent[:], v[traceParentEnd+1 : traceFlagsEnd]: flags[:],
	} {
		if _, err := hex.Decode(into, []byte(text)); err != nil {
			return Trace{}
		}
	}
	if !t.Known() || t.Parent == [8]byte{} {
		return Trace{}
	}
	t.Sampled = flags[0]&1 == 1
	t.State = strings.Join(state, ",")
	return t
}

// isTraceparent checks the format. Version ff is invalid, and later versions may append more after another dash.
func isTraceparent(v string) bool {
	if len(v) < traceFlagsEnd || strings.HasPrefix(v, "ff") || v[traceVersionEnd] != '-' || v[traceIDEnd] != '-' || v[traceParentEnd] != '-' ||
		strings.Trim(v[:traceFlagsEnd], "0123456789abcdef-") != "" {
		return false
	}
	return len(v) == traceFlagsEnd || !strings.HasPrefix(v, "00") && v[traceFlagsEnd] == '-'
}

// traced gives an attempt a span of its own and sends its id to the vendor. If no traces are written, the caller's headers
// are passed on unchanged.
func (x *exchange) traced(req *http.Request) (*http.Request, [8]byte) {
	if x.Trace.Span == [8]byte{} {
		return req, [8]byte{}
	}
	span := newSpan()
	flags := "00"
	if x.Trace.Sampled {
		flags = "01"
	}
	out := req.WithContext(req.Context())
	out.Header = maps.Clone(req.Header)
	if x.Trace.Parent == [8]byte{} {
		delete(out.Header, "Tracestate") // belongs to a trace that could not be read
	}
	out.Header["Traceparent"] = []string{"00-" + x.Trace.String() + "-" + hex.EncodeToString(span[:]) + "-" + flags}
	return out, span
}
