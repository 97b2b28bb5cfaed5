package proxy

import (
	"fmt"
	"net/url"
	"strings"
)

// escapedPath returns the path as the caller wrote it, with escapes for those bytes alone that no path may hold, such as
// | and " (RFC 3986, section 3.3). URL.EscapedPath escapes the decoded path where there is one of them, and so takes
// every %2F beside it for a slash.
func escapedPath(u *url.URL) string {
	escaped := u.EscapedPath()
	if u.RawPath == "" || escaped == u.RawPath {
		return escaped
	}
	var b strings.Builder
	for i := range len(u.RawPath) {
		if c := u.RawPath[i]; isPathByte(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func isPathByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("%/-._~!$&'()*+,;=:@[]", c) >= 0
}
