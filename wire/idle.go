package wire

import (
	"slices"
	"sync"
	"time"
)

// idle holds the idle connections. The most recently used one is taken first, so that those that are not needed grow old.
type idle struct {
	most    int           // 0: unlimited
	timeout time.Duration // 0: none

	mu     sync.Mutex
	conns  []*conn // the one that has waited longest first
	wakeup wakeup  // one, whatever the number of connections
	closed bool    // what falls idle is closed
}

// get returns a connection; nil if there is none.
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

// put returns false if the connection is not wanted.
func (i *idle) put(c *conn) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed || i.most > 0 && len(i.conns) >= i.most {
		return false
	}
	c.idleSince = time.Now()
	i.conns = append(i.conns, c)
	if !i.wakeup.armed && i.timeout > 0 {
		i.wakeup.in(i.timeout, i.expire)
	}
	return true
}

// expire closes the connections that have been idle for too long.
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
	i.wakeup.armed = false
	if len(i.conns) > 0 {
		i.wakeup.in(i.timeout-time.Since(i.conns[0].idleSince), i.expire)
	}
	return old
}

// close closes the idle connections, and those that become idle until the next request.
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
	i.wakeup.stop()
	return all
}
