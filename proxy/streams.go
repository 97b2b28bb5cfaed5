package proxy

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"gateway/credentials"
)

// answerWriter counts what is sent to the caller.
type answerWriter struct {
	http.ResponseWriter
	pace     pace
	secrets  *credentials.Redactor
	informed bool // the caller understands 1xx: HTTP/1.1 and later
	code     int  // 0 until a final status was sent
	bytes    int64
}

// Unwrap lets http.ResponseController flush and hijack.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// takeHeader makes header the caller's; false if it must be copied instead.
func (w *answerWriter) takeHeader(header http.Header) bool {
	taker, can := w.ResponseWriter.(interface{ TakeHeader(http.Header) bool })
	return can && taker.TakeHeader(header)
}

// WriteHeader implements http.ResponseWriter. A 1xx announces the final answer and is not counted.
func (w *answerWriter) WriteHeader(code int) {
	w.pace.beforeWrite()
	if code < 200 && code != http.StatusSwitchingProtocols {
		w.inform(code)
		return
	}
	if w.code == 0 {
		w.code = code
	}
	w.ResponseWriter.WriteHeader(code)
}

// inform passes a 1xx on without the headers of the upstream's connection, but not to a caller that would take it for the
// answer (RFC 9110, section 15.2).
func (w *answerWriter) inform(code int) {
	if !w.informed {
		return
	}
	for _, name := range hopHeaders {
		w.Header().Del(name)
	}
	w.secrets.Header(w.Header())
	w.ResponseWriter.WriteHeader(code)
}

// Write implements io.Writer.
func (w *answerWriter) Write(p []byte) (int, error) {
	if w.code == 0 {
		w.code = http.StatusOK
	}
	w.pace.beforeWrite()
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// flush sends what was written, once there is a status line and header.
func (w *answerWriter) flush() {
	if flusher, can := w.ResponseWriter.(http.Flusher); can && w.code != 0 {
		flusher.Flush()
	}
}

// callerBody counts a request's body and remembers how reading it failed: that is the caller's fault, although the error
// surfaces at the upstream's connection.
type callerBody struct {
	io.ReadCloser
	pace    *pace
	bytes   atomic.Int64
	waiting atomic.Int64 // nanoseconds, in which nothing came
	failed  atomic.Pointer[error]
}

// Read implements io.Reader.
func (b *callerBody) Read(p []byte) (int, error) {
	since := b.pace.beforeRead(b.bytes.Load())
	if failed := b.failed.Load(); failed != nil { // its deadline may just have been moved on
		return 0, *failed
	}
	n, err := b.ReadCloser.Read(p)
	b.bytes.Add(int64(n))
	b.waiting.Add(int64(b.pace.now() - since))
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, http.ErrBodyReadAfterClose) {
		if isTimeout(err) {
			err = b.pace.tooSlow()
		}
		b.fail(err)
	}
	b.pace.afterRead(errors.Is(err, io.EOF))
	return n, err
}

// fail records an error; the first one counts.
func (b *callerBody) fail(err error) { b.failed.CompareAndSwap(nil, &err) }

// waited is how long the gateway waited for the caller. A nil callerBody is a request without a body.
func (b *callerBody) waited() time.Duration {
	if b == nil {
		return 0
	}
	return time.Duration(b.waiting.Load())
}

// isWaiting is true while the gateway waits for the caller.
func (b *callerBody) isWaiting() bool { return b != nil && b.pace.until.Load() != 0 }

// hurry bounds how long net/http reads the rest of a body, which it does before it sends a refusal. If reading has already
// failed, it does not wait at all.
func (b *callerBody) hurry() {
	switch {
	case b == nil:
	case b.failure() != nil:
		b.pace.stop()
	default:
		b.pace.hurry()
	}
}

// failure returns the first error of reading; nil if there was none. A nil callerBody is a request without a body.
func (b *callerBody) failure() error {
	if b == nil {
		return nil
	}
	if err := b.failed.Load(); err != nil {
		return *err
	}
	return b.pace.readFailure()
}

// streamBody is the body of an answer that is passed on as it comes. It tells the clock about bytes that move, and removes
// secrets from the trailer at the end.
type streamBody struct {
	io.ReadCloser
	record  *exchange
	resp    *http.Response
	flushes bool // nobody else sees to it that what was handed over is sent: ReverseProxy does, where the length is unknown
	begun   bool // Read was called
	holds   bool // something was handed over that may not have been sent
}

// Read implements io.Reader. It first flushes what it returned before, because the next bytes may take long to come.
func (b *streamBody) Read(p []byte) (int, error) {
	if b.holds {
		b.record.writer.flush()
	}
	read := b.ReadCloser.Read
	if b.flushes && !b.begun {
		read = b.readFirst
	}
	b.begun = true
	n, err := read(p)
	b.holds = b.flushes && n > 0 && err == nil
	if err != nil {
		b.record.clock.end()
		b.record.handler.shared.secrets.Header(b.resp.Trailer)
	} else {
		b.record.clock.move()
	}
	return n, err
}

// Close implements io.Closer.
func (b *streamBody) Close() error {
	b.record.clock.end()
	return b.ReadCloser.Close()
}
