package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"gateway/document"
	"gateway/problem"
	"gateway/proxy"
)

// Occurrence is one failure as the page shows it, without secrets.
type Occurrence struct {
	OccurrenceLine
	Group            string          `json:"group"`
	TraceID          string          `json:"trace_id,omitempty"`
	Upstream         string          `json:"upstream"`
	Rule             string          `json:"rule,omitempty"`
	BodyNote         string          `json:"body_note,omitempty"`
	Error            string          `json:"error,omitempty"` // of the gateway itself
	UpstreamSeconds  float64         `json:"upstream_seconds"`
	ThrottledSeconds float64         `json:"throttled_seconds"`
	Tries            []AttemptView   `json:"tries"`
	Problem          json.RawMessage `json:"problem"`
	Passed           bool            `json:"passed,omitempty"` // the caller got the success; Problem is what the shadow profile would make of it
	Answer           string          `json:"answer,omitempty"` // the vendor's, as gateway explain reads it
	AnswerCut        bool            `json:"answer_cut,omitempty"`
	Batch            *BatchView      `json:"batch,omitempty"`
	Curl             string          `json:"curl"`
}

// OccurrenceLine is an occurrence in a list.
type OccurrenceLine struct {
	Instance        string    `json:"instance"` // the UUID in the problem's instance
	At              time.Time `json:"at"`
	RequestID       string    `json:"request_id"`
	VendorRequestID string    `json:"vendor_request_id,omitempty"`
	Consumer        string    `json:"consumer"`
	Method          string    `json:"method"`
	Path            string    `json:"path"` // as the caller sent it
	Code            int       `json:"code"` // sent to the caller
	Attempts        int       `json:"attempts"`
	Seconds         float64   `json:"seconds"`
	Detail          string    `json:"detail"`
}

// AttemptView is one attempt at the upstream.
type AttemptView struct {
	Code    int     `json:"code"` // 0 where no answer came
	Seconds float64 `json:"seconds"`
	Retry   string  `json:"retry,omitempty"` // why another followed
}

func (r redaction) line(o *occurrence) OccurrenceLine {
	return OccurrenceLine{
		Instance: o.InstanceID, At: o.end.UTC(), RequestID: o.RequestID, VendorRequestID: r.text(o.vendorRequestID()),
		Consumer: o.Consumer, Method: oneLine(o.Method), Path: oneLine(r.path(o.Path)), Code: o.Code, Attempts: len(o.Attempts),
		Seconds: o.Duration.Seconds(), Detail: r.text(o.Problem.Detail),
	}
}

// occurrence shows o. callers is the gateway's own URL, for the command line that repeats the request.
func (r redaction) occurrence(o *occurrence, callers string) Occurrence {
	out := Occurrence{
		OccurrenceLine: r.line(o), Group: o.group, TraceID: o.Trace.String(), Upstream: o.Upstream, Rule: o.Rule, BodyNote: string(o.Body),
		UpstreamSeconds: o.UpstreamDuration.Seconds(), ThrottledSeconds: o.ThrottleWait.Seconds(), Tries: attemptViews(o.Attempts),
		Problem: r.problem(o.Problem), Passed: o.key.passed, AnswerCut: o.cut, Batch: r.batchOf(o), Curl: r.curl(o, callers),
	}
	if o.Err != nil {
		out.Error = document.Clip(oneLine(r.text(o.Err.Error())), maxErrorBytes)
	}
	if o.Answer != nil {
		out.Answer = r.answer(o.Answer, o.cut)
	}
	return out
}

// group removes secrets from a group that is shown.
func (r redaction) group(g Group) Group {
	g.Template, g.Detail, g.Code = r.text(g.Template), r.text(g.Detail), r.text(g.Code)
	for i, c := range g.Changes {
		g.Changes[i].Live, g.Changes[i].Shadow = r.text(c.Live), r.text(c.Shadow)
	}
	return g
}

func attemptViews(attempts []proxy.Attempt) []AttemptView {
	out := make([]AttemptView, len(attempts))
	for i, a := range attempts {
		out[i] = AttemptView{a.Code, a.Duration.Seconds(), a.Retry}
	}
	return out
}

// problem is p as it was sent. If removing secrets broke the JSON, nothing of it is shown.
func (r redaction) problem(p *problem.Problem) json.RawMessage {
	out := bytes.TrimSpace([]byte(r.text(string(p.Encode()))))
	if !json.Valid(out) {
		return json.RawMessage("{}")
	}
	return out
}

// answer is a as curl -si prints it, after the request line that gateway explain understands. Codings are undone, because
// nobody can read them.
func (r redaction) answer(a *document.Answer, cut bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "> %s %s\n", oneLine(a.Method), oneLine(r.path(a.Path)))
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\n", a.Status, http.StatusText(a.Status))
	coded := a.Header.Get("Content-Encoding") != ""
	for _, name := range sortedNames(a.Header) {
		if coded && (name == "Content-Encoding" || name == "Content-Length") {
			continue
		}
		for _, value := range a.Header[name] {
			fmt.Fprintf(&b, "%s: %s\n", name, oneLine(r.header(name, value)))
		}
	}
	text := string(a.Body)
	if coded {
		text = document.Limits{}.Open(a.Header, a.Body, cut).Text
	}
	b.WriteString("\n" + r.text(strings.ToValidUTF8(text, "\uFFFD")))
	return b.String()
}

// oneLine turns foreign text into one line of valid UTF-8.
func oneLine(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return '\uFFFD'
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
