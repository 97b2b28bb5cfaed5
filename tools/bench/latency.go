package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	rate    = 500 // requests a second, sent when they are due whether or not others were answered
	callers = 16  // connections that take turns
)

// latencies measures what a caller waits at a constant rate, in microseconds from when a request is due.
func (b *bench) latencies(ctx context.Context, results *table) error {
	for range b.rounds {
		for _, p := range append([]proxy{b.upstream}, b.proxies...) {
			path := "/vendor/real"
			if p.name == noProxy {
				path = "/real"
			}
			waits, err := openLoop(ctx, p.address, path, b.span)
			if err != nil {
				return fmt.Errorf("%s at %d a second: %w", p.name, rate, err)
			}
			slices.Sort(waits)
			results.add(p.name, "p50 µs", float64(waits[len(waits)/2].Microseconds()))
			results.add(p.name, "p99 µs", float64(waits[len(waits)*99/100].Microseconds()))
		}
	}
	return nil
}

// openLoop sends at the rate for a while and returns how long each request took.
func openLoop(ctx context.Context, address, path string, span time.Duration) (waits []time.Duration, err error) {
	var (
		group sync.WaitGroup
		mu    sync.Mutex // guards waits and err
		begin = time.Now().Add(100 * time.Millisecond)
	)
	for first := range callers {
		conn, dialErr := new(net.Dialer).DialContext(ctx, "tcp", address)
		if dialErr != nil {
			return nil, dialErr
		}
		defer conn.Close()
		group.Go(func() {
			own, callErr := newCaller(conn, path, realistic...).callAt(begin, first, span)
			mu.Lock()
			defer mu.Unlock()
			waits = append(waits, own...)
			if err == nil {
				err = callErr
			}
		})
	}
	group.Wait()
	return waits, err
}

// caller sends the same request on one connection again and again.
type caller struct {
	conn    net.Conn
	request []byte
	answers *bufio.Reader
}

func newCaller(conn net.Conn, path string, headers ...string) *caller {
	var request strings.Builder
	request.WriteString("GET " + path + " HTTP/1.1\r\nHost: " + conn.RemoteAddr().String() + "\r\n")
	for _, header := range headers {
		request.WriteString(header + "\r\n")
	}
	return &caller{conn, []byte(request.String() + "\r\n"), bufio.NewReader(conn)}
}

// callAt sends every so manyth request of the rate, when it is due.
func (c *caller) callAt(begin time.Time, first int, span time.Duration) (waits []time.Duration, err error) {
	const each = time.Second / rate
	for due := begin.Add(time.Duration(first) * each); due.Before(begin.Add(span)); due = due.Add(callers * each) {
		from := due // where the last answer came too late, the wait for it counts
		if early := time.Until(due); early > 0 {
			<-time.After(early)
			from = time.Now() // the clock's own lateness does not
		}
		if err := c.call(); err != nil {
			return waits, err
		}
		waits = append(waits, time.Since(from))
	}
	return waits, nil
}

// call sends one request and reads its answer.
func (c *caller) call() error {
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	resp, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer is %s", resp.Status)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
