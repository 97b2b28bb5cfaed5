package main

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// idleConnections is how many callers keep a connection that they do not use.
const idleConnections = 5000

// memories measures each proxy in a process that has served nothing yet, then with idle connections.
func (b *bench) memories(ctx context.Context, results *table) error {
	var errs []error
	for _, p := range b.proxies {
		fresh, err := b.start(ctx, p.peer)
		if err != nil {
			return err
		}
		errs = append(errs, measureMemory(ctx, fresh, results))
		fresh.stop()
	}
	return errors.Join(errs...)
}

func measureMemory(ctx context.Context, p proxy, results *table) error {
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
		return fmt.Errorf("%s: %w", p.name, err)
	}
	held, err := p.residentKiB()
	results.add(p.name, "MiB at rest", float64(rest)/1024)
	results.add(p.name, "KiB per idle connection", float64(held-rest)/idleConnections)
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
