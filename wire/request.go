package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/net/http/httpguts"
)

// sendBytes is the size of the buffers for requests. A header and a body of up to shortBody fit.
const (
	sendBytes = 16 << 10
	shortBody = 8 << 10
)

var sendings = sync.Pool{New: func() any { return new(lentSending) }}

// lentSending is a sending and its buffer, from a pool.
type lentSending struct {
	sending
	room [sendBytes]byte
}

// sending is a request until its answer has begun.
type sending struct {
	lent      *lentSending
	ctx       context.Context
	req       *http.Request
	trace     *httptrace.ClientTrace // nil: none
	text      []byte                 // head, and the body if it is short
	headBytes int                    // of text
	body      io.Reader
	length    int64 // of the body; 0: none, toTheEnd: in chunks
	streams   bool  // the body is not in text
	expects   bool  // the body is sent when the other side wants it
	written   bool  // a byte of it may have been sent
	heard     bool  // a byte of an answer came
}

// newSending writes a request into memory, together with its body if that is short, so that it can be sent in one piece.
func newSending(t *Transport, req *http.Request) (*sending, error) {
	lent := sendings.Get().(*lentSending)
	s := &lent.sending
	*s = sending{lent: lent, ctx: req.Context(), req: req, trace: httptrace.ContextClientTrace(req.Context())}
	err := s.measure()
	if err == nil {
		s.text, err = s.appendHead(lent.room[:0], t.hostOf(req))
	}
	if err == nil {
		s.headBytes = len(s.text)
		err = s.readShort()
	}
	if err != nil {
		err = s.fail(err)
		s.release()
		return nil, err
	}
	return s, nil
}

// measure decides how the body is sent.
func (s *sending) measure() error {
	req := s.req
	if !hasBody(req) {
		if req.ContentLength > 0 {
			return fmt.Errorf("wire: ContentLength is %d, and there is no body", req.ContentLength)
		}
		return nil
	}
	s.length = req.ContentLength
	if s.length <= 0 {
		s.length = toTheEnd
	}
	s.expects = req.ProtoAtLeast(1, 1) && httpguts.HeaderValuesContainsToken(req.Header["Expect"], "100-continue")
	s.streams = s.expects || s.length < 0 || s.length > shortBody
	s.body = req.Body
	if s.length > 0 {
		s.body = &exactly{req.Body, s.length}
		return nil
	}
	return s.probe()
}

func hasBody(req *http.Request) bool { return req.Body != nil && req.Body != http.NoBody }

// probe checks whether a body of unknown length is empty, if the method usually has none. An empty body is not sent.
func (s *sending) probe() error {
	if s.expects || !isSafe(s.req.Method) && s.req.Method != http.MethodDelete {
		return nil
	}
	one := make([]byte, 1)
	n, err := io.ReadAtLeast(s.body, one, 1)
	if isEnd(err) {
		s.length, s.streams = 0, false
		return s.req.Body.Close()
	}
	s.body = io.MultiReader(bytes.NewReader(one[:n]), s.body)
	return err
}

// unsent returns the request for another transport, including what was already read of its body.
func (s *sending) unsent() *http.Request {
	if s.body == nil {
		return s.req
	}
	out := s.req.WithContext(s.ctx)
	rest := s.body
	if !s.streams {
		rest = bytes.NewReader(bytes.Clone(s.text[s.headBytes:]))
	}
	out.Body = struct {
		io.Reader
		io.Closer
	}{rest, s.req.Body}
	return out
}

// readShort reads a body that is sent together with its header.
func (s *sending) readShort() error {
	if s.length == 0 || s.streams {
		return nil
	}
	s.text = slices.Grow(s.text, int(s.length)+1) // one more shows that it ends there
	for {
		n, err := s.body.Read(s.text[len(s.text):cap(s.text)])
		s.text = s.text[:len(s.text)+n]
		if isEnd(err) {
			return s.req.Body.Close()
		}
		if err != nil {
			return err
		}
	}
}

