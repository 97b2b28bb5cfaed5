package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

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
	log := zap.NewNop()
	if *verbose {
		var err error
		if log, err = newLogger(configs.Log{Level: "info", Format: "console"}); err != nil {
			return err
		}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	d, err := startDemo(ctx, group, log)
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

// startDemo starts the vendors on free ports and the gateway on the default ones, or free ones where those are taken.
func startDemo(ctx context.Context, group *errgroup.Group, log *zap.Logger) (*demo, error) {
	d := &demo{vendors: map[string]string{}}
	for name, vendor := range map[string]http.Handler{
		"accelo": vendortest.Accelo(5000), "akeneo": vendortest.Akeneo(100, 4), "apaleo": vendortest.Apaleo(3500),
	} {
		if err := d.startVendor(ctx, group, name, vendor, log); err != nil {
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
	if d.gateway, err = d.newGateway(ctx, log); err != nil {
		return nil, err
	}
	group.Go(func() error { return d.gateway.run(ctx) })
	return d, nil
}

func (d *demo) startVendor(ctx context.Context, group *errgroup.Group, name string, vendor http.Handler, log *zap.Logger) error {
	l, err := listen(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	var limits proxy.LimitsConfig
	limits.SetDefaults()
	server := newServer(ctx, l, vendor, nil, limits, log)
	d.servers = append(d.servers, server)
	d.vendors[name] = l.Addr().String()
	group.Go(server.run)
	return nil
}

// newGateway uses the default ports if they are free.
func (d *demo) newGateway(ctx context.Context, log *zap.Logger) (*gateway, error) {
	var config strings.Builder
	config.WriteString("upstreams:\n")
	for _, name := range []string{"accelo", "akeneo", "apaleo"} {
		fmt.Fprintf(&config, "  %s: {url: http://%s, profile: %s}\n", name, d.vendors[name], name)
	}
	cfg, err := configs.LoadBytes("demo.yaml", []byte(config.String()))
	if err != nil {
		return nil, err
	}
	g, err := newGateway(ctx, cfg, "", nil, log)
	if err == nil {
		return g, nil
	}
	cfg.Listen, cfg.Admin.Listen = []string{"127.0.0.1:0"}, "127.0.0.1:0"
	return newGateway(ctx, cfg, "", nil, log)
}

// show prints every call of the tour with what the vendor answers and what the gateway makes of it.
func (d *demo) show(ctx context.Context, w io.Writer, once bool) error {
	address := d.gateway.callers[0].Addr().String()
	fmt.Fprintf(w, "The gateway listens on http://%s, its metrics and page are on http://%s.\n", address, d.gateway.admin.Addr())
	fmt.Fprintf(w, "Pretend vendors stand behind it. Each request goes to the vendor itself first, then through the gateway.\n")
	for _, call := range vendortest.Tour() {
		fmt.Fprintf(w, "\n# %s: %s\n", call.Vendor, call.Shows)
		if err := d.showCall(ctx, w, call, d.vendors[call.Vendor], call.Path); err != nil {
			return err
		}
		if err := d.showCall(ctx, w, call, address, "/"+call.Vendor+call.Path); err != nil {
			return err
		}
	}
	if !once {
		fmt.Fprint(w, "\nTry them in another terminal; Ctrl-C ends the demo.\n")
	}
	return nil
}

// showCall prints a curl line and the answer it gets.
func (d *demo) showCall(ctx context.Context, w io.Writer, call vendortest.Call, address, path string) error {
	fmt.Fprintf(w, "$ curl -si%s 'http://%s%s'\n", curlFlags(call), address, path)
	req, err := http.NewRequestWithContext(ctx, call.Method, "http://"+address+path, strings.NewReader(call.Body))
	if err != nil {
		return err
	}
	for _, header := range call.Headers {
		name, value, _ := strings.Cut(header, ": ")
		req.Header.Set(name, value)
	}
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{}).DialContext}}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return printAnswer(w, resp)
}

func curlFlags(call vendortest.Call) string {
	var b strings.Builder
	if call.Method != http.MethodGet {
		b.WriteString(" -X " + call.Method)
	}
	for _, header := range call.Headers {
		fmt.Fprintf(&b, " -H '%s'", header)
	}
	if call.Body != "" {
		fmt.Fprintf(&b, " -d '%s'", call.Body)
	}
	return b.String()
}

// printAnswer prints the status, the telling headers and the body.
func printAnswer(w io.Writer, resp *http.Response) error {
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "HTTP/1.1 %s\n", resp.Status)
	for _, name := range []string{"Content-Type", "Retry-After", "Proxy-Status"} {
		if value := resp.Header.Get(name); value != "" {
			fmt.Fprintf(w, "%s: %s\n", name, value)
		}
	}
	_, err = fmt.Fprintf(w, "%s\n", bytes.TrimSpace(body))
	return err
}
