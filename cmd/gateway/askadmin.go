package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"gateway/configs"
)

// maxAdminAnswer is how much of an answer of the admin listener is read.
const maxAdminAnswer = 1 << 20

// adminFlags say which running gateway to ask.
type adminFlags struct {
	config, address *string
	timeout         *time.Duration
}

func addAdminFlags(flags *flag.FlagSet) adminFlags {
	return adminFlags{
		flags.String("config", "", "take the address from this configuration `file`"),
		flags.String("admin", "127.0.0.1:8081", "`address` of the admin listener: HOST:PORT, http://HOST:PORT or unix:/path"),
		flags.Duration("timeout", 3*time.Second, "give up after this `time`"),
	}
}

// ask returns what a running gateway answers; anything but 200 is an error.
func (f adminFlags) ask(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	address := *f.address
	if *f.config != "" {
		cfg, err := configs.Load(*f.config)
		if err != nil {
			return nil, err
		}
		address = cfg.Admin.Listen
	}
	ctx, cancel := context.WithTimeout(ctx, *f.timeout)
	defer cancel()
	client, url := adminClient(address)
	req, err := http.NewRequestWithContext(ctx, method, url+path, bytes.NewReader(body))
	if err != nil {
		return nil, usagef("%q is no address: give HOST:PORT, http://HOST:PORT or unix:/path", address)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no gateway answers on %s; is it running, and is that its admin address?", address)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAdminAnswer))
	if err != nil {
		return nil, fmt.Errorf("the answer of %s broke off: %w", address, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s says %s: %s", address, resp.Status, sentenceOf(answer))
	}
	return answer, nil
}

// sentenceOf is what an answer that is no success says: the API puts it into JSON, other paths do not.
func sentenceOf(answer []byte) string {
	var wrapped struct{ Error string }
	if json.Unmarshal(answer, &wrapped) == nil && wrapped.Error != "" {
		return wrapped.Error
	}
	return strings.TrimSpace(string(answer))
}

// adminClient returns a client that reaches address, a TCP address, its URL or unix:/path, without any proxy.
func adminClient(address string) (*http.Client, string) {
	path, unix := strings.CutPrefix(address, "unix:")
	if !unix {
		return &http.Client{Transport: &http.Transport{}}, "http://" + strings.TrimSuffix(strings.TrimPrefix(address, "http://"), "/")
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial}}, "http://localhost"
}
