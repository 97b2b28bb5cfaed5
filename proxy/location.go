package proxy

import (
	"net/http"
	"net/url"
	"strings"
)

// keepWithin rewrites a redirect to the upstream itself into one to the gateway, so that the caller stays behind it.
// Redirects elsewhere are left as they are, and are never followed (trap 69).
func (x *exchange) keepWithin(header http.Header) {
	values := header.Values("Location")
	if len(values) != 1 {
		return
	}
	if location, ok := x.upstream.location(values[0], x.byHost); ok {
		header.Set("Location", location)
	}
}

// location returns the URL of the same place behind the gateway; false if the redirect is left as it is.
func (u *upstream) location(value string, byHost bool) (string, bool) {
	to, err := url.Parse(value)
	if err != nil || to.Opaque != "" || to.User != nil || to.Scheme == "" && to.Host == "" && !strings.HasPrefix(value, "/") {
		return "", false // what is relative to the request's own path stays so
	}
	if to.Host != "" && !u.isOwnHost(to) {
		return "", false
	}
	path, within := u.withoutBase(to.EscapedPath())
	switch {
	case !within && to.Host != "":
		return "", false
	case !within: // no path of the gateway leads there
		return u.url.Scheme + "://" + u.url.Host + value, true
	case !byHost:
		path = "/" + u.Name + path
	}
	return path + strings.TrimPrefix(value, beforeQuery(value)), true
}

// isOwnHost compares host and port. A vendor behind a proxy of its own may write http for its https.
func (u *upstream) isOwnHost(to *url.URL) bool {
	at := *to
	if at.Scheme == "" {
		at.Scheme = u.url.Scheme // "//host/path"
	}
	if at.Scheme != "http" && at.Scheme != "https" || !strings.EqualFold(at.Hostname(), u.url.Hostname()) {
		return false
	}
	return at.Port() == u.url.Port() || portOf(&at) == portOf(u.url)
}

// withoutBase removes the base path of the upstream's URL; false if path lies outside it.
func (u *upstream) withoutBase(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, u.base)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	if rest == "" {
		rest = "/"
	}
	return rest, true
}

// beforeQuery returns a URL without its query and fragment.
func beforeQuery(value string) string {
	if i := strings.IndexAny(value, "?#"); i >= 0 {
		return value[:i]
	}
	return value
}
