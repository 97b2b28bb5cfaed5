package proxy

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"gateway/problem"
)

const (
	gatewayPath  = "/.gateway/"
	problemsPath = gatewayPath + "problems/"
)

// servePage answers for paths under /.gateway/. Only the pages of the types exist there.
func (h *Handler) servePage(x *exchange, r *http.Request) {
	name, isProblem := strings.CutPrefix(r.URL.Path, problemsPath)
	info, known := problem.Type(name).Info()
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.refuse(x, r, &problemError{
			Type: problem.MethodNotAllowed, proxyStatus: "http_request_denied",
			public: "Pages of the gateway can only be read.", header: http.Header{"Allow": {"GET, HEAD"}},
		})
	case isProblem && known:
		h.writePage(x, r, []problem.TypeInfo{info})
	case isProblem && name == "":
		h.writePage(x, r, problem.Catalogue())
	default:
		h.refuse(x, r, &problemError{
			Type: problem.NotFound, proxyStatus: "destination_not_found",
			public: "There is no such page; " + problemsPath + " lists the types of problems.",
		})
	}
}

// typePage is the description of a type, as JSON and on its page.
type typePage struct {
	Type      string          `json:"type"`
	Code      problem.Type    `json:"code"`
	Title     string          `json:"title"`
	Status    int             `json:"status"`
	Fault     problem.Fault   `json:"fault"`
	Act       string          `json:"act"`
	Retryable bool            `json:"retryable"`
	Meaning   string          `json:"meaning"`
	Cause     string          `json:"cause"`
	Cure      string          `json:"cure"`
	Vendors   []typeVendor    `json:"vendors,omitempty"`
	Example   json.RawMessage `json:"example"`
}

// typeVendor is an upstream whose profile can produce a type, or has hints on it.
type typeVendor struct {
	Upstream string   `json:"upstream"`
	Vendor   string   `json:"vendor"`
	Rules    []string `json:"rules,omitempty"`
	Codes    []string `json:"codes,omitempty"` // the vendor's
	Hints    []string `json:"hints,omitempty"`
}

// page describes a type in a language.
func (h *Handler) page(info problem.TypeInfo, language *Language) typePage {
	words := language.words(info.Type)
	page := typePage{
		Type: h.problems.Base + string(info.Type), Code: info.Type, Title: words.Title, Status: info.Status,
		Fault: info.Fault, Act: language.page().Acts[info.Fault], Retryable: info.Retryable,
		Meaning: words.Meaning, Cause: words.Cause, Cure: words.Cure, Example: h.example(info, words),
	}
	for _, name := range h.names {
		reader := h.upstreams[name].Reader
		v := typeVendor{Upstream: name, Vendor: reader.Vendor()}
		v.Rules, v.Codes = reader.Produces(info.Type)
		v.Hints = language.hints(reader.Name(), string(info.Type), reader.HintsOn(info.Type))
		if len(v.Rules)+len(v.Codes)+len(v.Hints) > 0 {
			page.Vendors = append(page.Vendors, v)
		}
	}
	return page
}

// exampleID stands in examples for the ids of an exchange.
const exampleID = "01940000-0000-7000-8000-000000000000"

// example is a problem of the type, as a caller may get it.
func (h *Handler) example(info problem.TypeInfo, words problem.Words) json.RawMessage {
	p := problem.Problem{
		Type: h.problems.Base + string(info.Type), Title: words.Title, Status: info.Status, Detail: words.Meaning,
		Instance: "urn:uuid:" + exampleID, Code: info.Type, Origin: problem.OriginGateway, Fault: info.Fault,
		Retryable: info.Retryable, RequestID: exampleID,
	}
	if h.problems.InstanceBase != "" {
		p.Instance = h.problems.InstanceBase + exampleID
	}
	if !info.Type.OfGateway() && len(h.names) > 0 {
		p.Origin, p.Mapped = problem.OriginUpstream, problem.MappedStatus
		p.Upstream = &problem.Upstream{Name: h.names[0], Vendor: h.upstreams[h.names[0]].Reader.Vendor(), Status: info.Status}
	}
	if info.Status == http.StatusTooManyRequests || info.Status == http.StatusServiceUnavailable {
		seconds := int64(30)
		p.RetryAfter = &seconds
	}
	return p.Encode()
}

// writePage writes types as HTML for a browser, else as JSON.
func (h *Handler) writePage(x *exchange, r *http.Request, types []problem.TypeInfo) {
	language := x.language()
	pages := make([]typePage, len(types))
	for i, info := range types {
		pages[i] = h.page(info, language)
	}
	header := x.writer.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", pagePolicy)
	header.Set("Vary", "Accept, Accept-Language")
	header.Set("Content-Language", language.tag())
	header.Set("X-Request-Id", x.RequestID)
	body := pagesJSON(pages)
	header.Set("Content-Type", "application/json")
	if wantsHTML(x.header["Accept"]) {
		body = pagesHTML(pages, language)
		header.Set("Content-Type", "text/html; charset=utf-8")
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	x.writer.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = x.writer.Write(body) // the caller may be gone
	}
}

// pagesJSON is one type as an object, several as a list.
func pagesJSON(pages []typePage) []byte {
	var v any = pages
	if len(pages) == 1 {
		v = pages[0]
	}
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return []byte("{}\n")
	}
	return append(body, '\n')
}
