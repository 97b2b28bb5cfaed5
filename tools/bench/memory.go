package main

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// idleConnections is how many callers keep a connection that they do not use.
const idleConnections = 5000

// memories measures each proxy in a process that has served nothing yet, then with idle connections, and another one
// under load.
func (b *bench) memories(ctx context.Context, results *table) error {
	var errs []error
	for _, p := range b.proxies {
		for _, measure := range []func(context.Context, proxy, *table) error{measureIdle, b.measureLoaded} {
			fresh, err := b.start(ctx, p.peer)
			if err != nil {
				return err
			}
			if err := measure(ctx, fresh, results); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", p.name, err))
			}
			fresh.stop()
		}
	}
	return errors.Join(errs...)
}

func measureIdle(ctx context.Context, p proxy, results *table) error {
	rest, err := p.residentKiB()
	if err != nil {
		return err
	}
	open, err := openIdle(ctx, p.address)
	defer func() {
		for _, conn := range open {
			conn.Close()
		}
	}()
	if err != nil {
		return err
	}
	held, err := p.residentKiB()
	results.add(p.name, "MiB at rest", float64(rest)/1024)
	results.add(p.name, "KiB per idle connection", float64(held-rest)/idleConnections)
	return err
}

// measureLoaded looks at the end of a load with realistic headers.
func (b *bench) measureLoaded(ctx context.Context, p proxy, results *table) error {
	if _, err := b.load(ctx, p, cell{path: "/real", headers: realistic}); err != nil {
		return err
	}
	held, err := p.residentKiB()
	results.add(p.name, "MiB under load", float64(held)/1024)
	return err
}

// openIdle opens connections, each of which has had an answer.
func openIdle(ctx context.Context, address string) (open []net.Conn, err error) {
	for range idleConnections {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return open, err
		}
		open = append(open, conn)
		if err := newCaller(conn, "/vendor/few").call(); err != nil {
			return open, err
		}
	}
	return open, nil
}
