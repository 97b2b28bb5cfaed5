package credentials

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// problems collects what is wrong with one credential, each with its path in it.
type problems []string

func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

func (p *problems) need(path string, value string) {
	if value == "" {
		p.add("%s: is missing", path)
	}
}

// header checks the name of a header that is to hold a value. Headers about connections and bodies are not allowed.
func (p *problems) header(path, name string) {
	reserved := []string{"Connection", "Content-Length", "Host", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}
	if !httpguts.ValidHeaderFieldName(name) || slices.Contains(reserved, http.CanonicalHeaderKey(name)) {
		p.add("%s: %q is no header for a credential", path, name)
	}
}

// problems returns what is wrong with one credential. It never shows a secret.
func (c Config) problems() []string {
	var out problems
	if kinds := c.kinds(); kinds != 1 {
		out.add(": needs exactly one of header, query, basic, oauth2, but has %d", kinds)
	}
	if h := c.Header; h != nil {
		out.header(".header.name", h.Name)
		out.need(".header.value", h.Value.Reveal())
		if !httpguts.ValidHeaderFieldValue(h.Value.Reveal()) {
			out.add(".header.value: holds line breaks or other characters that no header may have")
		}
	}
	if q := c.Query; q != nil {
		out.need(".query.name", q.Name)
		out.need(".query.value", q.Value.Reveal())
	}
	if b := c.Basic; b != nil {
		out.need(".basic.username", b.Username)
		if strings.Contains(b.Username, ":") {
			out.add(".basic.username: must not hold a colon (RFC 7617, section 2)")
		}
	}
	if o := c.OAuth2; o != nil {
		o.check(&out)
	}
	if _, _, ok := c.condition(); c.When != "" && !ok {
		out.add(".when: %q is not of the form header:NAME=VALUE", c.When)
	}
	return out
}

// condition returns what When asks for.
func (c Config) condition() (header, value string, ok bool) {
	text, isHeader := strings.CutPrefix(c.When, "header:")
	header, value, hasValue := strings.Cut(text, "=")
	return header, value, isHeader && hasValue && httpguts.ValidHeaderFieldName(header)
}

func (c Config) kinds() (n int) {
	for _, set := range []bool{c.Header != nil, c.Query != nil, c.Basic != nil, c.OAuth2 != nil} {
		if set {
			n++
		}
	}
	return n
}

// Grants of RFC 6749 that work without a person at a browser.
const (
	grantClient   = "client_credentials"
	grantPassword = "password"
	grantRefresh  = "refresh_token"
)

func (o OAuth2) check(out *problems) {
	if u, err := url.Parse(o.TokenURL); err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		out.add(".oauth2.token_url: must be an absolute URL without a user, as in https://api.example.com/oauth/token")
	}
	out.need(".oauth2.client_id", o.ClientID)
	switch o.grant() {
	case grantClient:
	case grantPassword:
		out.need(".oauth2.username", o.Username)
		out.need(".oauth2.password", o.Password.Reveal())
	case grantRefresh:
		out.need(".oauth2.refresh_token", o.RefreshToken.Reveal())
	default:
		out.add(".oauth2.grant: %q is none of client_credentials, password, refresh_token", o.Grant)
	}
	if o.Auth != "" && o.Auth != "basic" && o.Auth != "body" {
		out.add(".oauth2.auth: %q is neither basic nor body", o.Auth)
	}
	if o.Header != "" {
		out.header(".oauth2.header", o.Header)
	}
	o.checkState(out)
}

func (o OAuth2) checkState(out *problems) {
	switch {
	case o.StateFile == "":
	case o.grant() != grantRefresh:
		out.add(".oauth2.state_file: is for grant refresh_token only; leave it out")
	default:
		if err := newState(o).check(); err != nil {
			out.add(".oauth2.state_file: %s", err)
		}
	}
}

func (o OAuth2) grant() string {
	if o.Grant == "" {
		return grantClient
	}
	return o.Grant
}
