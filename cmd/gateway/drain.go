package main

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

// pollEvery is how often a drain checks what is left; net/http uses a similar interval.
const pollEvery = 10 * time.Millisecond

// cutPatience is how long exchanges may take to end after they were cut. Their connections are cut only then, as it would
// seem otherwise that the callers had left.
const cutPatience = 200 * time.Millisecond

// errGraceOver is why exchanges are cut.
var errGraceOver = errors.New("the gateway stops, and drain.grace is over")

// drain ends the servers. First it asks callers to reconnect, because a connection that is closed under a request is an
// error for them. Then it lets exchanges finish, streams and upgrades included, until the grace period ends. The admin
// server stops last, so that health checks see the drain. After a hand-over it stops first, because the successor answers
// health checks.
func (g *gateway) drain(callers []*server, admin *server, handedOver bool) error {
	g.handler.draining.Store(true)
	g.ring.Hangup()
	g.log.Info("draining", zap.Duration("announce", *g.cfg.Drain.Announce), zap.Duration("grace", *g.cfg.Drain.Grace))
	defer func(start time.Time) { g.log.Info("drained", zap.Duration("took", time.Since(start))) }(time.Now())
	ctx, cancel := context.WithTimeout(context.Background(), *g.cfg.Drain.Grace)
	defer cancel()
	if handedOver {
		return errors.Join(admin.end(ctx), g.drainCallers(ctx, callers))
	}
	return errors.Join(g.drainCallers(ctx, callers), admin.end(ctx))
}

func (g *gateway) drainCallers(ctx context.Context, callers []*server) error {
	g.announce(ctx, callers)
	graceOver, _ := ctx.Deadline()
	connections, cancel := context.WithDeadline(context.WithoutCancel(ctx), graceOver.Add(cutPatience))
	defer cancel()
	var ends errgroup.Group
	for _, s := range callers {
		ends.Go(func() error { return s.end(connections) })
	}
	// Shutdown does not know of upgraded connections: they are exchanges that the handler counts.
	if !poll(ctx, g.handler.idle) {
		g.log.Warn("exchanges are cut at the end of the grace period", zap.Int64("active", g.handler.active.Load()))
		g.cut(errGraceOver)
	}
	return ends.Wait()
}

// announce answers with "Connection: close" for a while, or until no caller is connected.
func (g *gateway) announce(ctx context.Context, callers []*server) {
	ctx, cancel := context.WithTimeout(ctx, *g.cfg.Drain.Announce)
	defer cancel()
	poll(ctx, func() bool {
		for _, s := range callers {
			if s.open.Load() > 0 {
				return false
			}
		}
		return g.handler.idle()
	})
}

// freshPatience is how long a new connection may take for its first request and answer when a server ends.
const freshPatience = 5 * time.Second

// end closes the listener, waits for running requests, and cuts those that are not done when ctx ends. Shutdown would drop
// the first request of a connection that was just accepted, so it is called only when no such connection is left.
func (s *server) end(ctx context.Context) error {
	s.ending.Store(true)
	s.stopAccepting()
	wait, cancel := context.WithTimeout(ctx, freshPatience)
	defer cancel()
	poll(wait, s.hasNoFresh)
	err := s.Shutdown(ctx)
	if s.lane != nil {
		err = errors.Join(err, s.lane.Wait(ctx))
	}
	if err != nil {
		return s.Close()
	}
	return nil
}

// stopAccepting returns when every accepted connection has been counted.
func (s *server) stopAccepting() {
	if s.lane != nil {
		s.lane.StopAccepting()
		return
	}
	s.listener.Close()
	<-s.ended
}

// poll waits until done reports true. It returns false if ctx ends first.
func poll(ctx context.Context, done func() bool) bool {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			return done()
		case <-ticker.C:
		}
	}
	return true
}
