package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"gateway/configs"
)

// healthCommand is for container health checks, where no shell and no curl is at hand.
func healthCommand(ctx context.Context, std stdio, args []string) error {
	flags := newFlags("health")
	config := flags.String("config", "", "take the address from this configuration `file`")
	address := flags.String("admin", "127.0.0.1:8081", "`address` of the admin listener")
	timeout := flags.Duration("timeout", 3*time.Second, "give up after this `time`")
	if _, err := parse(std, flags, args, 0); err != nil {
		return err
	}
	if *config != "" {
		cfg, err := configs.Load(*config)
		if err != nil {
			return err
		}
		*address = cfg.Admin.Listen
	}
	ctx, cancel := context.WithTimeout(ctx, *timeout)
	defer cancel()
	return askReady(ctx, std, *address)
}

// askReady prints what /readyz answers and fails unless it is 200.
func askReady(ctx context.Context, std stdio, address string) error {
	client, url := adminClient(address)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
	if err != nil {
		return usagef("%q is no address: give HOST:PORT or unix:/path", address)
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("no gateway answers on %s; is it running, and is that its admin address?", address)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	if err != nil {
		return fmt.Errorf("the answer of %s broke off: %w", address, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s says %s: %s", address, resp.Status, strings.TrimSpace(string(text)))
	}
	_, err = fmt.Fprintln(std.out, strings.TrimSpace(string(text)))
	return err
}

// adminClient returns a client that reaches address, a TCP address or unix:/path, without any proxy.
func adminClient(address string) (*http.Client, string) {
	path, unix := strings.CutPrefix(address, "unix:")
	if !unix {
		return &http.Client{Transport: &http.Transport{}}, "http://" + address
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial}}, "http://localhost"
}
