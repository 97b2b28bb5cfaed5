package wire

import (
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// head holds what the rest of the status line and header depends on, as the handler's header stood when it was written. The
// rest is known only when the body begins.
type head struct {
	connection  []string
	typed       bool // Content-Type is said, or must not be
	dated       bool
	hasTrailers bool
	trailers    []string // the names that are announced
}

// append writes the status line, and the fields that depend on nothing else.
func (h *head) append(b []byte, code int, header http.Header) []byte {
	b = appendStatus(b, code)
	hasBody := mayHaveBody(code)
	for name, values := range header {
		switch name {
		case "Content-Length", "Transfer-Encoding":
			continue
		case "Connection":
			h.connection = values
			continue
		case "Date":
			h.dated = true
		case "Content-Encoding":
			h.typed = h.typed || len(values) > 0 && values[0] != ""
		case "Content-Type":
			h.typed = true
			if code == http.StatusNotModified {
				continue
			}
		case "Trailer":
			h.announce(values)
		}
		if strings.HasPrefix(name, http.TrailerPrefix) {
			h.hasTrailers = true
			continue
		}
		b = appendValues(b, name, values)
	}
	h.typed = h.typed || !hasBody
	return b
}

// announce records the trailers that the handler names.
func (h *head) announce(values []string) {
	h.hasTrailers = true
	for _, list := range values {
		for name := range strings.SplitSeq(list, ",") {
			if name = textproto.CanonicalMIMEHeaderKey(trim(name)); httpguts.ValidTrailerHeader(name) {
				h.trailers = append(h.trailers, name)
			}
		}
	}
}

// trailer returns the fields that follow the body.
func (h *head) trailer(header http.Header) http.Header {
	out := http.Header{}
	for name, values := range header {
		if rest, found := strings.CutPrefix(name, http.TrailerPrefix); found {
			out[rest] = values
		} else if slices.Contains(h.trailers, name) {
			out[name] = values
		}
	}
	return out
}

func appendStatus(b []byte, code int) []byte {
	b = strconv.AppendInt(append(b, "HTTP/1.1 "...), int64(code), 10)
	text := http.StatusText(code)
	if text == "" {
		text = "status code " + strconv.Itoa(code)
	}
	return append(append(append(b, ' '), text...), lineEnd...)
}

// appendInterim writes a 1xx (RFC 9110, section 15.2), which has no body.
func appendInterim(b []byte, code int, header http.Header) []byte {
	b = appendStatus(b, code)
	for name, values := range header {
		if name != "Content-Length" && name != "Transfer-Encoding" {
			b = appendValues(b, name, values)
		}
	}
	return append(b, lineEnd...)
}

// appendValues writes a field. As in http.Server, an invalid name is left out, and a line end in a value becomes a space.
func appendValues(b []byte, name string, values []string) []byte {
	if len(values) == 0 || !httpguts.ValidHeaderFieldName(name) {
		return b
	}
	for _, value := range values {
		if strings.IndexByte(value, '\n') >= 0 || strings.IndexByte(value, '\r') >= 0 {
			value = lineEnds.Replace(value)
		}
		b = appendField(b, name, textproto.TrimString(value))
	}
	return b
}

var lineEnds = strings.NewReplacer("\n", " ", "\r", " ")

// complete writes the rest of the header: where the body ends, what it is, and whether the connection ends.
func (r *response) complete(first []byte) {
	r.begun = true
	hasBody, isHead := mayHaveBody(r.code), r.call.req.Method == http.MethodHead
	if r.ended && r.declared == toTheEnd && !r.head.hasTrailers && hasBody && (!isHead || len(first) > 0) {
		r.declared = int64(len(first))
	}
	r.decide()
	b := r.out
	if !r.head.typed && len(first) > 0 {
		b = appendField(b, "Content-Type", http.DetectContentType(first))
	}
	if !r.head.dated {
		b = append(time.Now().UTC().AppendFormat(append(b, "Date: "...), http.TimeFormat), lineEnd...)
	}
	switch {
	case !hasBody:
	case r.declared != toTheEnd:
		b = append(strconv.AppendInt(append(b, "Content-Length: "...), r.declared, 10), lineEnd...)
	case !isHead:
		r.chunked = true
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	}
	if r.closes {
		b = append(b, "Connection: close\r\n"...)
	} else {
		b = appendValues(b, "Connection", r.head.connection)
	}
	r.out = append(b, lineEnd...)
}

// decide determines whether the connection ends with this response.
func (r *response) decide() {
	if httpguts.HeaderValuesContainsToken(r.head.connection, "close") || r.conn.lane.closing.Load() {
		r.closes = true
	}
	if body := r.call.body; body != nil && !r.closes && !r.duplex {
		r.closes = !body.settle()
	}
}
