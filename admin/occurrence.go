package admin

import (
	"bytes"
	"container/list"
	"net/http"
	"slices"
	"strings"
	"time"

	"gateway/document"
	"gateway/normalize"
	"gateway/problem"
	"gateway/proxy"
)

// Bounds on what is kept of one failure.
const (
	maxBodyBytes        = 16 << 10
	maxHeadBytes        = 8 << 10
	maxHeaderValueBytes = 512
	maxPathBytes        = 2 << 10
	maxErrorBytes       = 1 << 10
	overheadBytes       = 2600 // beside its texts, measured by TestFailuresWeighWhatTheyTake
)

// occurrence is one failure as it is kept: bounded, and never changed but by being packed. Secrets are removed only when it
// is shown, because some become known later.
type occurrence struct {
	*proxy.Exchange        // nil once it is packed
	packed          packed // instead
	instance        string
	request         string // the gateway's id of the request, which several may have
	vendors         string // the vendor's; "" if it sent none
	end             time.Time
	batch           *batch // that it is an item of; nil for most
	item            int    // its place there, from 0
	cut             bool   // Answer.Body is not all that the vendor sent
	key             fingerprint
	group           string             // id of the group, once it is in one
	changes         []normalize.Change // that the shadow profile would make
	bytes           int64              // what it weighs, roughly
	place           *list.Element
}

// occurrencesOf returns what is kept of an exchange: one failure; one failure for each of the first failed items of a batch
// answer; or a success in which the shadow profile sees an error.
func occurrencesOf(x proxy.Exchange, bodies bool) []*occurrence {
	if x.Problem != nil {
		return []*occurrence{newOccurrence(x, bodies)}
	}
	var out []*occurrence
	if x.Batch != nil {
		out = failedItems(x, bodies)
	}
	if x.Passed != nil {
		if o := suspected(x, bodies); o != nil {
			out = append(out, o)
		}
	}
	return out
}

// newOccurrence keeps of x what is within the bounds, and nothing that would keep more memory alive.
func newOccurrence(x proxy.Exchange, bodies bool) *occurrence {
	o := &occurrence{Exchange: &x, key: fingerprintOf(x), changes: shadowChanges(x), end: x.Start.Add(x.Duration)}
	o.instance, o.request, o.vendors = x.InstanceID, x.RequestID, o.vendorRequestID()
	o.Shadow, o.Batch, o.Passed, o.Host, o.Target, o.Throttled = nil, nil, nil, "", "", nil
	o.Method, o.Path = strings.Clone(document.Clip(x.Method, maxCodeBytes)), strings.Clone(document.Clip(x.Path, maxPathBytes))
	o.bytes = overheadBytes + int64(len(o.Path)+len(o.key.template)) + weight(x.Problem)
	if x.Answer != nil {
		o.Answer, o.cut = keptAnswer(x.Answer, bodies)
		o.bytes += int64(len(o.Answer.Body)+len(o.Answer.Path)) + headBytes(o.Answer.Header) + headBytes(o.Answer.RequestHeader)
	}
	return o
}

// fingerprintOf returns the group that x belongs to.
func fingerprintOf(x proxy.Exchange) fingerprint {
	key := fingerprint{upstream: x.Upstream, rule: x.Rule, typ: x.Problem.Code, template: template(x.Problem.Detail)}
	if u := x.Problem.Upstream; u != nil {
		key.code = strings.Clone(document.Clip(u.Code, maxCodeBytes))
	}
	return key
}

// keptAnswer copies what is kept of a; cut is true if its body is incomplete.
func keptAnswer(a *document.Answer, bodies bool) (kept *document.Answer, cut bool) {
	kept = &document.Answer{
		Method: strings.Clone(document.Clip(a.Method, maxCodeBytes)), Path: strings.Clone(document.Clip(a.Path, maxPathBytes)), Status: a.Status, Received: a.Received,
		Header: clippedHead(a.Header, vendorsNames(a.Header)), RequestHeader: repeatableHead(a.RequestHeader),
	}
	if bodies {
		kept.Body, cut = clipBody(a.Body), a.Cut || len(a.Body) > maxBodyBytes
	}
	return kept, cut
}

// clipBody copies only if a longer body would otherwise stay alive.
func clipBody(body []byte) []byte {
	if cap(body) <= maxBodyBytes {
		return body
	}
	return bytes.Clone(body[:min(len(body), maxBodyBytes)])
}

// clippedHead copies the named headers within the bounds. Their names and values share one string.
func clippedHead(h http.Header, names []string) http.Header {
	var text strings.Builder
	text.Grow(textBytes(h, names))
	copied := func(s string) string {
		text.WriteString(s)
		return text.String()[text.Len()-len(s):]
	}
	out := make(http.Header, min(len(h), len(names)))
	for _, name := range names {
		for i, value := range h[name] {
			value = document.Clip(value, maxHeaderValueBytes)
			if text.Len()+len(name)+len(value) > maxHeadBytes {
				break
			}
			if i == 0 {
				name = copied(name)
			}
			out[name] = append(out[name], copied(value))
		}
	}
	return out
}

// textBytes is the length of the named headers, within the bounds.
func textBytes(h http.Header, names []string) (n int) {
	for _, name := range names {
		for _, value := range h[name] {
			n += len(name) + min(len(value), maxHeaderValueBytes)
		}
	}
	return min(n, maxHeadBytes)
}

// vendorsNames leaves out the headers that the gateway adds to an answer.
func vendorsNames(h http.Header) []string {
	return slices.DeleteFunc(sortedNames(h), func(name string) bool { return strings.HasPrefix(name, "Gateway-") })
}

func sortedNames(h http.Header) []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func headBytes(h http.Header) (n int64) {
	for name, values := range h {
		for _, value := range values {
			n += int64(len(name) + len(value))
		}
	}
	return n
}

// weight is the size of the vendor's words in p, in bytes. Hints belong to the profile and do not count.
func weight(p *problem.Problem) int64 {
	n := len(p.Detail) + len(p.Instance) + len(p.Docs)
	for _, v := range p.Errors {
		n += len(v.Detail) + len(v.Field) + len(v.Pointer) + len(v.Code)
	}
	if u := p.Upstream; u != nil {
		n += len(u.Message) + len(u.Code) + len(u.RequestID)
	}
	if len(p.Extensions) > 0 {
		n += len(p.Encode())
	}
	return int64(n)
}

// vendorRequestID is the vendor's own id of the request; "" if it sent none.
func (o *occurrence) vendorRequestID() string {
	if o.Problem.Upstream == nil {
		return ""
	}
	return o.Problem.Upstream.RequestID
}