// release returns it to the pool.
func (s *sending) release() {
	lent := s.lent
	*s = sending{} // keeps nothing alive
	sendings.Put(lent)
}

// fail closes the body, as a RoundTripper must, and returns err.
func (s *sending) fail(err error) error {
	if s.req.Body != nil {
		s.req.Body.Close()
	}
	return err
}

// cause returns why the exchange was broken off; err if it was not.
func (s *sending) cause(err error) error {
	if why := causeOf(s.ctx); why != nil {
		return why
	}
	return err
}

// appendHead writes the request line and the header (RFC 9112, section 3).
func (s *sending) appendHead(b []byte, host string) ([]byte, error) {
	req := s.req
	method, target := req.Method, req.URL.RequestURI()
	if method == "" {
		method = http.MethodGet
	}
	switch {
	case !httpguts.ValidHeaderFieldName(method):
		return nil, fmt.Errorf("wire: invalid method %q", method)
	case strings.ContainsFunc(target, isControl):
		return nil, errors.New("wire: a control character in the URL")
	case !httpguts.ValidHostHeader(host):
		return nil, fmt.Errorf("wire: invalid host %q", host)
	}
	b = append(append(append(b, method...), ' '), target...)
	b = append(append(append(b, " HTTP/1.1\r\nHost: "...), host...), "\r\n"...)
	b, err := appendFields(b, req.Header)
	if err != nil {
		return nil, err
	}
	b, err = s.appendFraming(b)
	return append(b, lineEnd...), err
}

func isControl(c rune) bool { return c <= ' ' || c == 0x7f }

// isFraming is true for fields about where a request goes and where it ends; the transport writes these itself.
func isFraming(name string) bool {
	switch name {
	case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
		return true
	}
	return false
}

// appendFields writes fields. An empty User-Agent stands for none.
func appendFields(b []byte, header http.Header) ([]byte, error) {
	for name, values := range header {
		if isFraming(name) {
			continue
		}
		if !httpguts.ValidHeaderFieldName(name) {
			return nil, fmt.Errorf("wire: invalid header name %q", name)
		}
		for _, value := range values {
			if !httpguts.ValidHeaderFieldValue(value) {
				return nil, fmt.Errorf("wire: invalid value of header %s", name) // without the value, which may be secret
			}
			if value == "" && name == "User-Agent" {
				continue
			}
			b = appendField(b, name, trim(value))
		}
	}
	return b, nil
}

func appendField(b []byte, name, value string) []byte {
	b = append(append(append(b, name...), ": "...), value...)
	return append(b, lineEnd...)
}

// appendFraming writes how long the body is. POST, PUT and PATCH state it even without a body, because many servers expect
// that.
func (s *sending) appendFraming(b []byte) ([]byte, error) {
	switch {
	case s.length > 0:
		b = append(strconv.AppendInt(append(b, "Content-Length: "...), s.length, 10), lineEnd...)
	case s.length < 0:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	case s.req.Method == http.MethodPost || s.req.Method == http.MethodPut || s.req.Method == http.MethodPatch:
		b = append(b, "Content-Length: 0\r\n"...)
	}
	if s.req.Close && !wantsClose(s.req.Header) {
		b = append(b, "Connection: close\r\n"...)
	}
	return s.appendTrailerNames(b)
}

// appendTrailerNames announces the trailer. Only a chunked body has one.
func (s *sending) appendTrailerNames(b []byte) ([]byte, error) {
	for name := range s.req.Trailer {
		if isFraming(name) || !httpguts.ValidHeaderFieldName(name) {
			return nil, fmt.Errorf("wire: invalid trailer %q", name)
		}
		if s.length < 0 {
			b = appendField(b, "Trailer", name)
		}
	}
	return b, nil
}

func wantsClose(header http.Header) bool {
	return httpguts.HeaderValuesContainsToken(header["Connection"], "close")
}

// closes is true for a request after which the connection ends.
func (s *sending) closes() bool { return s.req.Close || wantsClose(s.req.Header) }
