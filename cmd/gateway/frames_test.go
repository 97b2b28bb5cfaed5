package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"golang.org/x/net/http2"
	"pgregory.net/rapid"
)

// TestFramesCostTheSameHoweverTheyArrive: in one piece or byte for byte; what is not HTTP/2 costs nothing.
func TestFramesCostTheSameHoweverTheyArrive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var wire bytes.Buffer
		want := 0.0
		if rapid.Bool().Draw(t, "HTTP/2") {
			wire.WriteString(http2.ClientPreface)
		} else {
			wire.WriteString("POST / HTTP/1.1\r\nHost: gateway\r\n\r\n")
		}
		framer := http2.NewFramer(&wire, nil)
		framer.AllowIllegalWrites = true
		isHTTP2 := wire.Bytes()[1] == 'R'
		for range rapid.IntRange(0, 20).Draw(t, "frames") {
			kind := rapid.SampledFrom([]http2.FrameType{http2.FrameData, http2.FrameHeaders, http2.FramePing, 77}).Draw(t, "kind")
			size := rapid.SampledFrom([]int{0, 1, 8, 1024, 16384}).Draw(t, "size")
			_ = framer.WriteRawFrame(kind, 0, 1, make([]byte, size)) // a buffer takes all
			switch {
			case isHTTP2 && kind == http2.FrameData:
				want += 1 - float64(size)/1024
			case isHTTP2:
				want += 1 + float64(size)/1024
			}
		}
		var c frameCounter
		got := 0.0
		for wire.Len() > 0 {
			got += c.count(wire.Next(rapid.IntRange(1, 20000).Draw(t, "piece")))
		}
		if got != want {
			t.Fatalf("it costs %v, not %v", got, want)
		}
	})
}

// framedCaller is a caller on a connection of which the frames are counted.
type framedCaller struct {
	net.Conn
	*http2.Framer
	server *frameConn
	reader *http2.Framer // of the server
}

func newFramedCaller(t *testing.T) *framedCaller {
	t.Helper()
	server, client := net.Pipe()
	steady := newSteadyConn(server, zap.NewNop())
	c := &framedCaller{Conn: client, Framer: http2.NewFramer(client, nil), server: &frameConn{Conn: steady, steady: steady}}
	c.reader = http2.NewFramer(nil, c.server)
	c.reader.AllowIllegalReads = true
	t.Cleanup(func() { c.server.Close() })
	return c
}

// read takes frames until the connection ends, as net/http does, and returns how many.
func (c *framedCaller) read() (frames int) {
	if _, err := io.ReadFull(c.server, make([]byte, len(http2.ClientPreface))); err != nil {
		return 0
	}
	for {
		if _, err := c.reader.ReadFrame(); err != nil && !errors.As(err, new(http2.StreamError)) {
			return frames
		}
		frames++
	}
}

// TestFloodsOfFramesAreReadSlowly is trap 80: of as many as can be sent in ten seconds no more are read than the budget
// has, whatever they are.
func TestFloodsOfFramesAreReadSlowly(t *testing.T) {
	const seconds = 10
	for name, send := range map[string]func(*framedCaller) error{
		"PING":           func(c *framedCaller) error { return c.WritePing(false, [8]byte{}) },
		"SETTINGS":       func(c *framedCaller) error { return c.WriteSettings() },
		"empty DATA":     func(c *framedCaller) error { return c.WriteData(1, false, nil) },
		"a byte of DATA": func(c *framedCaller) error { return c.WriteData(1, false, []byte("x")) },
		"WINDOW_UPDATE":  func(c *framedCaller) error { return c.WriteWindowUpdate(0, 1) },
		"RST_STREAM":     func(c *framedCaller) error { return c.WriteRSTStream(1, http2.ErrCodeCancel) },
		"HEADERS that are no request": func(c *framedCaller) error {
			return c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, BlockFragment: []byte{}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newFramedCaller(t)
				time.AfterFunc(seconds*time.Second, func() { c.server.Close() })
				go func() {
					defer c.Close()
					_, err := io.WriteString(c, http2.ClientPreface)
					for n := 0; n < 10*seconds*framesEach && err == nil; n++ {
						err = send(c)
					}
				}()
				if n, most := c.read(), framesAtOnce+(seconds+1)*framesEach; n > most || n < framesEach {
					t.Errorf("%d frames were read in %d seconds, of %d", n, seconds, most)
				}
			})
		})
	}
}

// TestHonestFramesAreReadAtOnce: downloads with their window updates, uploads and many requests take no time at all on a
// fake clock, which stands still unless somebody waits.
func TestHonestFramesAreReadAtOnce(t *testing.T) {
	for name, send := range map[string]func(*framedCaller) error{
		"a download": func(c *framedCaller) error {
			_, err := c.server.Write(make([]byte, 4<<10))
			return errors.Join(err, c.WriteWindowUpdate(0, 4<<10), c.WriteWindowUpdate(1, 4<<10))
		},
		"an upload": func(c *framedCaller) error { return c.WriteData(1, false, make([]byte, 16<<10)) },
		"requests": func(c *framedCaller) error {
			c.server.steady.begin()
			block := []byte(strings.Repeat("x", 200))
			return errors.Join(c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, BlockFragment: block}), c.WriteWindowUpdate(0, 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, start := newFramedCaller(t), time.Now()
				go func() { _, _ = io.Copy(io.Discard, c) }() // the answers
				go func() {
					defer c.Close()
					_, err := io.WriteString(c, http2.ClientPreface)
					for n := 0; n < 20*framesAtOnce && err == nil; n++ {
						err = send(c)
					}
				}()
				if n := c.read(); n < 10*framesAtOnce || time.Since(start) > 0 {
					t.Errorf("%d frames took %s", n, time.Since(start))
				}
			})
		})
	}
}
