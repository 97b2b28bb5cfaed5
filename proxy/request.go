package proxy

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"slices"
	"strings"

	"gateway/normalize"
)

// checkRequest refuses what must not be forwarded whatever the upstream.
func (h *Handler) checkRequest(x *exchange, r *http.Request) *problemError {
	switch {
	case r.Method == http.MethodConnect || r.Method == http.MethodTrace:
		return &problemError{
			Type: normalize.MethodNotAllowed, proxyStatus: "http_request_denied",
			public: fmt.Sprintf("%s is not forwarded.", r.Method),
			header: http.Header{"Allow": {"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"}},
		}
	case slices.ContainsFunc(r.Header["Via"], func(via string) bool { return strings.Contains(via, h.shared.pseudonym) }):
		return &problemError{
			Type: normalize.LoopDetected, proxyStatus: "proxy_loop_detected",
			public: "The request came back to this gateway: an upstream's url leads to the gateway itself.",
		}
	case isUpgrade(r) && (r.ContentLength != 0 || len(r.TransferEncoding) > 0):
		return &problemError{
			Type: normalize.InvalidRequest, proxyStatus: "http_request_error",
			public: "A request to upgrade the connection must not have a body.",
		}
	}
	return checkPath(r, x.Path)
}

// isUpgrade is true for a request that asks for another protocol and may get it: WebSocket.
func isUpgrade(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// withoutUpgrade returns the caller's headers without the upgrades that ReverseProxy would pass on: h2c would be a tunnel
// past every rule.
func withoutUpgrade(in http.Header) http.Header {
	if _, asks := in["Upgrade"]; !asks || strings.EqualFold(in.Get("Upgrade"), "websocket") {
		return in
	}
	out := maps.Clone(in)
	delete(out, "Upgrade")
	return out
}

// clean removes from a request what is for the gateway alone.
func (h *Handler) clean(header http.Header) {
	for name := range header {
		if isHidden(name) || name == h.consumers.header {
			delete(header, name)
		}
	}
}

// isHidden is true for the headers of callers that no vendor gets: those for the gateway, those that smuggle by an
// underscore, which some servers take for a dash, and those by which proxies tell of callers. No vendor needs to know
// ours, and none must be told what a caller made up.
func isHidden(name string) bool {
	switch name {
	case "Forwarded", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "X-Original-Url", "X-Rewrite-Url", "X-Original-Host",
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
	x.handler.clean(out.Header)
	if _, sent := pr.In.Header["User-Agent"]; !sent {
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
	sent := [...]string{x.RequestID, x.handler.via}
	out.Header["X-Request-Id"] = sent[:1:1]
	if before := out.Header["Via"]; before == nil {
		out.Header["Via"] = sent[1:]
	} else {
		out.Header["Via"] = append(before, x.handler.via)
	}
}
