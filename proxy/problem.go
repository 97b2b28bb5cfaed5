package proxy

import (
	"net/http"
	"strings"
	"time"

	"gateway/normalize"
)

// vendorProblem makes the problem of a vendor's error.
func (h *Handler) vendorProblem(x *exchange, out *normalize.Outcome) *normalize.Problem {
	r := out.Reading
	p := h.blank(x, r.Type)
	p.Status = r.WireStatus()
	if x.upstream.Status == "canonical" {
		info, _ := r.Type.Info()
		p.Status = info.Status
	}
	p.Detail, p.Origin, p.Fault, p.Retryable = r.Detail, normalize.OriginUpstream, r.Fault, r.Retryable
	p.Errors, p.Hints, p.Docs, p.Mapped, p.Extensions = r.Violations, r.Hints, r.Docs, r.Mapped, r.Extensions
	setRetryAfter(p, r.RetryAfter, r.HasRetryAfter)
	p.Upstream = &normalize.Upstream{
		Name: x.Upstream, Vendor: x.upstream.Reader.Vendor(), Status: r.Status, Code: r.Code,
		Type: r.ProblemURI, Message: r.Message, RequestID: vendorRequestID(r, out.Answer.Header),
	}
	return p
}

// requestIDHeaders are where vendors put the id of a request, where the profile names none.
var requestIDHeaders = []string{"X-Request-Id", "Request-Id", "X-Correlation-Id", "X-Amzn-Requestid", "X-Trace-Id"}

func vendorRequestID(r normalize.Reading, header http.Header) string {
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

// goodVendorID accepts what is printable and short.
func goodVendorID(id string) bool {
	return id != "" && len(id) <= 128 && !strings.ContainsFunc(id, func(c rune) bool { return c <= ' ' || c > '~' })
}

// ownProblem makes the problem of an error of the gateway.
func (h *Handler) ownProblem(x *exchange, e *problemError) *normalize.Problem {
	p := h.blank(x, e.Type)
	p.Detail, p.Hints, p.Origin, p.Extensions = e.public, e.hints, normalize.OriginGateway, e.extensions
	if e.status != 0 {
		p.Status = e.status
	}
	setRetryAfter(p, e.retryAfter, e.hasRetry)
	return p
}

// blank fills what every problem of a type has.
func (h *Handler) blank(x *exchange, t normalize.Type) *normalize.Problem {
	info, _ := t.Info()
	x.InstanceID = newID()
	instance := "urn:uuid:" + x.InstanceID
	if h.problems.InstanceBase != "" {
		instance = h.problems.InstanceBase + x.InstanceID
	}
	return &normalize.Problem{
		Type: h.problems.Base + string(t), Title: info.Title, Status: info.Status, Instance: instance, Code: t,
		Fault: info.Fault, Retryable: info.Retryable, RequestID: x.RequestID,
	}
}

func setRetryAfter(p *normalize.Problem, wait time.Duration, known bool) {
	if known {
		seconds := int64((wait + time.Second - 1) / time.Second)
		p.RetryAfter = &seconds
	}
}
