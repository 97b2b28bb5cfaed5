// Package vendortest holds pretend vendors for tests and demos. They answer, limit and fail like the real ones, and
// misbehave on request. Only tests and demos import it.
package vendortest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Vendor is one pretend vendor. It may be used concurrently.
type Vendor struct {
	name  string
	serve http.HandlerFunc
	limit limit

	mu     sync.Mutex
	ledger Ledger
}

var _ http.Handler = (*Vendor)(nil)

// Ledger is what a vendor saw.
type Ledger struct {
	Requests   int
	Refused    int      // of them, over the limit
	Concurrent int      // the most that were under way at once
	IDs        []string // values of X-Ledger-Id in the order they came
}

// limit is what a vendor allows; zero values are no limit.
type limit struct {
	requests   int
	per        time.Duration
	concurrent int
	refuse     func(w http.ResponseWriter, left time.Duration)

	windowEnds time.Time
	used       int
	underWay   int
}

// Ledger returns a copy of what the vendor saw so far.
func (v *Vendor) Ledger() Ledger {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := v.ledger
	out.IDs = append([]string(nil), v.ledger.IDs...)
	return out
}

// ServeHTTP implements http.Handler.
func (v *Vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	left, over := v.enter(r)
	defer v.leave()
	switch {
	case over:
		v.limit.refuse(w, left)
	case misbehave(w, r):
	default:
		v.serve(w, r)
	}
}

// enter counts a request; over is true if the limit is exceeded, left is until the window ends.
func (v *Vendor) enter(r *http.Request) (left time.Duration, over bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ledger.Requests++
	if id := r.Header.Get("X-Ledger-Id"); id != "" {
		v.ledger.IDs = append(v.ledger.IDs, id)
	}
	l := &v.limit
	l.underWay++
	v.ledger.Concurrent = max(v.ledger.Concurrent, l.underWay)
	now := time.Now()
	if now.After(l.windowEnds) {
		l.windowEnds, l.used = now.Add(l.per), 0
	}
	l.used++
	left = l.windowEnds.Sub(now)
	over = l.requests > 0 && l.used > l.requests || l.concurrent > 0 && l.underWay > l.concurrent
	if over {
		v.ledger.Refused++
	}
	return left, over
}

func (v *Vendor) leave() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.limit.underWay--
}

// remaining returns what is left of the window, for headers.
func (v *Vendor) remaining() (left int, ends time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return max(0, v.limit.requests-v.limit.used), v.limit.windowEnds
}

// writeJSON sends v with a status.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // a pretend vendor's own literal
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller may be gone
}

// object is a JSON object whose members have no fixed order.
type object = map[string]any

// writeHTML sends what a front would.
func writeHTML(w http.ResponseWriter, status int, server string) {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("Server", server)
	w.WriteHeader(status)
	fmt.Fprintf(w, "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n<hr><center>%s</center>\r\n</body>\r\n</html>\r\n", title, title, server)
}

// lastSegment returns what follows the last / of a path.
func lastSegment(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
