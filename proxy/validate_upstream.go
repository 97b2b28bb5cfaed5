package proxy

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"gateway/credentials"
)

// Defaults of an upstream's timeouts.
const (
	defaultConnect   = 5 * time.Second
	defaultHeader    = 30 * time.Second
	defaultErrorBody = 5 * time.Second
	defaultTotal     = 60 * time.Second
	defaultIdle      = 90 * time.Second
)

// SetDefaults fills what the entry leaves out.
func (c *UpstreamConfig) SetDefaults() {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.Timeouts.Connect, defaultConnect},
		{&c.Timeouts.Header, defaultHeader},
		{&c.Timeouts.ErrorBody, defaultErrorBody},
		{&c.Timeouts.Total, defaultTotal},
		{&c.Timeouts.Idle, defaultIdle},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	for field, value := range map[*string]string{&c.Status: "upstream", &c.ErrorsInSuccess: "profile", &c.Batch: "pass", &c.Transport: "fast"} {
		if *field == "" {
			*field = value
		}
	}
}

// Validate checks an entry of the upstreams section.
func (c UpstreamConfig) Validate() error {
	errs := []error{
		c.checkURL(), c.checkProxy(),
		OneOf("status", c.Status, "upstream", "canonical"),
		OneOf("errors_in_success", c.ErrorsInSuccess, "profile", "auto", "off"),
		OneOf("batch", c.Batch, "pass", "problems"),
		OneOf("transport", c.Transport, "std", "fast"),
		c.Timeouts.check(), c.Headers.check(), c.TLS.check(),
		prefixed("throttle.", c.Throttle.Validate()),
		prefixed("retry.", c.Retry.Validate()),
		prefixed("breaker.", c.Breaker.Validate()),
		prefixed("credentials", credentials.ValidateAll(c.Credentials)),
	}
	for i, host := range c.Hosts {
		if u, err := url.Parse("http://" + host); err != nil || u.Host != host || hostName(host) != strings.ToLower(host) || strings.Contains(host, "*") {
			errs = append(errs, fmt.Errorf("hosts[%d]: %q is no host name; write it alone, as in api.internal: every port of it is meant", i, host))
		}
	}
	return errors.Join(errs...)
}

func (c UpstreamConfig) checkURL() error {
	u, err := url.Parse(c.URL)
	switch {
	case c.URL == "":
		return errors.New("url: say where the upstream is, as in https://api.example.com")
	case err != nil:
		return errors.New("url: cannot be read as a URL; write it as in https://api.example.com")
	case u.User != nil:
		return errors.New("url: must not hold a user and password; use credentials: {basic: …}")
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("url: %q needs to begin with https:// or http://", c.URL)
	case u.Hostname() == "":
		return fmt.Errorf("url: %q names no host; write it as in https://api.example.com", c.URL)
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("url: takes a base path but no query or fragment; use credentials: {query: …} for a key")
	}
	return nil
}

// checkProxy never shows the URL, which may hold a password.
func (c UpstreamConfig) checkProxy() error {
	u, err := url.Parse(c.Proxy.Reveal())
	known := err == nil && (u.Scheme == "http" || u.Scheme == "https" || isSOCKS(u))
	if c.Proxy != "" && (!known || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "") {
		return errors.New("proxy: needs the URL of a forward proxy, as in http://proxy.internal:3128 or socks5://proxy.internal:1080, perhaps with user:password@ before the host")
	}
	return nil
}

func (t Timeouts) check() error {
	var errs []error
	for _, each := range []struct {
		name string
		span time.Duration
	}{{"connect", t.Connect}, {"header", t.Header}, {"error_body", t.ErrorBody}, {"total", t.Total}, {"idle", t.Idle}} {
		if each.span < 0 {
			errs = append(errs, fmt.Errorf("timeouts.%s: must be > 0", each.name))
		}
	}
	return errors.Join(errs...)
}

func (h HeadersConfig) check() error {
	var errs []error
	for name, value := range h.Set {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			errs = append(errs, fmt.Errorf("headers.set.%s: is no valid header", name))
		}
		if isHopHeader(name) {
			errs = append(errs, fmt.Errorf("headers.set.%s: belongs to one connection and cannot be set", name))
		}
	}
	for i, name := range h.Remove {
		if !httpguts.ValidHeaderFieldName(name) {
			errs = append(errs, fmt.Errorf("headers.remove[%d]: %q is no header name", i, name))
		}
	}
	return errors.Join(errs...)
}

// hopHeaders belong to a single connection (RFC 9110, section 7.6.1).
var hopHeaders = []string{"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

func isHopHeader(name string) bool {
	return slices.Contains(slices.Concat(hopHeaders, []string{"Content-Length", "Host"}), http.CanonicalHeaderKey(name))
}

// check refuses files that cannot be read: a missing authority must never mean that all authorities are trusted.
func (t UpstreamTLS) check() error {
	var errs []error
	for name, file := range map[string]string{"ca": t.CA, "cert": t.Cert, "key": t.Key} {
		if file == "" {
			continue
		}
		if _, err := os.ReadFile(file); err != nil {
			errs = append(errs, fmt.Errorf("tls.%s: %w", name, err))
		}
	}
	if (t.Cert == "") != (t.Key == "") {
		errs = append(errs, errors.New("tls.cert: a client certificate needs both cert and key"))
	}
	return errors.Join(errs...)
}
