package admin

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// contentSecurityPolicy lets the page load only what the listener itself serves, and run no inline script.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard protects against DNS rebinding: Host must be an IP address, localhost, a plain name, or the listener's own. Answers
// can be neither framed, cached nor read by another site.
func guard(address string, next http.Handler) http.Handler {
	own := hostOf(address)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-store")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Content-Security-Policy", contentSecurityPolicy)
		if host := hostOf(r.Host); host != own && !isLocalHost(host) {
			writeText(w, http.StatusForbidden, "this host name is not one of the admin listener's; use its address, or a name without dots\n")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostOf returns the host of an authority in lower case, without port and brackets.
func hostOf(authority string) string {
	host := authority
	if name, _, err := net.SplitHostPort(authority); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// localSuffixes end names that public DNS cannot contain.
var localSuffixes = []string{".localhost", ".local", ".internal", ".svc", ".svc.cluster.local"}

// isLocalHost accepts IP addresses, and names that no stranger can rebind.
func isLocalHost(host string) bool {
	return net.ParseIP(host) != nil || !strings.Contains(host, ".") ||
		slices.ContainsFunc(localSuffixes, func(suffix string) bool { return strings.HasSuffix(host, suffix) })
}
