package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"gateway/admin"
	"gateway/configs"
	"gateway/metrics"
	"gateway/proxy"
)

// How a gateway goes down: it first tells callers to come back on another connection, as one that is closed under
// a request in flight is an error for them, then lets what is under way finish.
const (
	announceClose = 300 * time.Millisecond
	gracePeriod   = 30 * time.Second
)

// gateway is one running process: the wiring of all packages.
type gateway struct {
	log     *zap.Logger
	shared  *proxy.Shared // what outlives a reload
	metrics *metrics.Metrics
	ring    *admin.Ring
	config  atomic.Pointer[configs.Config] // the newest that serves
	reloads *reloads
	tls     *tlsSource
	handler live
	callers []net.Listener
	admin   net.Listener
}

// live answers callers with the handler of the newest configuration.
type live struct {
	current  atomic.Pointer[proxy.Handler]
	draining atomic.Bool
}

// ServeHTTP implements http.Handler. One exchange sees one configuration: the pointer is loaded once.
func (l *live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if l.draining.Load() {
		w.Header().Set("Connection", "close")
	}
	l.current.Load().ServeHTTP(w, r)
}

// newGateway builds everything and opens the listeners; on an error nothing is left open. path is where reloads
// read, or "" where cfg comes from no file.
func newGateway(ctx context.Context, cfg *configs.Config, path string, log *zap.Logger) (*gateway, error) {
	g := &gateway{log: log, shared: proxy.NewShared()}
	g.metrics = metrics.New(metrics.Build{Version: version, Revision: revision}, g.shared.Status)
	g.ring = admin.NewRing(ringLimits(cfg.Admin.Keep), nil, g.callersURL)
	g.reloads = &reloads{
		path: path, build: g.build, done: g.reloaded, log: log, requests: make(chan reloadRequest),
	}
	handler, err := g.build(cfg)
	if err != nil {
		return nil, err
	}
	g.handler.current.Store(handler)
	if g.tls, err = newTLS(cfg.TLS, log); err != nil {
		return nil, err
	}
	g.reloaded(cfg, nil)
	return g, g.open(ctx, cfg)
}

// open opens all listeners or none.
func (g *gateway) open(ctx context.Context, cfg *configs.Config) error {
	all, err := listenAll(ctx, append(append([]string(nil), cfg.Listen...), cfg.Admin.Listen))
	if err != nil {
		return err
	}
	last := len(all) - 1
	g.callers, g.admin = all[:last], all[last]
	g.shared.Guard(all...)
	return nil
}

// build composes a handler from a configuration; nothing live is touched but by what the handler is given.
func (g *gateway) build(cfg *configs.Config) (*proxy.Handler, error) {
	return proxy.New(cfg.Settings(), g.shared, g.metrics.Observe, g.ring.Observe, accessLog(g.log))
}

// reloaded notes how reading the configuration went.
func (g *gateway) reloaded(cfg *configs.Config, err error) {
	if err != nil {
		g.metrics.Reloaded(nil, time.Now())
		return
	}
	g.config.Store(cfg)
	settings := cfg.Settings()
	g.metrics.Reloaded(&settings, time.Now())
}

// run serves until ctx ends, then drains. It returns nil after a clean end.
func (g *gateway) run(ctx context.Context) error {
	defer g.shared.Close()
	group, stop := errgroup.WithContext(ctx)
	var servers []*http.Server
	for _, l := range g.callers {
		server := newServer(&g.handler, g.tls.config, g.log)
		servers = append(servers, server)
		group.Go(func() error { return serve(server, l) })
	}
	adminServer := newServer(g.adminHandler(), nil, g.log)
	group.Go(func() error { return serve(adminServer, g.admin) })
	group.Go(func() error { return g.reloads.run(stop, g.handler.current.Store) })
	group.Go(func() error { return g.tls.run(stop) })
	group.Go(func() error { return g.ring.Run(stop) })
	if g.reloads.path != "" {
		group.Go(func() error { return g.reloads.watch(stop) })
	}
	group.Go(func() error {
		<-stop.Done()
		return g.drain(append(servers, adminServer))
	})
	g.log.Info("serving", zap.Strings("listen", addresses(g.callers)), zap.String("admin", g.admin.Addr().String()),
		zap.String("version", version))
	return group.Wait()
}

// serve runs one server until it is shut down.
func serve(server *http.Server, l net.Listener) error {
	serve := server.Serve
	if server.TLSConfig != nil {
		serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
	}
	if err := serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving %s: %w", l.Addr(), err)
	}
	return nil
}

// drain ends the servers, the admin's last so that health checks see what happens.
func (g *gateway) drain(servers []*http.Server) error {
	g.handler.draining.Store(true)
	g.log.Info("draining", zap.Duration("grace_period", gracePeriod))
	wait(announceClose)
	ctx, cancel := context.WithTimeout(context.Background(), gracePeriod)
	defer cancel()
	var errs []error
	for _, server := range servers {
		if err := server.Shutdown(ctx); err != nil {
			errs = append(errs, server.Close())
			g.log.Warn("exchanges were cut at the end of the grace period", zap.Error(err))
		}
	}
	return errors.Join(errs...)
}

// wait pauses for d; nothing can end it early.
func wait(d time.Duration) { <-time.After(d) }

// ready says why callers should not be sent here, or nil.
func (g *gateway) ready() error {
	if g.handler.draining.Load() {
		return errors.New("draining")
	}
	return nil
}

func addresses(listeners []net.Listener) []string {
	out := make([]string, len(listeners))
	for i, l := range listeners {
		out[i] = l.Addr().String()
	}
	return out
}
