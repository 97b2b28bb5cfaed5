package wire

import (
	"errors"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Lengths of a body that are not a number of bytes.
const (
	toTheEnd = -1 // of the connection
	inChunks = -2
)

// frame determines how long the body of an answer is (RFC 9112, section 6.3), and removes from the header what belongs to
// this connection. If the answer states its length in two ways, the connection is not reused (section 6.1).
func frame(resp *http.Response, method string) (length int64, err error) {
	resp.Close = closes(resp)
	stated, err := statedLength(resp.Header)
	if err != nil {
		return 0, err
	}
	chunked, err := isChunked(resp)
	if chunked {
		err = announceTrailer(resp)
	}
	if err != nil {
		return 0, err
	}
	resp.ContentLength = stated
	switch hasNone := !mayHaveBody(resp.StatusCode); {
	case method == http.MethodHead:
		return 0, nil
	case hasNone:
		resp.ContentLength = 0
		return 0, nil
	case chunked:
		resp.Close = resp.Close || stated >= 0
		resp.Header.Del("Content-Length")
		resp.ContentLength, resp.TransferEncoding = -1, []string{"chunked"}
		return inChunks, nil
	case stated < 0:
		resp.Close = true
	}
	return stated, nil // toTheEnd where it is not stated
}

// mayHaveBody is false for the statuses whose answers end with their header (RFC 9112, section 6.3).
func mayHaveBody(code int) bool {
	return code/100 != 1 && code != http.StatusNoContent && code != http.StatusNotModified
}

// closes is true if the connection ends with this answer (RFC 9112, section 9.3).
func closes(resp *http.Response) bool {
	if resp.ProtoMinor == 0 {
		return wantsClose(resp.Header) || !httpguts.HeaderValuesContainsToken(resp.Header["Connection"], "keep-alive")
	}
	if !wantsClose(resp.Header) {
		return false
	}
	delete(resp.Header, "Connection")
	return true
}

// statedLength reads Content-Length; -1 if it is missing. Repeated values must be equal.
func statedLength(header http.Header) (int64, error) {
	values := header["Content-Length"]
	if len(values) == 0 {
		return toTheEnd, nil
	}
	for _, value := range values[1:] {
		if value != values[0] {
			return 0, malformed("Content-Length", strings.Join(values, ", "))
		}
	}
	header["Content-Length"] = values[:1:1]
	n, err := strconv.ParseUint(values[0], 10, 63)
	if err != nil {
		return 0, malformed("Content-Length", values[0])
	}
	return int64(n), nil
}

// isChunked reads Transfer-Encoding, which does not exist in HTTP/1.0. It accepts chunked alone, and only once.
func isChunked(resp *http.Response) (bool, error) {
	codings, present := resp.Header["Transfer-Encoding"]
	if !present {
		return false, nil
	}
	delete(resp.Header, "Transfer-Encoding")
	if resp.ProtoMinor == 0 {
		return false, nil
	}
	if len(codings) != 1 || !strings.EqualFold(codings[0], "chunked") {
		return false, malformed("Transfer-Encoding", strings.Join(codings, ", "))
	}
	return true, nil
}

var errTrailer = errors.New("wire: malformed trailer: a field that must stand in the header")

// announceTrailer fills resp.Trailer with the names that the header announces.
func announceTrailer(resp *http.Response) error {
	announced, present := resp.Header["Trailer"]
	if !present {
		return nil
	}
	delete(resp.Header, "Trailer")
	for _, names := range announced {
		for name := range strings.SplitSeq(names, ",") {
			name = textproto.CanonicalMIMEHeaderKey(trim(name))
			switch name {
			case "":
				continue
			case "Transfer-Encoding", "Trailer", "Content-Length":
				return errTrailer
			}
			if resp.Trailer == nil {
				resp.Trailer = http.Header{}
			}
			resp.Trailer[name] = nil
		}
	}
	return nil
}
