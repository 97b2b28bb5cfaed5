package vendortest

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MisbehaveHeader asks a pretend vendor to misbehave: "status=502", "delay=200ms", "cut=20" (closes the connection after
// so many bytes of the body), "stall=5s" (in the middle of the body), "type=text/html"; several are joined by ;.
const MisbehaveHeader = "X-Misbehave"

// fault is what MisbehaveHeader asks for.
type fault struct {
	status       int
	delay, stall time.Duration
	cut          int
	media        string
}

func parseFault(text string) (f fault, err error) {
	f.cut = -1
	for part := range strings.SplitSeq(text, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "status":
			f.status, err = strconv.Atoi(value)
		case "cut":
			f.cut, err = strconv.Atoi(value)
		case "delay":
			f.delay, err = time.ParseDuration(value)
		case "stall":
			f.stall, err = time.ParseDuration(value)
		case "type":
			f.media = value
		default:
			err = fmt.Errorf("unknown fault %q", name)
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

// misbehave does what the request asks for; false if the vendor should answer as usual.
func misbehave(w http.ResponseWriter, r *http.Request) bool {
	text := r.Header.Get(MisbehaveHeader)
	if text == "" {
		return false
	}
	f, err := parseFault(text)
	if err != nil {
		http.Error(w, MisbehaveHeader+": "+err.Error(), http.StatusBadRequest)
		return true
	}
	pause(r, f.delay)
	if f.status == 0 && f.cut < 0 && f.stall == 0 {
		return false
	}
	f.answer(w, r)
	return true
}

// answer sends an HTML error, cut or stalled where it is asked for.
func (f fault) answer(w http.ResponseWriter, r *http.Request) {
	if f.status == 0 {
		f.status = http.StatusBadGateway
	}
	body := fmt.Sprintf("<html><head><title>%d %s</title></head><body></body></html>", f.status, http.StatusText(f.status))
	media := f.media
	if media == "" {
		media = "text/html"
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(f.status)
	begin := len(body) / 2
	if f.cut >= 0 {
		begin = min(f.cut, len(body))
	}
	_, _ = io.WriteString(w, body[:begin])
	if f.cut >= 0 {
		panic(http.ErrAbortHandler)
	}
	if f.stall > 0 {
		_ = http.NewResponseController(w).Flush()
		pause(r, f.stall)
	}
	_, _ = io.WriteString(w, body[begin:])
}

// pause waits, or until the request is over.
func pause(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}
