package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"gateway/admin"
	"gateway/configs"
	"gateway/metrics"
	"gateway/proxy"
	"gateway/ratelimit"
	"gateway/traces"
)

// gateway is one running process: the wiring of all packages.
type gateway struct {
	log         *zap.Logger
	shared      *proxy.Shared // what outlives a reload
	metrics     *metrics.Metrics
	ring        *admin.Ring
	traces      *traces.Exporter               // nil: none are written
	config      atomic.Pointer[configs.Config] // the newest that serves
	quota       *ratelimit.Redis               // where quotas are counted with other gateways; nil: here
	reloads     *reloads
	tls         *tlsSource
	handler     live
	cfg         *configs.Config // as it was at the start
	callers     []listener
	admin       listener
	isSuccessor bool                    // a predecessor waits until this process serves
	base        context.Context         // of all requests of callers
	cut         context.CancelCauseFunc // ends base
}

// live answers callers with the handler of the newest configuration.
type live struct {
	current  atomic.Pointer[proxy.Handler]
	draining atomic.Bool
	active   atomic.Int64 // exchanges under way, upgraded ones too
}

// idle tells whether no exchange is under way.
func (l *live) idle() bool { return l.active.Load() == 0 }

// ServeHTTP implements http.Handler. One exchange sees one configuration: the pointer is loaded once.
func (l *live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.active.Add(1)
	defer l.active.Add(-1)
	if l.draining.Load() {
		w.Header().Set("Connection", "close")
	}
	l.current.Load().ServeHTTP(w, r)
}

// RefuseConnection implements refuser.
func (l *live) RefuseConnection(w http.ResponseWriter, remote string) {
	l.current.Load().RefuseConnection(w, remote)
}

// RefuseSlowHead implements refuser.
func (l *live) RefuseSlowHead(w http.ResponseWriter, remote string) {
	l.current.Load().RefuseSlowHead(w, remote)
}

// RefuseUnreadable implements refuser.
func (l *live) RefuseUnreadable(w http.ResponseWriter, remote string, code int, why string) {
	l.current.Load().RefuseUnreadable(w, remote, code, why)
}

// newGateway builds everything and opens all listeners that are not inherited. On an error nothing is left open. file is
// what reloads read; nil if cfg does not come from a file. No secret of shared may reach the log.
func newGateway(ctx context.Context, cfg *configs.Config, file *watchedFile, shared *proxy.Shared, inherited *sockets, log *zap.Logger) (*gateway, error) {
	g := &gateway{log: log, cfg: cfg, shared: shared}
	g.base, g.cut = context.WithCancelCause(context.WithoutCancel(ctx))
	g.metrics = metrics.New(metrics.Config{Version: version, Revision: revision, NativeHistograms: cfg.Metrics.NativeHistograms}, g.shared.Status)
	g.ring = admin.NewRing(ringLimits(cfg.Admin.Keep), shared.Secrets().String, g.callersURL)
	g.traces = newTraces(cfg.Traces, log)
	g.reloads = &reloads{
		file: file, build: g.build, done: g.reloaded, log: log, requests: make(chan reloadRequest),
	}
	var err error
	if g.quota, err = newQuotaStore(cfg.Quota, g.metrics, log); err != nil {
		return nil, fmt.Errorf("quota.url: %w", err)
	}
	g.shared.CountWith(g.quota)
	secrets, err := g.shareSecrets(cfg.Quota)
	if err != nil {
		return nil, err
	}
	handler, err := g.build(cfg)
	if err != nil {
		return nil, err
	}
	g.handler.current.Store(handler)
	if g.tls, err = newTLS(cfg.TLS, secrets, log); err != nil {
		return nil, err
	}
	g.metrics.ShowCertificates(g.tls.expiries)
	g.reloaded(cfg, nil)
	return g, g.open(ctx, inherited)
}

// open opens all listeners or none.
func (g *gateway) open(ctx context.Context, inherited *sockets) error {
	all, err := listenAll(ctx, append(slices.Clone(g.cfg.Listen), g.cfg.Admin.Listen), inherited)
	if err != nil {
		return err
	}
	last := len(all) - 1
	g.callers, g.admin = all[:last], all[last]
	for _, l := range all {
		g.shared.Guard(l)
	}
	return inherited.closeRest(g.log)
}

