package proxy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"gateway/problem"
	"gateway/wire"
)

// exchange is the record of an exchange while it lasts. Only this package writes it.
type exchange struct {
	Exchange
	handler     *Handler
	upstream    *upstream   // nil until a route is found
	header      http.Header // as the caller sent it
	byHost      bool        // routed by Host: the path has no prefix
	passthrough bool        // the caller wants the vendor's own errors
	writer      answerWriter
	body        *callerBody // nil if the request has none
	account     string      // of the credential in use, by which connections are kept apart; "": none of ours
	inbound     context.Context
	ctx         recordContext // of the exchange: ends with a cause that names the deadline
	clock       clock
	answer      streamBody
	own         ownValues

	mu sync.Mutex // guards what attempts write: net/http may still trace one that is over
}

// ownValues are the values of headers that the gateway adds to every exchange. They are part of the record, which saves an
// allocation.
type ownValues struct{ id, attempts [1]string }

// exchangeKey is the key of the gateway's only context value.
type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// recordContext is the context that holds the record. It is part of the record, which saves an allocation.
type recordContext struct {
	wire.Ending
	record *exchange
}

// Value implements context.Context.
func (c *recordContext) Value(key any) any {
	if key == (exchangeKey{}) {
		return c.record
	}
	return c.Ending.Value(key)
}

// Causes of a cancelled exchange: which deadline passed.
var (
	errTotalTimeout = errors.New("the exchange took longer than timeouts.total")
	errSlowBody     = fmt.Errorf("the caller's body took longer than timeouts.total: %w", os.ErrDeadlineExceeded)
	errIdleTimeout  = errors.New("nothing moved on the answer for longer than timeouts.idle")
	errDone         = errors.New("the exchange is over")
)

// open starts the record of a request.
func (h *Handler) open(w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{
		handler: h, inbound: r.Context(), header: r.Header,
		passthrough: strings.EqualFold(r.Header.Get("Gateway-Errors"), "passthrough"),
	}
	x.Start = time.Now()
	x.RequestID, x.Consumer, x.Trace = requestID(r, x.Start), h.consumers.of(r), h.traceOf(r.Header)
	x.Method, x.Host, x.Path = r.Method, r.Host, escapedPath(r.URL)
	x.writer.ResponseWriter, x.writer.secrets, x.writer.informed = w, h.shared.secrets, r.ProtoAtLeast(1, 1)
	x.writer.pace.control, x.writer.pace.limits, x.writer.pace.start = *http.NewResponseController(w), &h.limits, x.Start
	return x
}

// language returns the language that the caller prefers; nil for English.
func (x *exchange) language() *Language {
	return x.handler.languages.lookup(x.header.Values("Accept-Language"))
}

// request returns the request with the record in its context and its body watched.
func (x *exchange) request(r *http.Request) *http.Request {
	x.ctx.record = x
	x.ctx.Begin(r.Context())
	out := r.WithContext(&x.ctx)
	if r.Body != nil && r.Body != http.NoBody {
		x.body = &callerBody{ReadCloser: http.MaxBytesReader(x.writer.ResponseWriter, r.Body, x.handler.limits.BodyBytes), pace: &x.writer.pace}
		out.Body = x.body
	}
	return out
}

// enter notes the upstream and starts the clock of the whole exchange.
func (x *exchange) enter(u *upstream) {
	x.upstream, x.Upstream = u, u.Name
	u.lasting.inFlight.add(1)
	x.clock.begin(x, u.Timeouts)
}

// isCallersFault is true if the caller broke the exchange off: it left, or its body is broken or too slow.
func (x *exchange) isCallersFault() bool { return x.isGone() || x.body.failure() != nil }

// isGone is true if the caller has left. It can be told nothing then, and nobody is to blame. net/http also ends the
// context of a caller that sends its body too slowly; such a caller still gets an answer.
func (x *exchange) isGone() bool { return x.inbound.Err() != nil && !isTimeout(x.body.failure()) }

// forward runs the exchange with its upstream. r is the exchange's own copy of the request.
func (x *exchange) forward(u *upstream, r *http.Request) {
	r.Header = ofConnection(r)
	u.proxy.ServeHTTP(&x.writer, r)
}

// close ends the record and tells the observers. It is deferred, because ReverseProxy ends a broken copy with a panic.
func (x *exchange) close() {
	cause := recover()
	if cause != nil && !isAbort(cause) {
		cause = x.panicked(cause)
	}
	x.clock.stop()
	if cause != nil && x.Err == nil {
		x.Err = x.cutBy()
	}
	x.ctx.End(errDone)
	x.finish()
	if cause != nil {
		panic(cause)
	}
}

// notePanic records, for the log, a panic that was caught while an answer was read.
func (x *exchange) notePanic(cause any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.Err = fmt.Errorf("panic while reading the answer: %v\n%s", cause, debug.Stack())
}

// cutBy returns why an answer that had begun was cut.
func (x *exchange) cutBy() error {
	if why := x.ctx.Cause(); why != nil {
		return why
	}
	return errors.New("the upstream's answer broke off")
}

func isAbort(cause any) bool {
	err, ok := cause.(error)
	return ok && errors.Is(err, http.ErrAbortHandler)
}

// panicked answers after a bug of the gateway. If an answer has already begun, it ends the connection instead, so that a
// cut answer never looks complete.
func (x *exchange) panicked(cause any) any {
	x.Err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
	if x.writer.code != 0 {
		return http.ErrAbortHandler
	}
	x.handler.refuse(x, nil, &problemError{Type: problem.GatewayError, proxyStatus: "proxy_internal_error", public: "The gateway failed on this request."})
	return nil
}

// finish completes the record and tells the observers.
func (x *exchange) finish() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.Duration = time.Since(x.Start)
	x.BytesOut = x.writer.bytes
	if x.Code == 0 {
		x.Code = x.writer.code
	}
	if x.Code == 0 {
		x.Code = http.StatusOK // what net/http sends for a handler that wrote nothing
	}
	if x.body != nil {
		x.BytesIn = x.body.bytes.Load()
	}
	if x.upstream != nil {
		x.upstream.lasting.inFlight.add(-1)
	}
	x.redact()
	for _, observe := range x.handler.observers {
		observe(x.Exchange)
	}
}
