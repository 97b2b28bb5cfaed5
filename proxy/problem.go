package proxy

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"gateway/document"
	"gateway/problem"
	"gateway/ratehint"
)

// vendorProblem makes the problem of a vendor's error; id becomes the id of this occurrence.
func (h *Handler) vendorProblem(x *exchange, a *document.Answer, r problem.Reading, id string) *problem.Problem {
	p := untyped(x.Upstream, x.upstream.Reader.Vendor(), a, r)
	if x.upstream.Status == "canonical" {
		info, _ := r.Type.Info()
		p.Status = info.Status
	}
	language := x.language()
	words := language.words(r.Type)
	p.Title, p.Hints = words.Title, hintsOf(r, language.hints(x.upstream.Reader.Name(), r.HintsOn, r.Hints))
	if r.Detail == "" {
		p.Detail = words.Meaning
	}
	h.identify(x, p, id)
	return p
}

// Problem returns the problem for a reading of a vendor's answer, outside of any exchange: type, instance and request_id
// are placeholders.
func Problem(upstream, vendor string, a *document.Answer, r problem.Reading) *problem.Problem {
	p := untyped(upstream, vendor, a, r)
	p.Type = problemsPath + string(r.Type)
	return p
}

// untyped returns the problem without what an exchange adds to identify it.
func untyped(upstream, vendor string, a *document.Answer, r problem.Reading) *problem.Problem {
	info, _ := r.Type.Info()
	p := &problem.Problem{
		Title: info.Title, Status: r.WireStatus(a.Status), Detail: r.Detail, Code: r.Type,
		Origin: problem.OriginUpstream, Fault: r.Fault, Retryable: r.Retryable,
		Errors: r.Violations, Hints: hintsOf(r, r.Hints), Docs: r.Docs, Mapped: r.Mapped, Extensions: r.Extensions,
		Upstream: &problem.Upstream{
			Name: upstream, Vendor: vendor, Status: r.Status, Code: r.Code, Type: r.ProblemURI, Message: r.Message,
			RequestID: strings.Clone(vendorRequestID(r, a.Header)), // may be a part of a string with all headers
		},
	}
	if p.Detail == "" {
		p.Detail = r.Type.Meaning() // the vendor had no words, so ours have to do
	}
	setRetryAfter(p, r.RetryAfter, r.HasRetryAfter)
	return p
}

// hintsOf adds a first hint if retry_after was cut to less than the vendor asked for.
func hintsOf(r problem.Reading, hints []string) []string {
	if r.AskedWait == 0 {
		return hints
	}
	asked := r.AskedWait.String()
	if days := r.AskedWait.Hours() / 24; days >= 10 {
		asked = fmt.Sprintf("%.0f days", days)
	}
	return slices.Concat([]string{fmt.Sprintf(
		"The vendor asks to wait for %s. retry_after is cut to %.0f hours, after which it may refuse again.", asked, ratehint.MaxWait.Hours(),
	)}, hints)
}

// requestIDHeaders are where vendors put a request's id, if the profile names no header.
var requestIDHeaders = []string{"X-Request-Id", "Request-Id", "X-Correlation-Id", "X-Amzn-Requestid", "X-Trace-Id"}

func vendorRequestID(r problem.Reading, header http.Header) string {
	if r.RequestID != "" {
		return r.RequestID
	}
	for _, name := range requestIDHeaders {
		if id := header.Get(name); goodVendorID(id) {
			return id
		}
	}
	return ""
}

// goodVendorID accepts an id that is printable and short.
func goodVendorID(id string) bool {
	return id != "" && len(id) <= 128 && !strings.ContainsFunc(id, func(c rune) bool { return c <= ' ' || c > '~' })
}

// ownProblem makes the problem of an error of the gateway.
func (h *Handler) ownProblem(x *exchange, e *problemError) *problem.Problem {
	info, _ := e.Type.Info()
	p := &problem.Problem{
		Title: x.language().words(e.Type).Title, Status: cmp.Or(e.code, info.Status), Detail: e.public, Code: e.Type, Origin: problem.OriginGateway,
		Fault: e.blames(), Retryable: info.Retryable && !e.final, Hints: e.hints, Extensions: e.extensions,
	}
	setRetryAfter(p, e.retryAfter, e.hasRetry)
	x.InstanceID = newID(time.Now())
	h.identify(x, p, x.InstanceID)
	return p
}

// identify gives p the id of its exchange and one of its own.
func (h *Handler) identify(x *exchange, p *problem.Problem, id string) {
	p.Type, p.RequestID = h.problems.Base+string(p.Code), x.RequestID
	p.Instance = "urn:uuid:" + id
	if h.problems.InstanceBase != "" {
		p.Instance = h.problems.InstanceBase + id
	}
	redactProblem(h.shared.secrets, p)
}

func setRetryAfter(p *problem.Problem, wait time.Duration, known bool) {
	if known {
		seconds := wholeSeconds(wait)
		p.RetryAfter = &seconds
	}
}
