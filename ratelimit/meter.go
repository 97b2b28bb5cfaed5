package ratelimit

import (
	"math"
	"time"
)

// meter is a decaying count: a minute later, a third of it is left.
type meter struct {
	value float64
	at    time.Time
}

// meterSpan is the time after which 1/e is left.
const meterSpan = time.Minute

func (m *meter) add(now time.Time, n int) { m.value, m.at = m.read(now)+float64(n), now }

func (m *meter) read(now time.Time) float64 {
	if m.value == 0 {
		return 0
	}
	return m.value * math.Exp(-float64(now.Sub(m.at))/float64(meterSpan))
}
