package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"gateway/configs"
	"gateway/proxy"
	"gateway/vendortest"
)

// demo is the gateway and three pretend vendors in one process.
type demo struct {
	vendors map[string]string // their addresses
	servers []*server
	gateway *gateway
}

// demoCommand serves until it is interrupted, or with --once until the requests are shown.
func demoCommand(ctx context.Context, std stdio, args []string) error {
	flags := newFlags("demo")
	once := flags.Bool("once", false, "show the requests and end")
	verbose := flags.Bool("log", false, "write the log to standard error")
	if _, err := parse(std, flags, args, 0); err != nil {
		return err
	}
	shared, log := proxy.NewShared(), zap.NewNop()
	if *verbose {
		var err error
		if log, err = newLogger(configs.Log{Level: "info", Format: "console"}, shared.Secrets(), std.err); err != nil {
			return err
		}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	d, err := startDemo(ctx, group, shared, log)
	if err != nil {
		return err
	}
	group.Go(func() error {
		if *once {
			defer stop()
		}
		return d.show(ctx, std.out, *once)
	})
	return group.Wait()
}

// demoPorts are the vendors' usual ports. They are used when they are free, so that curl lines of an earlier run still
// work.
var demoPorts = []struct{ vendor, address string }{
	{"accelo", "127.0.0.1:8091"}, {"akeneo", "127.0.0.1:8092"}, {"apaleo", "127.0.0.1:8093"},
}

// startDemo starts the vendors and the gateway on their usual ports, or on free ones where those are taken.
func startDemo(ctx context.Context, group *errgroup.Group, shared *proxy.Shared, log *zap.Logger) (*demo, error) {
	d := &demo{vendors: map[string]string{}}
	vendors := map[string]http.Handler{
		"accelo": vendortest.Accelo(5000), "akeneo": vendortest.Akeneo(100, 4), "apaleo": vendortest.Apaleo(3500),
	}
	for _, at := range demoPorts {
		if err := d.startVendor(ctx, group, at.vendor, vendors[at.vendor], at.address, log); err != nil {
			return nil, err
		}
	}
	group.Go(func() error {
		<-ctx.Done()
		var errs []error
		for _, server := range d.servers {
			errs = append(errs, server.Close())
		}
		return errors.Join(errs...)
	})
	var err error
	if d.gateway, err = d.newGateway(ctx, shared, log); err != nil {
		return nil, err
	}
	group.Go(func() error { return d.gateway.run(ctx) })
	return d, nil
}

func (d *demo) startVendor(ctx context.Context, group *errgroup.Group, name string, vendor http.Handler, address string, log *zap.Logger) error {
	l, err := listen(ctx, address)
	if err != nil {
		l, err = listen(ctx, "127.0.0.1:0")
	}
	if err != nil {
		return err
	}
	var limits proxy.LimitsConfig
	limits.SetDefaults()
	server := newServer(ctx, l, serving{handler: vendor, limits: limits, log: log})
	d.servers = append(d.servers, server)
	d.vendors[name] = l.Addr().String()
	group.Go(server.run)
	return nil
}

// keyless is a second upstream to Akeneo: the gateway logs in with the grant that Akeneo expects, and apps hold no key.
const keyless, keylessUpstream = "akeneo-keyless", `  %s:
    url: http://%[2]s
    profile: akeneo
    credentials:
      oauth2: {grant: password, token_url: "http://%[2]s/api/oauth/v1/token", client_id: demo, client_secret: demo-secret,
        username: gateway, password: demo-password}
`

// newGateway uses the default ports if they are free.
func (d *demo) newGateway(ctx context.Context, shared *proxy.Shared, log *zap.Logger) (*gateway, error) {
	var config strings.Builder
	config.WriteString("upstreams:\n")
	for name, address := range d.vendors {
		fmt.Fprintf(&config, "  %s: {url: http://%s, profile: %s}\n", name, address, name)
	}
	fmt.Fprintf(&config, keylessUpstream, keyless, d.vendors["akeneo"])
	d.vendors[keyless] = d.vendors["akeneo"]
	cfg, err := configs.LoadBytes("demo.yaml", []byte(config.String()))
	if err != nil {
		return nil, err
	}
	g, err := newGateway(ctx, cfg, nil, shared, nil, log)
	if err == nil {
		return g, nil
	}
	cfg.Listen, cfg.Admin.Listen = []string{"127.0.0.1:0"}, "127.0.0.1:0"
	return newGateway(ctx, cfg, nil, shared, nil, log)
}
