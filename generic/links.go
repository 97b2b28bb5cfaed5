package generic

import (
	"net/url"
	"slices"
	"strings"

	"gateway/document"
	"gateway/wording"
)

// docsNames are names and relations of links that lead to documentation, the best first.
var docsNames = []string{"documentation", "docs", "informationlink", "help", "about", "info", "moreinfo", "describedby", "type", "errordocs"}

// linkIn finds a link to documentation in an object of links by name, or in a list of {rel, href} or {url}.
func linkIn(n *document.Node) string {
	for _, item := range n.Items {
		if rel, ok := item.Get("rel").Scalar(); ok && !leadsToDocs(wording.PlainName(rel)) {
			continue
		}
		if link := hrefOf(item); link != "" {
			return link
		}
	}
	if n.Kind != document.Object {
		return ""
	}
	for _, name := range docsNames {
		for _, m := range n.Members {
			if wording.PlainName(m.Name) == name {
				return hrefOf(m.Value)
			}
		}
	}
	return ""
}

// leadsToDocs is true for relations such as help and errorinfo.
func leadsToDocs(rel string) bool {
	return slices.Contains(docsNames, rel) || strings.HasSuffix(rel, "info") || strings.HasPrefix(rel, "error")
}

// hrefOf is the address that a link object or a text has.
func hrefOf(n *document.Node) string {
	for _, at := range []*document.Node{n, n.Get("href"), n.Get("url"), n.Get("link")} {
		if text, ok := at.Scalar(); ok {
			return wording.AbsoluteLink(text)
		}
	}
	return ""
}

// standards are hosts whose pages explain HTTP and not the vendor's errors.
var standards = []string{"ietf.org", "rfc-editor.org", "w3.org", "iana.org", "httpstatuses.com", "httpstatuses.io", "httpstatus.es", "http.dev", "example.com", "httpproblems.com", "developer.mozilla.org", "webconcepts.info", "httpwg.org"}

// unlessOf is a link, unless it leads back to what was asked for.
func (r ranked) unlessOf(a *document.Answer) string {
	path, _, _ := strings.Cut(a.Path, "?")
	if link, err := url.Parse(r.text); err == nil && len(path) > 1 && link.Path == path {
		return ""
	}
	return r.text
}

// docsOfType returns the link that a problem's type is, if it leads to the vendor.
func docsOfType(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	for _, standard := range standards {
		if host == standard || strings.HasSuffix(host, "."+standard) {
			return ""
		}
	}
	return wording.AbsoluteLink(uri)
}
