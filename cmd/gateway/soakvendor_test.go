package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// soakVendor counts what it is sent by its id, and fails as it is told to.
type soakVendor struct {
	*httptest.Server
	fault atomic.Pointer[vendorFault] // nil: it is well

	mu     sync.Mutex
	visits map[string][]visit // by id
}

// visit is one time that a request came.
type visit struct {
	at    time.Time
	fault *vendorFault // that it met
}

// String implements fmt.Stringer.
func (v visit) String() string {
	if v.fault == nil {
		return v.at.Format(time.StampMilli) + ", well"
	}
	return v.at.Format(time.StampMilli) + ", " + v.fault.name
}

// mayAct tells whether what is asked for may have been done.
func (v visit) mayAct() bool { return v.fault == nil || !v.fault.refuses }

// vendorFault is one way to fail.
type vendorFault struct {
	name    string
	refuses bool // says that nothing was done
	cuts    bool // an answer that has begun does not end
	answer  http.HandlerFunc
}

func startSoakVendor(t *testing.T) *soakVendor {
	t.Helper()
	v := &soakVendor{visits: map[string][]visit{}}
	v.Server = httptest.NewServer(v)
	t.Cleanup(v.Close)
	return v
}

// ServeHTTP implements http.Handler: a vendor that is well answers with the id, and every tenth time that it knows no such thing.
func (v *soakVendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, fault := r.Header.Get("X-Ledger"), v.fault.Load()
	v.note(id, fault)
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	switch {
	case fault != nil:
		fault.answer(w, r)
	case strings.HasSuffix(id, "7"):
		answerJSON(w, http.StatusNotFound, `{"message":"There is no `+id+`.","code":"not_found"}`)
	default:
		answerJSON(w, http.StatusOK, `{"id":"`+id+`"}`)
	}
}

func (v *soakVendor) note(id string, fault *vendorFault) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.visits[id] = append(v.visits[id], visit{time.Now(), fault})
}

// visitsOf returns those of one request, and whether an answer to it was cut off.
func (v *soakVendor) visitsOf(id string) (all []visit, cut bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	all = slices.Clone(v.visits[id])
	return all, slices.ContainsFunc(all, func(v visit) bool { return v.fault != nil && v.fault.cuts })
}

func answerJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // the gateway may have gone
}

// vendorFaults are met in turn.
var vendorFaults = []*vendorFault{
	{name: "429 with Retry-After", refuses: true, answer: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		answerJSON(w, http.StatusTooManyRequests, `{"message":"Too many requests"}`)
	}},
	{name: "500", answer: func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, http.StatusInternalServerError, `{"message":"Something went wrong."}`)
	}},
	{name: "503 as a page", refuses: true, answer: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "<html><title>Down for maintenance</title><h1>Down for maintenance</h1></html>")
	}},
	{name: "no answer", answer: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
	{name: "reset", answer: func(w http.ResponseWriter, _ *http.Request) { hangUp(w, "") }},
	{name: "cut off", cuts: true, answer: func(w http.ResponseWriter, r *http.Request) {
		hangUp(w, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"+`{"id":"`+r.Header.Get("X-Ledger"))
	}},
	{name: "no HTTP", answer: func(w http.ResponseWriter, _ *http.Request) { hangUp(w, "220 mail.example ESMTP\r\n") }},
	{name: "a mebibyte of error", answer: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = w.Write(largeError())
	}},
	{name: "drops", answer: func(w http.ResponseWriter, r *http.Request) {
		for piece := range strings.SplitSeq(`{"id": "|`+r.Header.Get("X-Ledger")+`|"}`, "|") {
			_, _ = io.WriteString(w, piece)
			_ = http.NewResponseController(w).Flush()
			select {
			case <-time.After(20 * time.Millisecond):
			case <-r.Context().Done():
			}
		}
	}},
}

var largeError = sync.OnceValue(func() []byte {
	return append([]byte(`{"message":"It is not valid.","trace":"`), append(bytes.Repeat([]byte("x"), 1<<20), `"}`...)...)
})

// hangUp writes text and resets the connection.
func hangUp(w http.ResponseWriter, text string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(conn, text)
	if tcp, ok := conn.(*net.TCPConn); ok && text == "" {
		_ = tcp.SetLinger(0)
	}
	conn.Close()
}

// differences are what the books of callers and of the vendor do not agree on.
type differences struct{ lost, twice, invented, foreign, mixed int }

func (d differences) String() string {
	return fmt.Sprintf("%d lost, %d POSTs done twice, %d successes that the vendor never saw, %d requests that nobody sent, %d answers of another request",
		d.lost, d.twice, d.invented, d.foreign, d.mixed)
}

// compare holds the vendor's book against the callers', but for what was lost and mixed up.
func (v *soakVendor) compare(asked map[string]outcome) (d differences) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for id, o := range asked {
		acted := 0
		for _, visit := range v.visits[id] {
			if visit.mayAct() {
				acted++
			}
		}
		if o == succeeded && acted == 0 {
			d.invented++
		}
		if strings.HasPrefix(id, http.MethodPost) && acted > 1 {
			d.twice++
		}
	}
	for id := range v.visits {
		if _, known := asked[id]; !known {
			d.foreign++
		}
	}
	return d
}
