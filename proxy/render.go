package proxy

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"gateway/document"
	"gateway/normalize"
	"gateway/problem"
)

// modifyResponse is ReverseProxy's hook: a success continues to stream, an error becomes a problem.
func (h *Handler) modifyResponse(resp *http.Response) error {
	x := exchangeOf(resp.Request.Context())
	x.tellAttempts(resp.Header)
	x.tellPreference(resp.Header)
	out := normalize.OutcomeOf(resp)
	if out == nil {
		h.passSuccess(x, resp)
		x.handOver(resp)
		return nil
	}
	x.note(out)
	refusedOurs := x.account != "" && refusesCredential(resp)
	p := h.problemOf(x, out, refusedOurs)
	x.Problem = p
	if x.passthrough || out.Untouched && !refusedOurs {
		x.Untouched = out.Untouched
		x.stream(resp)
		x.tellID(resp.Header)
		x.handOver(resp)
		return nil
	}
	header := x.writer.Header()
	keepHeaders(header, resp.Header, h.problems.PassSetCookie)
	if refusedOurs {
		delete(header, "Www-Authenticate") // it would ask the caller for what is ours
	}
	body := h.render(x, p, header, received(out))
	h.shared.secrets.Header(header)
	resp.Body.Close()
	resp.Header, resp.Trailer, resp.StatusCode = nil, nil, p.Status
	resp.Body, resp.ContentLength = newProblemBody(body), int64(len(body))
	if resp.Request.Method == http.MethodHead {
		resp.Body = http.NoBody
	}
	return nil
}

// problemBody is an encoded problem as the body of an answer.
type problemBody struct{ bytes.Reader }

func newProblemBody(encoded []byte) *problemBody {
	b := &problemBody{}
	b.Reset(encoded)
	return b
}

// Close implements io.Closer.
func (*problemBody) Close() error { return nil }

// handOver gives an answer's headers to the caller, without secrets. ReverseProxy would copy them one by one.
func (x *exchange) handOver(resp *http.Response) {
	x.handler.shared.secrets.Header(resp.Header)
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return // ReverseProxy looks for the protocol in them
	}
	if _, told := resp.Header["Content-Type"]; !told {
		resp.Header["Content-Type"] = nil // else the server guesses one from the body
	}
	if !x.writer.takeHeader(resp.Header) {
		addAll(x.writer.Header(), resp.Header)
	}
	media := resp.Header["Content-Type"]
	resp.Header = nil
	if isEventStream(media) {
		delete(x.writer.Header(), "Content-Type")
		resp.Header = http.Header{"Content-Type": media} // by which ReverseProxy knows that it is to be flushed
	}
}

// isEventStream is true for the media type of server-sent events.
func isEventStream(media []string) bool {
	return len(media) > 0 && strings.HasPrefix(media[0], "text/event-stream")
}

// received is the Proxy-Status of an error that the upstream sent (RFC 9209, section 2.1.4).
func received(out *normalize.Outcome) string {
	status := "gateway; received-status=" + strconv.Itoa(out.Answer.Status)
	if out.Note == document.Stalled {
		status += `; error=connection_read_timeout; details="timeouts.error_body"`
	}
	return status
}

// note records an error.
func (x *exchange) note(out *normalize.Outcome) {
	x.Rule, x.Body, x.Answer, x.Shadow = out.Reading.Rule, out.Note, out.Answer, x.upstream.shadow
	x.AskedWait = out.Reading.AskedWait
}

// passSuccess passes an answer on as it is.
func (h *Handler) passSuccess(x *exchange, resp *http.Response) {
	x.stream(resp)
	x.tellID(resp.Header)
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		x.keepWithin(resp.Header)
	}
	if resp.Body != http.NoBody && (x.upstream.shadow != nil || x.upstream.Reader.MayBeBatch(resp.Request.Method, resp.StatusCode)) {
		head := headOf(resp)
		h.followBatch(x, head, resp)
		h.watchSuccess(x, head, resp)
	}
}

