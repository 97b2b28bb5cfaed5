package wire

import "time"

// wakeup is one timer that is set again and again. It stands beside the mutex of whoever sets it, and is used with that held.
type wakeup struct {
	timer *time.Timer // nil: it was never set
	armed bool        // it is set, and what it calls has not said otherwise
}

// in calls fire after a time; it is the same function every time.
func (w *wakeup) in(d time.Duration, fire func()) {
	w.armed = true
	if w.timer == nil {
		w.timer = time.AfterFunc(d, fire)
		return
	}
	w.timer.Reset(d)
}

func (w *wakeup) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
	w.armed = false
}
