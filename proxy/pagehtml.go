package proxy

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"strings"
)

// pageStyle is the one style sheet of the pages; it stands inside them.
//
//go:embed problempage.css
var pageStyle string

// pagePolicy lets a page use its own style sheet, and nothing else.
var pagePolicy = func() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// markup writes HTML. Every text is escaped.
type markup struct{ strings.Builder }

// element writes an element that holds text.
func (m *markup) element(tag, text string) {
	fmt.Fprintf(m, "<%s>%s</%s>\n", tag, html.EscapeString(text), tag)
}

// entry writes a term and its description; nothing if the description is empty.
func (m *markup) entry(term, description string) {
	if description != "" {
		m.element("dt", term)
		m.element("dd", description)
	}
}

// codes writes a term with machine words.
func (m *markup) codes(term string, words []string) {
	if len(words) == 0 {
		return
	}
	m.element("dt", term)
	m.WriteString("<dd>")
	for _, word := range words {
		m.element("code", word)
	}
	m.WriteString("</dd>\n")
}

// pagesHTML is the page of one type, or the list of several.
func pagesHTML(pages []typePage, language *Language) []byte {
	words := language.page()
	title := words.All
	if len(pages) == 1 {
		title = pages[0].Title
	}
	var m markup
	fmt.Fprintf(&m, "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
		html.EscapeString(language.tag()))
	m.element("title", title)
	m.WriteString("<style>" + pageStyle + "</style></head><body><main>\n")
	if len(pages) == 1 {
		m.typePage(pages[0], words)
	} else {
		m.element("h1", title)
		m.list(pages)
	}
	m.WriteString("</main></body></html>\n")
	return []byte(m.String())
}

// list is every type with its meaning.
func (m *markup) list(pages []typePage) {
	m.WriteString("<ul class=\"types\">\n")
	for _, p := range pages {
		fmt.Fprintf(m, "<li><a href=\"%s%s\"><span class=\"status\">%d</span><span><b>%s</b> <code>%s</code><br>%s</span></a></li>\n",
			problemsPath, p.Code, p.Status, html.EscapeString(p.Title), p.Code, html.EscapeString(p.Meaning))
	}
	m.WriteString("</ul>\n")
}

// typePage is one type in full.
func (m *markup) typePage(p typePage, words PageWords) {
	fmt.Fprintf(m, "<nav><a href=\"%s\">← %s</a></nav>\n", problemsPath, html.EscapeString(words.Back))
	fmt.Fprintf(m, "<header><span class=\"status\">%d</span><h1>%s</h1></header>\n", p.Status, html.EscapeString(p.Title))
	fmt.Fprintf(m, "<p class=\"meaning\">%s</p>\n<dl class=\"facts\">\n", html.EscapeString(p.Meaning))
	m.entry(words.Cause, p.Cause)
	m.entry(words.Cure, p.Cure)
	m.entry(words.Act, p.Act)
	again := words.RetryNo
	if p.Retryable {
		again = words.RetryYes
	}
	m.entry(words.Retry, again)
	m.codes(words.Code, []string{string(p.Code)})
	m.WriteString("</dl>\n")
	m.vendors(p.Vendors, words)
	m.element("h2", words.Example)
	var example bytes.Buffer
	if json.Indent(&example, p.Example, "", "  ") == nil {
		fmt.Fprintf(m, "<pre>%s</pre>\n", html.EscapeString(strings.TrimSpace(example.String())))
	}
}

// vendors are the upstreams that report the type.
func (m *markup) vendors(vendors []typeVendor, words PageWords) {
	if len(vendors) == 0 {
		return
	}
	m.element("h2", words.Vendors)
	for _, v := range vendors {
		m.WriteString("<section>\n")
		fmt.Fprintf(m, "<h3>%s <code>%s</code></h3>\n", html.EscapeString(v.Vendor), html.EscapeString(v.Upstream))
		if len(v.Hints) > 0 {
			m.WriteString("<ul>\n")
			for _, hint := range v.Hints {
				m.element("li", hint)
			}
			m.WriteString("</ul>\n")
		}
		m.WriteString("<dl class=\"codes\">\n")
		m.codes(words.Codes, v.Codes)
		m.codes(words.Rules, v.Rules)
		m.WriteString("</dl></section>\n")
	}
}
