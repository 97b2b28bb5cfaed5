package proxy

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strings"

	"gateway/normalize"
)

const (
	gatewayPath  = "/.gateway/"
	problemsPath = gatewayPath + "problems/"
)

// faultActs says in words who must act.
var faultActs = map[normalize.Fault]string{
	normalize.FaultCaller:      "The caller: change the request.",
	normalize.FaultAccount:     "The owner of the account: change setup, rights or billing at the vendor.",
	normalize.FaultCredentials: "Who keeps the credentials: fix the key or token.",
	normalize.FaultVendor:      "The vendor: wait, or write to its support.",
	normalize.FaultGateway:     "Who operates the gateway.",
}

// servePage answers for paths under /.gateway/, of which only the pages of the types exist.
func (h *Handler) servePage(x *exchange, r *http.Request) {
	name, isProblem := strings.CutPrefix(r.URL.Path, problemsPath)
	info, known := normalize.Type(name).Info()
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.refuse(x, r, &problemError{
			Type: normalize.MethodNotAllowed, proxyStatus: "http_request_denied",
			public: "Pages of the gateway can only be read.", header: http.Header{"Allow": {"GET, HEAD"}},
		})
	case isProblem && known:
		h.writePage(x, r, []normalize.TypeInfo{info})
	case isProblem && name == "":
		h.writePage(x, r, normalize.Catalogue())
	default:
		h.refuse(x, r, &problemError{
			Type: normalize.NotFound, proxyStatus: "destination_not_found",
			public: "There is no such page; " + problemsPath + " lists the types of problems.",
		})
	}
}

// typePage is a type as JSON.
type typePage struct {
	Type      string          `json:"type"`
	Code      normalize.Type  `json:"code"`
	Title     string          `json:"title"`
	Status    int             `json:"status"`
	Fault     normalize.Fault `json:"fault"`
	Act       string          `json:"act"`
	Retryable bool            `json:"retryable"`
	Meaning   string          `json:"meaning"`
	Hints     []string        `json:"hints,omitempty"`
}

func (h *Handler) page(info normalize.TypeInfo) typePage {
	page := typePage{
		Type: h.problems.Base + string(info.Type), Code: info.Type, Title: info.Title, Status: info.Status,
		Fault: info.Fault, Act: faultActs[info.Fault], Retryable: info.Retryable, Meaning: info.Type.Meaning(),
	}
	for _, name := range h.names {
		reader := h.upstreams[name].Reader
		for _, hint := range reader.HintsOn(info.Type) {
			page.Hints = append(page.Hints, reader.Vendor()+": "+hint)
		}
	}
	return page
}

// writePage writes types as HTML for a browser, else as JSON.
func (h *Handler) writePage(x *exchange, r *http.Request, types []normalize.TypeInfo) {
	pages := make([]typePage, len(types))
	for i, info := range types {
		pages[i] = h.page(info)
	}
	header := x.writer.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	header.Set("Vary", "Accept")
	header.Set("X-Request-Id", x.RequestID)
	body := pagesJSON(pages)
	header.Set("Content-Type", "application/json")
	if wantsHTML(x.accept) {
		body = pagesHTML(pages)
		header.Set("Content-Type", "text/html; charset=utf-8")
	}
	header.Set("Content-Length", fmt.Sprint(len(body)))
	x.writer.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = x.writer.Write(body) // the caller may be gone
	}
}

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

const pageStyle = `body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
code{font-size:.95em}dt{font-weight:600;margin-top:.6rem}dd{margin:0}a{color:#0b57d0}
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}a{color:#8ab4f8}}`

// pagesHTML is plain text with headings; everything is escaped.
func pagesHTML(pages []typePage) []byte {
	var b strings.Builder
	title := "Types of problems"
	if len(pages) == 1 {
		title = pages[0].Title
	}
	fmt.Fprintf(&b, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"+
		"<title>%s</title><style>%s</style></head><body><h1>%s</h1>\n", html.EscapeString(title), pageStyle, html.EscapeString(title))
	for _, p := range pages {
		if len(pages) > 1 {
			fmt.Fprintf(&b, "<p><a href=\"%s%s\"><code>%s</code></a> %d: %s</p>\n", problemsPath, p.Code, p.Code, p.Status, html.EscapeString(p.Meaning))
			continue
		}
		b.WriteString(p.html())
	}
	b.WriteString("</body></html>\n")
	return []byte(b.String())
}

// html is one type in full.
func (p typePage) html() string {
	again := "No: the same request will fail again."
	if p.Retryable {
		again = "Yes, later; retry_after says when, if that is known."
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<p>%s</p><dl><dt>Code</dt><dd><code>%s</code></dd><dt>Canonical status</dt><dd>%d</dd><dt>Who must act</dt><dd>%s</dd><dt>Does a retry help?</dt><dd>%s</dd></dl>\n",
		html.EscapeString(p.Meaning), p.Code, p.Status, html.EscapeString(p.Act), again)
	if len(p.Hints) > 0 {
		b.WriteString("<h2>Causes and cures</h2><ul>\n")
		for _, hint := range p.Hints {
			fmt.Fprintf(&b, "<li>%s</li>\n", html.EscapeString(hint))
		}
		b.WriteString("</ul>\n")
	}
	return b.String()
}
