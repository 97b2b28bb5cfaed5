package wire

import (
	"slices"
	"sync"
	"time"
)

// idle is the connections that wait for a request. The one that was used last is used first, so that those that are not
// needed grow old.
type idle struct {
	most    int           // 0: unlimited
	timeout time.Duration // 0: none

	mu     sync.Mutex
	conns  []*conn // the one that has waited longest first
	timer  *time.Timer
	armed  bool
	closed bool // what falls idle is closed
}

// get returns a connection; nil where there is none.
func (i *idle) get() *conn {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closed = false
	n := len(i.conns) - 1
	if n < 0 {
		return nil
	}
	c := i.conns[n]
	i.conns[n], i.conns = nil, i.conns[:n]
	return c
}

// put is false for a connection that is not wanted.
func (i *idle) put(c *conn) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed || i.most > 0 && len(i.conns) >= i.most {
		return false
	}
	c.idleSince = time.Now()
	i.conns = append(i.conns, c)
	if !i.armed && i.timeout > 0 {
		i.wakeIn(i.timeout)
	}
	return true
}

// wakeIn sets the one timer, whatever the number of connections.
func (i *idle) wakeIn(d time.Duration) {
	i.armed = true
	if i.timer == nil {
		i.timer = time.AfterFunc(d, i.expire)
		return
	}
	i.timer.Reset(d)
}

// expire closes what has waited too long.
func (i *idle) expire() {
	for _, c := range i.takeOld() {
		c.close()
	}
}

func (i *idle) takeOld() []*conn {
	i.mu.Lock()
	defer i.mu.Unlock()
	n := 0
	for n < len(i.conns) && time.Since(i.conns[n].idleSince) >= i.timeout {
		n++
	}
	old := slices.Clone(i.conns[:n])
	i.conns = slices.Delete(i.conns, 0, n)
	i.armed = false
	if len(i.conns) > 0 {
		i.wakeIn(i.timeout - time.Since(i.conns[0].idleSince))
	}
	return old
}

// close closes what is idle, and what falls idle until the next request.
func (i *idle) close() {
	for _, c := range i.takeAll() {
		c.close()
	}
}

func (i *idle) takeAll() []*conn {
	i.mu.Lock()
	defer i.mu.Unlock()
	all := i.conns
	i.conns, i.closed = nil, true
	if i.timer != nil {
		i.timer.Stop()
		i.armed = false
	}
	return all
}
