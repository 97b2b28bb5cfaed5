package resilience

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// overrideHeaders change the method of a request.
var overrideHeaders = []string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"}

// keyHeaders make net/http believe that a request may be sent twice, whatever the vendor does.
var keyHeaders = []string{"Idempotency-Key", "X-Idempotency-Key"}

// isIdempotent follows RFC 9110, section 9.2.2. It is false if the request may really have another method, as with Accelo's
// _method.
func isIdempotent(req *http.Request) bool {
	switch req.Method {
	case http.MethodPut, http.MethodDelete:
		return !hasOverride(req)
	}
	return isResent(req.Method) && !hasOverride(req)
}

func hasOverride(req *http.Request) bool {
	return slices.ContainsFunc(overrideHeaders, func(name string) bool { return !isBlank(req.Header[name]) }) ||
		queryHasMethod(req.URL.RawQuery)
}

// isBlank is true for a header without content.
func isBlank(values []string) bool { return len(values) == 0 || values[0] == "" }

// queryHasMethod looks for the parameter _method in a query or a form.
func queryHasMethod(query string) bool {
	for pair := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' }) {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		if strings.EqualFold(name, "_method") {
			return true
		}
	}
	return false
}

// bodyHasMethod looks for _method as a JSON key or as a parameter of a form.
func bodyHasMethod(body []byte) bool {
	return bytes.Contains(body, []byte(`"_method"`)) ||
		bytes.Contains(body, []byte("_method=")) && queryHasMethod(string(body))
}

// emptyBody is a body in which net/http finds no byte.
type emptyBody struct{}

// Read implements io.Reader.
func (emptyBody) Read([]byte) (int, error) { return 0, io.EOF }

// Close implements io.Closer.
func (emptyBody) Close() error { return nil }

// hideFromResend changes a request, on the wire only in the case of a header's name, so that net/http does not send it
// twice by itself: it would where a connection that was used before breaks, for a GET that deletes, and for any method
// with a header of keyHeaders (net/http, Request.isReplayable), also if the vendor makes nothing of it.
func hideFromResend(req *http.Request) {
	for _, name := range keyHeaders {
		if values, ok := req.Header[name]; ok {
			req.Header = req.Header.Clone()
			delete(req.Header, name)
			req.Header[strings.ToLower(name)] = values
		}
	}
	if isResent(req.Method) && !hasBody(req) {
		req.Body = emptyBody{} // a body that is neither nil nor http.NoBody cannot be sent again
	}
}

// isResent is true for the methods that net/http sends again by itself.
func isResent(method string) bool {
	return slices.Contains([]string{"", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace}, method)
}