// build composes a handler from a configuration. It changes nothing that is live, apart from what proxy.New adopts.
func (g *gateway) build(cfg *configs.Config) (*proxy.Handler, error) {
	settings := cfg.Settings()
	settings.Traces.Enabled = g.traces != nil
	return proxy.New(settings, g.shared, g.observers()...)
}

// observers are called with every exchange.
func (g *gateway) observers() []proxy.Observer {
	all := []proxy.Observer{g.metrics.Observe, g.ring.Observe, accessLog(g.log, g.shared.Secrets())}
	if g.traces != nil {
		all = append(all, g.traces.Observe)
	}
	return all
}

// reloaded records whether the configuration could be loaded, and tells what of it only a restart would change.
func (g *gateway) reloaded(cfg *configs.Config, err error) {
	if err != nil {
		g.metrics.Reloaded(nil, time.Now())
		return
	}
	g.config.Store(cfg)
	if changed := cfg.NeedRestart(g.cfg); len(changed) > 0 {
		g.log.Warn("the configuration has changes that need a restart, or a hand-over (SIGUSR2)", zap.Strings("changed", changed))
	}
	settings := cfg.Settings()
	g.metrics.Reloaded(&settings, time.Now())
}

// run serves until ctx ends or a successor serves, then drains. It returns nil after a clean end.
func (g *gateway) run(ctx context.Context) error {
	defer g.shared.Close()
	defer g.cut(nil)
	// A signal that comes before anybody listens for it would end the process.
	upgrades := make(chan os.Signal, 1)
	signal.Notify(upgrades, syscall.SIGUSR2)
	defer signal.Stop(upgrades)
	hangups := make(chan os.Signal, 1) // to the end: in a drain nothing is reloaded, and nothing is cut either
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	ctx, leave := context.WithCancel(ctx)
	group, stop := errgroup.WithContext(ctx)
	callers, admin := g.servers()
	for _, s := range append(slices.Clone(callers), admin) {
		group.Go(s.run)
	}
	group.Go(func() error { return g.reloads.run(stop, hangups, g.handler.current.Store) })
	group.Go(func() error { return g.tls.run(stop) })
	group.Go(func() error { return g.ring.Run(stop) })
	if g.reloads.file != nil {
		group.Go(func() error { return g.reloads.watch(stop) })
		group.Go(func() error { return g.reloads.watchSecrets(stop, g.config.Load) })
	}
	drained, done := context.WithCancel(context.WithoutCancel(ctx))
	if g.traces != nil {
		group.Go(func() error { return g.traces.Run(drained) }) // the last exchanges too
	}
	group.Go(func() error { return g.runQuotaStore(drained) })
	group.Go(func() error {
		defer done()
		defer leave()
		return g.drain(callers, admin, g.handOvers(stop, upgrades))
	})
	g.log.Info("serving", zap.Strings("listen", addresses(g.callers)), zap.String("admin", g.admin.Addr().String()),
		zap.String("version", version))
	return errors.Join(announceReady(g.isSuccessor), group.Wait())
}

// servers returns the callers' servers and the admin server. The admin server's event streams end with it.
func (g *gateway) servers() (callers []*server, admin *server) {
	for _, l := range g.callers {
		callers = append(callers, newServer(g.base, l, serving{
			handler: &g.handler, tls: g.tls.config, h2c: g.cfg.H2C, fast: g.cfg.Server == "fast", limits: g.cfg.Limits, log: g.log,
		}))
	}
	base, cancel := context.WithCancel(g.base)
	admin = newServer(base, g.admin, serving{handler: g.adminHandler(), limits: g.cfg.Limits, log: g.log})
	admin.RegisterOnShutdown(cancel)
	return callers, admin
}

// ready returns why no traffic should be sent to this gateway; nil if it is ready.
func (g *gateway) ready() error {
	if g.handler.draining.Load() {
		return errors.New("draining")
	}
	return nil
}

func addresses(listeners []listener) []string {
	out := make([]string, len(listeners))
	for i, l := range listeners {
		out[i] = l.Addr().String()
	}
	return out
}
