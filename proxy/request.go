package proxy

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"slices"
	"strings"

	"gateway/problem"
)

// checkRequest refuses requests that must not be forwarded to any upstream.
func (h *Handler) checkRequest(x *exchange, r *http.Request) *problemError {
	switch {
	case r.Method == http.MethodConnect || r.Method == http.MethodTrace:
		return &problemError{
			Type: problem.MethodNotAllowed, proxyStatus: "http_request_denied",
			public: fmt.Sprintf("%s is not forwarded.", r.Method),
			header: http.Header{"Allow": {"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"}},
		}
	case slices.ContainsFunc(r.Header["Via"], func(via string) bool { return strings.Contains(via, h.shared.pseudonym) }):
		return &problemError{
			Type: problem.LoopDetected, proxyStatus: "proxy_loop_detected",
			public: "The request came back to this gateway: an upstream's url leads to the gateway itself.",
		}
	case isUpgrade(r) && (r.ContentLength != 0 || len(r.TransferEncoding) > 0):
		return &problemError{
			Type: problem.InvalidRequest, proxyStatus: "http_request_error",
			public: "A request to upgrade the connection must not have a body.",
		}
	}
	return checkPath(r, x.Path)
}

// isUpgrade is true for a request to switch to the one protocol that is allowed: WebSocket.
func isUpgrade(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// ofConnection returns the headers that ReverseProxy needs: those about the connection. Upgrades to anything but WebSocket
// are left out, because h2c would be a tunnel past every rule. rewrite handles all other headers.
func ofConnection(r *http.Request) http.Header {
	var out http.Header
	for _, name := range [...]string{"Connection", "Te", "Upgrade"} {
		values, sent := r.Header[name]
		if !sent || name == "Upgrade" && !isUpgrade(r) {
			continue
		}
		if out == nil {
			out = http.Header{}
		}
		out[name] = values
	}
	return out
}

// outHeader returns the headers for the vendor: ReverseProxy's own about the connection, and the caller's, without those
// for this connection or for the gateway. The values are the caller's own slices.
func (x *exchange) outHeader(connection http.Header) http.Header {
	const added = 3 // X-Request-Id, Via, User-Agent
	out := make(http.Header, len(x.header)+len(connection)+added)
	listed := x.header["Connection"]
	for name, values := range x.header {
		if !isHidden(name) && name != x.handler.consumers.header && !isListed(listed, name) {
			out[name] = slices.Clip(values)
		}
	}
	maps.Copy(out, connection)
	return out
}

// isListed is true for a header that the Connection header assigns to the connection (RFC 9110, section 7.6.1).
func isListed(connection []string, name string) bool {
	for _, line := range connection {
		for option := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(textproto.TrimString(option), name) {
				return true
			}
		}
	}
	return false
}

// isHidden is true for callers' headers that no vendor gets: those about a connection, those for the gateway, those with an
// underscore, which some servers take for a dash, and those in which proxies describe callers. Vendors need not know the
// gateway's callers, and must not be told what a caller made up.
func isHidden(name string) bool {
	switch name {
	case "Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer",
		"Transfer-Encoding", "Upgrade",
		"Forwarded", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "X-Original-Url", "X-Rewrite-Url", "X-Original-Host",
		"X-Original-Forwarded-For", "X-Remote-Addr", "X-Envoy-External-Address", "True-Client-Ip", "Cf-Connecting-Ip",
		"Fastly-Client-Ip", "Front-End-Https", "Http2-Settings":
		return true
	}
	return strings.HasPrefix(name, "Gateway-") || strings.HasPrefix(name, "X-Forwarded") || strings.Contains(name, "_")
}

// rewrite turns the caller's request into the vendor's. It runs after ReverseProxy has removed hop-by-hop headers, so that
// no Connection header can remove what is set here.
func (u *upstream) rewrite(pr *httputil.ProxyRequest) {
	x := exchangeOf(pr.In.Context())
	out := pr.Out
	out.URL.Scheme, out.URL.Host = u.url.Scheme, u.url.Host
	out.URL.Path, out.URL.RawPath = u.outPath(x.Path, x.byHost)
	out.URL.RawQuery = pr.In.URL.RawQuery // ReverseProxy drops what it cannot parse
	out.Host = ""
	out.Header = x.outHeader(out.Header)
	if _, sent := out.Header["User-Agent"]; !sent {
		out.Header["User-Agent"] = nil // net/http would invent one
	}
	for _, name := range u.Headers.Remove {
		out.Header.Del(name)
	}
	for name, value := range u.Headers.Set {
		out.Header[textproto.CanonicalMIMEHeaderKey(name)] = []string{value}
	}
	if x.Trace.Sampled {
		x.Target = out.URL.Scheme + "://" + out.URL.Host + out.URL.EscapedPath()
	}
	x.own.id[0] = x.RequestID
	out.Header["X-Request-Id"] = x.own.id[:]
	if before := out.Header["Via"]; before == nil {
		out.Header["Via"] = x.handler.via
	} else {
		out.Header["Via"] = append(before, x.handler.via...)
	}
}
