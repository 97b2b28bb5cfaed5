package proxy

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"gateway/problem"
)

// route finds the upstream by Host, else by the first segment of the path. The query plays no part. It returns nil and no
// refusal for paths under /.gateway/.
func (h *Handler) route(x *exchange, r *http.Request) (*upstream, *problemError) {
	if len(h.hosts) > 0 {
		if u := h.hosts[hostName(r.Host)]; u != nil {
			x.byHost = true
			return u, nil
		}
	}
	if r.URL.Host != "" && !isOwnAddress(r) {
		return nil, &problemError{
			Type: problem.MisdirectedRequest, proxyStatus: "http_request_denied",
			public: "The request is for " + r.URL.Host + ", which is no host of this gateway. It is no forward proxy: send the request to the gateway's own address.",
		}
	}
	prefix, _, _ := strings.Cut(strings.TrimPrefix(x.Path, "/"), "/")
	if prefix == strings.Trim(gatewayPath, "/") {
		return nil, nil
	}
	if u := h.upstreams[prefix]; u != nil {
		return u, nil
	}
	return nil, &problemError{
		Type: problem.RouteNotFound, proxyStatus: "destination_not_found",
		public: fmt.Sprintf("No upstream is configured for the path /%s.", prefix),
		hints:  []string{"Paths begin with the name of an upstream: /" + strings.Join(h.names, "/…, /") + "/…"},
	}
}

// hostName returns the host of an authority in lower case, without its port and a trailing dot.
func hostName(authority string) string {
	if strings.Contains(authority, ":") { // without, its error would be made for nothing
		if host, _, err := net.SplitHostPort(authority); err == nil {
			authority = host
		}
	}
	return strings.ToLower(strings.TrimSuffix(authority, "."))
}

// isOwnAddress is true if an absolute request target (RFC 9112, section 3.2.2) names the listener it came to.
func isOwnAddress(r *http.Request) bool {
	host := hostName(r.URL.Host)
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil {
		return false
	}
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	return ok && local.AddrPort().Addr().Unmap() == address.Unmap()
}

// outPath returns the path to send: the upstream's base path, followed by what the caller wrote after the prefix, with its
// escapes unchanged.
func (u *upstream) outPath(escaped string, byHost bool) (path, rawPath string) {
	if escaped == "*" {
		return escaped, "" // OPTIONS for the server as a whole (RFC 9110, section 9.3.7)
	}
	if !byHost {
		escaped = strings.TrimPrefix(escaped, u.prefix)
	}
	if !strings.HasPrefix(escaped, "/") {
		escaped = "/" + escaped
	}
	rawPath = u.base + escaped
	path, err := url.PathUnescape(rawPath)
	if err != nil {
		return rawPath, "" // cannot be: the server parsed it
	}
	return path, rawPath
}

// checkPath refuses paths that a vendor could read differently from the gateway. escaped is the request's path.
func checkPath(r *http.Request, escaped string) *problemError {
	bad := func(why string) *problemError {
		return &problemError{Type: problem.InvalidRequest, proxyStatus: "http_request_error", public: "The path " + why + "."}
	}
	if strings.Contains(r.RequestURI, "#") {
		return bad("holds a #, which belongs to no request; write it as %23")
	}
	if isPlain(escaped) {
		return nil
	}
	decoded, err := url.PathUnescape(escaped)
	switch {
	case err != nil:
		return bad("has a broken percent escape")
	case strings.ContainsFunc(decoded, func(c rune) bool { return c < 0x20 || c == 0x7f }):
		return bad("holds a control character")
	}
	for segment := range strings.FieldsFuncSeq(decoded, func(c rune) bool { return c == '/' || c == '\\' }) {
		if name, _, _ := strings.Cut(segment, ";"); name == "." || name == ".." {
			return bad("holds a dot segment, plain or escaped; write the path without it")
		}
	}
	return nil
}

// isPlain is true for most paths: nothing is escaped, and no segment begins with a dot. They need no further check.
func isPlain(path string) bool {
	before := byte('/')
	for i := range len(path) {
		switch c := path[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '/', c == '-', c == '_', c == '~':
		case c == '.' && before != '/':
		default:
			return false
		}
		before = path[i]
	}
	return true
}