// tellID adds the exchange's id to a vendor's answer that has no id.
func (x *exchange) tellID(header http.Header) {
	if ids := header["X-Request-Id"]; len(ids) == 0 || ids[0] == "" {
		header["X-Request-Id"] = x.own.id[:]
	}
}

// stream stops the clock of the whole exchange, because a stream may take its time. From now on silence ends it.
func (x *exchange) stream(resp *http.Response) {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		x.Code = resp.StatusCode // the connection is taken over, past the answerWriter
	}
	if resp.StatusCode == http.StatusSwitchingProtocols || resp.Body == http.NoBody {
		x.clock.end()
		return
	}
	x.clock.stream()
	x.answer = streamBody{ReadCloser: resp.Body, record: x, resp: resp, flushes: resp.ContentLength >= 0 && !isEventStream(resp.Header["Content-Type"])}
	resp.Body = &x.answer
}

// refuse answers with a problem of the gateway's own.
func (h *Handler) refuse(x *exchange, r *http.Request, e *problemError) {
	p := h.ownProblem(x, e)
	x.Problem = p
	x.body.hurry()
	if x.Err == nil {
		x.Err = e.cause
	}
	header := x.writer.Header()
	maps.Copy(header, e.header)
	x.tellAttempts(header)
	x.tellPreference(header)
	body := h.render(x, p, header, e.status())
	x.writer.WriteHeader(p.Status)
	if r == nil || r.Method != http.MethodHead {
		// The caller may be gone; the record tells how much was sent.
		_, _ = x.writer.Write(body)
	}
}

// ownHeaders are set on every problem. render has their values, in this order.
var ownHeaders = [...]string{
	"Content-Type", "Content-Length", "Content-Language", "Cache-Control", "X-Request-Id", "X-Content-Type-Options", "Proxy-Status",
}

// render encodes p in the form that the caller accepts and sets every header of a problem. Nothing else does.
func (h *Handler) render(x *exchange, p *problem.Problem, header http.Header, proxyStatus string) []byte {
	body, media := p.Encode(), problem.MediaType
	if wantsXML(x.header["Accept"]) {
		body, media = p.EncodeXML(), problem.MediaTypeXML
	}
	own := [...]string{media, strconv.Itoa(len(body)), x.language().tag(), "no-store", x.RequestID, "nosniff", proxyStatus}
	for i, name := range ownHeaders {
		header[name] = own[i : i+1 : i+1]
	}
	varyBy(header, "Accept", "Accept-Language")
	delete(header, "Retry-After")
	if p.RetryAfter != nil {
		header["Retry-After"] = []string{strconv.FormatInt(*p.RetryAfter, 10)}
	}
	return body
}

// isStale is true for headers that describe the body which a problem replaces, or a request for it. They are dropped.
func isStale(name string) bool {
	switch name {
	case "Content-Encoding", "Content-Type", "Content-Length", "Content-Language", "Content-Location", "Content-Range", "Content-Disposition",
		"Content-Md5", "Content-Digest", "Repr-Digest", "Digest", "Want-Content-Digest", "Etag", "Last-Modified", "Accept-Ranges", "Age", "Expires",
		"Cache-Control", "Pragma", "Trailer", "Transfer-Encoding", "Signature", "Signature-Input", "X-Content-Type-Options", "X-Request-Id", "Proxy-Status",
		"Content-Security-Policy", "X-Frame-Options", "X-Xss-Protection", "Refresh":
		return true
	}
	return false
}

// keepHeaders copies the vendor's headers that stay: WWW-Authenticate, Allow, Link, Location, CORS, rate limits, the
// vendor's ids, and all others that do not describe the old body.
func keepHeaders(out, in http.Header, passSetCookie bool) {
	for name, values := range in {
		if isStale(name) || !passSetCookie && (name == "Set-Cookie" || name == "Set-Cookie2") {
			continue
		}
		addValues(out, name, values)
	}
}

func addAll(out, in http.Header) {
	for name, values := range in {
		addValues(out, name, values)
	}
}

// addValues adds values to a header. If the header was empty, it uses the list itself.
func addValues(to http.Header, name string, values []string) {
	if before := to[name]; before != nil {
		values = slices.Concat(before, values)
	}
	to[name] = values
}
