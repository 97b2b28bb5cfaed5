package wire

import (
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// ordinary reads the header of a request that is served here, as http.Server would. For all other requests it returns nil
// and reads nothing: an incomplete header or one that is not exactly as RFC 9112 defines it, a version other than HTTP/1.1,
// a target that is not a path, a chunked body, and anything that asks for more than a response.
func (c *callerConn) ordinary() *call {
	end, lines, whole := c.wholeHead()
	if !whole || lines == 0 {
		return nil
	}
	one := &call{}
	one.ctx.Begin(c.ctx)
	one.req = blank.WithContext(&one.ctx)
	if !parseRequest(one.req, string(c.in.buffered()[:end]), lines) {
		return nil
	}
	if c.in.skip(end); len(c.in.buffered()) == 0 {
		c.in.release() // nobody knows how long the request will take
	}
	one.req.RemoteAddr = c.remote
	if length := one.req.ContentLength; length > 0 {
		one.body = &sent{conn: c, left: length}
		one.req.Body = one.body
	}
	one.response.begin(c, one)
	return one
}

// blank is copied to make requests, because that is how a request gets its context.
var blank http.Request

// parseRequest fills in req, except for its body; false for a request that is not served here. The strings of the request
// share the memory of text.
func parseRequest(req *http.Request, text string, lines int) bool {
	line, rest, _ := strings.Cut(text, lineEnd)
	method, line, _ := strings.Cut(line, " ")
	target, proto, _ := strings.Cut(line, " ")
	if !isPlainMethod(method) || proto != "HTTP/1.1" || !strings.HasPrefix(target, "/") {
		return false
	}
	address, err := url.ParseRequestURI(target)
	if err != nil || address.Host != "" {
		return false
	}
	header := plainFields(rest, lines-1)
	hosts := header["Host"]
	if len(hosts) != 1 || hosts[0] == "" || !httpguts.ValidHostHeader(hosts[0]) {
		return false
	}
	delete(header, "Host")
	var hasLength, staysPlain bool
	req.ContentLength, hasLength = plainLength(header)
	req.Close, staysPlain = plainConnection(header)
	req.Method, req.URL, req.RequestURI, req.Host = method, address, target, hosts[0]
	req.Proto, req.ProtoMajor, req.ProtoMinor = proto, 1, 1
	req.Header, req.Body = header, http.NoBody
	return hasLength && staysPlain
}

// isPlainMethod is false for methods that switch to another protocol.
func isPlainMethod(method string) bool {
	for i := range len(method) {
		if method[i] < 'A' || method[i] > 'Z' {
			return false
		}
	}
	return method != "" && method != http.MethodConnect && method != "PRI"
}

// plainFields reads fields that need no interpretation: each in one line that ends in CRLF, with a valid name directly
// before the colon. It returns nil if any field is different.
func plainFields(text string, lines int) http.Header {
	fields := newFields(lines)
	for line, rest, ok := strings.Cut(text, lineEnd); ; line, rest, ok = strings.Cut(rest, lineEnd) {
		if line == "" && ok {
			return fields.header
		}
		name, value, found := strings.Cut(line, ":")
		value = trim(value)
		if !found || name == "" || !httpguts.ValidHeaderFieldValue(value) {
			return nil
		}
		switch formOf(name) {
		case invalid:
			return nil
		case token:
			name = textproto.CanonicalMIMEHeaderKey(name)
		case canonical:
		}
		if asksForMore(name) {
			return nil
		}
		fields.add(name, value)
	}
}

// asksForMore is true for fields that change how a request is read, or what happens to its connection.
func asksForMore(name string) bool {
	switch name {
	case "Transfer-Encoding", "Trailer", "Expect", "Upgrade", "Http2-Settings", "Pragma":
		return true
	}
	return false
}

// plainLength reads Content-Length; 0 where there is none.
func plainLength(header http.Header) (int64, bool) {
	values, stated := header["Content-Length"]
	if !stated {
		return 0, true
	}
	if len(values) != 1 {
		return 0, false
	}
	n, err := strconv.ParseUint(values[0], 10, 63)
	return int64(n), err == nil
}

// plainConnection reads Connection.
func plainConnection(header http.Header) (closes, ok bool) {
	values := header["Connection"]
	if len(values) == 0 {
		return false, true
	}
	closes = strings.EqualFold(values[0], "close")
	return closes, len(values) == 1 && (closes || strings.EqualFold(values[0], "keep-alive"))
}
