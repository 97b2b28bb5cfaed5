package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	statusEvery = 2 * time.Second
	quietFor    = time.Second // between two events of one kind
	maxStreams  = 32          // of events, all readers together
)

// events streams changes as server-sent events: "status" with the same JSON as /api/v1/status, and "failures", whose data
// has no meaning, when the groups have changed.
type events struct {
	config  Config
	readers atomic.Int64
}

// ServeHTTP implements http.Handler.
func (e *events) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e.readers.Add(1) > maxStreams {
		e.readers.Add(-1)
		writeError(w, &apiError{http.StatusServiceUnavailable, fmt.Sprintf("%d pages are watching already; close one", maxStreams)})
		return
	}
	defer e.readers.Add(-1)
	w.Header().Set("Content-Type", "text/event-stream")
	e.follow(r, stream{w, http.NewResponseController(w)})
}

// follow sends events until the reader leaves or the gateway stops. It starts to wait for the next change before it sends
// the present state, so that a change in between is sent twice rather than missed.
func (e *events) follow(r *http.Request, s stream) {
	tick := time.NewTicker(statusEvery)
	defer tick.Stop()
	changed, goesOn := e.config.Ring.changes.wait()
	goesOn = s.send("status", e.config.statusAt(time.Now())) && goesOn
	for goesOn {
		select {
		case <-r.Context().Done():
			return
		case now := <-tick.C:
			goesOn = s.send("status", e.config.statusAt(now))
		case <-changed:
			if !e.pause(r) {
				return
			}
			changed, goesOn = e.config.Ring.changes.wait()
			goesOn = s.send("failures", e.config.Ring.kept()) && goesOn
		}
	}
}

// pause lets changes collect; false if the reader left meanwhile.
func (e *events) pause(r *http.Request) bool {
	timer := time.NewTimer(quietFor)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// stream is one reader of events.
type stream struct {
	w     http.ResponseWriter
	flush *http.ResponseController
}

// send returns false if the reader is gone.
func (s stream) send(event string, v any) bool {
	data, err := json.Marshal(v)
	if err != nil {
		return false
	}
	if err := s.flush.SetWriteDeadline(time.Now().Add(2 * statusEvery)); err != nil {
		return false
	}
	if _, err := fmt.Fprintf(s.w, "event: %s\ndata: %s\n\n", event, data); err != nil {
		return false
	}
	return s.flush.Flush() == nil
}
