package main

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"net"
	"sync"
	"time"

	"golang.org/x/net/http2"
)

// An HTTP/2 frame costs about the same whatever it carries. Frames that carry nothing (PING, SETTINGS, empty DATA and the
// like: CVE-2019-9511 to 9518; headers that are no request) therefore keep a server busy at almost no cost. Each connection
// has a budget of frames. Useful work refills it: requests, and the bytes of bodies in either direction pay for the frames
// that come with them, window updates above all. A connection that has spent its budget is read only as fast as the budget
// refills.
const (
	framesEach     = 2000 // a second
	framesAtOnce   = 500  // less work than the handshake of another connection
	framesARequest = 20
	frameBytes     = 1 << 10 // of a body pay for a frame, of anything else count as one
)

// frameBudget is how many frames a connection may still send. The zero value is full.
type frameBudget struct {
	mu    sync.Mutex
	spent float64 // of framesAtOnce; it may be more
	at    time.Time
}

// spend takes frames from the budget; a negative number gives them back.
func (b *frameBudget) spend(frames float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.spent = max(0, b.spent-now.Sub(b.at).Seconds()*framesEach)
	b.spent, b.at = max(0, b.spent+frames), now
}

// wait is how long it takes until something of it has come back; 0 where it is not spent.
func (b *frameBudget) wait() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	over := b.spent - framesAtOnce - time.Since(b.at).Seconds()*framesEach
	return time.Duration(max(0, over) / framesEach * float64(time.Second))
}

// frameCounter finds frame headers (RFC 9113, section 4.1) in the bytes of a connection, from its first byte. The zero
// value expects the HTTP/2 preface; on any other beginning it finds nothing.
type frameCounter struct {
	isHTTP2, isOther bool
	head             [len(http2.ClientPreface)]byte // which is longer than a frame's
	got              int                            // of the head
	left             int                            // of the frame that passes by
}

const frameHeadBytes = 9

// count returns the cost of the frames that begin in p.
func (c *frameCounter) count(p []byte) (cost float64) {
	for len(p) > 0 && !c.isOther {
		if c.left > 0 {
			passes := min(c.left, len(p))
			p, c.left = p[passes:], c.left-passes
			continue
		}
		want := len(c.head)
		if c.isHTTP2 {
			want = frameHeadBytes
		}
		n := copy(c.head[c.got:want], p)
		p, c.got = p[n:], c.got+n
		switch {
		case !c.isHTTP2:
			c.isOther = !bytes.HasPrefix([]byte(http2.ClientPreface), c.head[:c.got])
			c.isHTTP2 = !c.isOther && c.got == want
		case c.got == want:
			cost += c.begin()
		}
		if c.got == want {
			c.got = 0
		}
	}
	return cost
}

// begin returns the cost of a frame whose header is complete.
func (c *frameCounter) begin() float64 {
	c.left = int(binary.BigEndian.Uint32(c.head[:]) >> 8)
	size := float64(c.left) / frameBytes
	if http2.FrameType(c.head[3]) == http2.FrameData {
		return 1 - size
	}
	return 1 + size
}

// frameConn counts the frames of a connection. It sits above TLS, below which frames cannot be seen.
type frameConn struct {
	net.Conn
	steady  *steadyConn
	counter frameCounter // of the one goroutine that reads
}

// Read implements net.Conn.
func (c *frameConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if cost := c.counter.count(p[:n]); cost != 0 {
		c.steady.frames.spend(cost)
	}
	return n, err
}

// Write implements net.Conn.
func (c *frameConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.steady.frames.spend(-float64(n) / frameBytes)
	return n, err
}

// CloseWrite is that of the connection below.
func (c *frameConn) CloseWrite() error { return c.steady.CloseWrite() }

// secureFrames is a frameConn over TLS.
type secureFrames struct {
	*frameConn
	secure *tls.Conn
}

// ConnectionState lets net/http see the TLS state.
func (c secureFrames) ConnectionState() tls.ConnectionState { return c.secure.ConnectionState() }
