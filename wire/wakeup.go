package wire

import "time"

// wakeup is a timer that is set again and again. It stands beside its owner's mutex, and is used with that mutex held.
type wakeup struct {
	timer *time.Timer // nil: it was never set
	armed bool        // it is set, and what it calls has not said otherwise
}

// in calls fire after a time. fire must be the same function every time.
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
