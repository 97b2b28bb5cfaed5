package main

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

// pollEvery is how often a drain looks at what is left, as net/http does.
const pollEvery = 10 * time.Millisecond

// drain ends the servers. It first tells callers to come back on another connection, as one that is closed under a
// request is an error for them, then lets what is under way finish, streams and upgrades too, until the grace period
// ends. The admin server goes last, so that health checks see what happens; after a hand-over it goes first, as the
// successor answers them.
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
	var ends errgroup.Group
	for _, s := range callers {
		ends.Go(func() error { return s.end(ctx) })
	}
	// Shutdown does not know of upgraded connections: they are exchanges that the handler counts.
	if !poll(ctx, g.handler.idle) {
		g.log.Warn("exchanges are cut at the end of the grace period", zap.Int64("active", g.handler.active.Load()))
		g.cut()
	}
	return ends.Wait()
}

// announce answers with "Connection: close" for a while, or until nobody is connected.
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

// freshPatience is how long a connection may take to its first request and its answer when a server ends.
const freshPatience = 5 * time.Second

// end closes the listener, waits for what is under way, and cuts what is not done when ctx ends. Shutdown would drop the
// first request of a connection that was accepted before, so it comes when there is none.
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

// stopAccepting returns when every connection that was accepted is counted.
func (s *server) stopAccepting() {
	if s.lane != nil {
		s.lane.StopAccepting()
		return
	}
	s.listener.Close()
	<-s.ended
}

// poll waits until done; false if ctx ends first.
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
