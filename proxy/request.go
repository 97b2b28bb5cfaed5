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
func checkRequest(r *http.Request, pseudonym string) *problemError {
	switch {
	case r.Method == http.MethodConnect || r.Method == http.MethodTrace:
		return &problemError{
			Type: normalize.MethodNotAllowed, proxyStatus: "http_request_denied",
			public: fmt.Sprintf("%s is not forwarded.", r.Method),
			header: http.Header{"Allow": {"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"}},
		}
	case slices.ContainsFunc(r.Header.Values("Via"), func(via string) bool { return strings.Contains(via, pseudonym) }):
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
	return checkPath(r)
}

// isUpgrade is true for a request that asks for another protocol and may get it: WebSocket.
func isUpgrade(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// forwarded are the headers by which proxies tell of callers, beside the X-Forwarded family. No vendor needs to know
// ours, and none must be told what a caller made up.
var forwarded = []string{
	"Forwarded", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "X-Original-Url", "X-Rewrite-Url", "X-Original-Host",
	"X-Original-Forwarded-For", "X-Remote-Addr", "X-Envoy-External-Address", "True-Client-Ip", "Cf-Connecting-Ip",
	"Fastly-Client-Ip", "Front-End-Https",
}

// clean returns the caller's headers without what is for the gateway alone, and without what smuggles: names with an
// underscore, which some servers take for a dash. It shares their values, which ReverseProxy copies before it sends them.
func (h *Handler) clean(in http.Header) http.Header {
	out := maps.Clone(in)
	for name := range out {
		if strings.Contains(name, "_") || strings.HasPrefix(name, "Gateway-") || strings.HasPrefix(name, "X-Forwarded") {
			delete(out, name)
		}
	}
	for _, name := range forwarded {
		delete(out, name)
	}
	if name := h.consumers.header; name != "" {
		out.Del(name)
	}
	out.Del("Http2-Settings")
	if !strings.EqualFold(out.Get("Upgrade"), "websocket") {
		out.Del("Upgrade") // h2c would be a tunnel past every rule
	}
	return out
}

// rewrite turns the caller's request into the vendor's. It runs after ReverseProxy removed hop-by-hop headers, so that
// no Connection header can remove what is set here.
func (u *upstream) rewrite(pr *httputil.ProxyRequest) {
	x := exchangeOf(pr.In.Context())
	out := pr.Out
	out.URL.Scheme, out.URL.Host = u.url.Scheme, u.url.Host
	out.URL.Path, out.URL.RawPath = u.outPath(pr.In, x.byHost)
	out.URL.RawQuery = pr.In.URL.RawQuery // ReverseProxy drops what it cannot parse
	out.Host = ""
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
	out.Header.Set("X-Request-Id", x.RequestID)
	out.Header.Add("Via", "1.1 "+x.handler.shared.pseudonym)
}
