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

// checkRequest refuses what must not be forwarded whatever the upstream.
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

// isUpgrade is true for a request that asks for another protocol and may get it: WebSocket.
func isUpgrade(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// ofConnection is what ReverseProxy needs of a request's header: what concerns its connection, without upgrades to anything
// but WebSocket, as h2c would be a tunnel past every rule. It need not copy the rest, which rewrite goes through.
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

// outHeader returns the vendor's header: what ReverseProxy says of the connection, and of the caller's what is for neither
// the connection, nor the gateway alone. The values are the caller's own.
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

// isListed is true for a header that belongs to the connection because its Connection header says so (RFC 9110, section
// 7.6.1).
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

// isHidden is true for the headers of callers that no vendor gets: those of a connection, those for the gateway, those that
// smuggle by an underscore, which some servers take for a dash, and those by which proxies tell of callers. No vendor needs
// to know ours, and none must be told what a caller made up.
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

// rewrite turns the caller's request into the vendor's. It runs after ReverseProxy removed hop-by-hop headers, so that
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
