package configs

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gateway/proxy"
	"gateway/ratelimit"
	"gateway/vault"
)

// validate reports what is wrong with values that could be read.
func (c *Config) validate(d *decoder) {
	if len(c.Upstreams) == 0 {
		d.locate("upstreams", errors.New("needs at least one entry, as in akeneo: {url: https://demo.akeneo.com, profile: akeneo}"))
	}
	d.locate("", c.validateListeners())
	d.locate("", proxy.OneOf("server", c.Server, "fast", "std"))
	d.locate("admin", c.Admin.Keep.validate())
	d.locate("problems", c.Problems.Validate())
	d.locate("consumers", c.Consumers.Validate())
	if c.Consumers.Identify == "mtls" && c.TLS.ClientCA == "" {
		d.locate("consumers", errors.New("identify: mtls needs tls.client_ca, whose authorities vouch for callers"))
	}
	d.locate("log", c.Log.validate())
	d.locate("traces", c.Traces.validate())
	d.locate("tls", c.TLS.validate())
	if c.TLS.Storage == SharedStorage && len(c.Quota.SealKeys) == 0 {
		d.locate("tls", errors.New("storage: redis needs quota.store: redis and quota.seal_keys, which seal private keys; a folder of that name is ./redis"))
	}
	d.locate("quota", c.Quota.validate())
	d.locate("limits", c.Limits.Validate())
	d.locate("drain", c.Drain.validate())
	for _, name := range sortedNames(c.Upstreams) {
		path := "upstreams." + name
		if !upstreamName.MatchString(name) {
			d.locate(path, errors.New("the name becomes a path prefix and a metric's label: use a-z, 0-9, - and _, beginning with a letter or digit"))
		}
		d.locate(path, c.Upstreams[name].Validate())
		d.locate(path, c.knownConsumers(c.Upstreams[name]))
	}
	d.locate("", uniqueHosts(c.Upstreams))
}

// knownConsumers reports credentials for a consumer that no caller can be.
func (c *Config) knownConsumers(u proxy.UpstreamConfig) error {
	var errs []error
	for i, each := range u.Credentials {
		_, weighed := c.Consumers.Weights[each.Consumer]
		_, keyed := c.Consumers.Keys[each.Consumer]
		if !weighed && !keyed && each.Consumer != "" && each.Consumer != "_other" {
			errs = append(errs, fmt.Errorf("credentials[%d].consumer: %q is not in consumers.weights, so nobody is taken for it; add it there", i, each.Consumer))
		}
	}
	return errors.Join(errs...)
}

var upstreamName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// validateListeners checks all addresses, and that the admin's is not one of the callers'.
func (c *Config) validateListeners() error {
	var errs []error
	for i, address := range c.Listen {
		if err := checkAddress(address); err != nil {
			errs = append(errs, fmt.Errorf("listen[%d]: %w", i, err))
		}
		if slices.Index(c.Listen, address) < i && !strings.HasSuffix(address, ":0") {
			errs = append(errs, fmt.Errorf("listen[%d]: %s is listed twice; leave one of them out", i, address))
		}
		if address == c.Admin.Listen && !strings.HasSuffix(address, ":0") {
			errs = append(errs, fmt.Errorf("admin.listen: %s is the callers' address too; metrics and the page need one of their own", address))
		}
	}
	if err := checkAddress(c.Admin.Listen); err != nil {
		errs = append(errs, fmt.Errorf("admin.listen: %w", err))
	}
	return errors.Join(errs...)
}

func checkAddress(address string) error {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		if !strings.HasPrefix(path, "/") {
			return fmt.Errorf("%q: a socket needs an absolute path, as in unix:/run/gateway.sock", address)
		}
		return nil
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q is no address; write HOST:PORT, as in 127.0.0.1:8080, or unix:/path", address)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("%q: a port is a number from 0 to 65535", address)
	}
	return nil
}

func (l Log) validate() error {
	return errors.Join(
		proxy.OneOf("level", l.Level, "debug", "info", "warn", "error"),
		proxy.OneOf("format", l.Format, "json", "console"),
	)
}

func (d Drain) validate() error {
	if *d.Announce < 0 || *d.Grace < *d.Announce {
		return fmt.Errorf("grace: is the whole time for going down and must be at least announce, %s", *d.Announce)
	}
	return nil
}

func (q Quota) validate() error {
	errs := []error{proxy.OneOf("store", q.Store, "memory", "redis")}
	if q.Gateways < 0 {
		errs = append(errs, errors.New("gateways: must be > 0; leave it out where they find each other before the store fails"))
	}
	switch {
	case q.Store == "redis":
		if err := ratelimit.CheckRedisURL(q.URL.Reveal()); err != nil {
			errs = append(errs, fmt.Errorf("url: %w", err))
		}
	case q.URL != "":
		errs = append(errs, errors.New("url: is only used with store: redis"))
	}
	if len(q.SealKeys) > 0 {
		if _, err := q.Keyring(); err != nil {
			errs = append(errs, fmt.Errorf("seal_keys%w", err))
		}
		if q.Store != "redis" {
			errs = append(errs, errors.New("seal_keys: are only used with store: redis"))
		}
	}
	return errors.Join(errs...)
}

// Keyring returns what seals the secrets that gateways share; nil if they share none.
func (q Quota) Keyring() (*vault.Keyring, error) {
	if len(q.SealKeys) == 0 {
		return nil, nil
	}
	keys := make([]string, len(q.SealKeys))
	for i, key := range q.SealKeys {
		keys[i] = key.Reveal()
	}
	return vault.NewKeyring(keys)
}

func (t TLS) validate() error {
	var errs []error
	if t.ACME != nil && t.Files != nil {
		errs = append(errs, errors.New("acme: and files exclude each other; keep one"))
	}
	if t.ACME != nil {
		if len(t.ACME.Domains) == 0 {
			errs = append(errs, errors.New("acme.domains: name at least one"))
		}
		if t.ACME.Challenge != "" {
			errs = append(errs, proxy.OneOf("acme.challenge", t.ACME.Challenge, "http-01", "tls-alpn-01"))
		}
		errs = append(errs, t.ACME.validatePorts())
		errs = append(errs, t.ACME.Account.validate())
	}
	if t.Files != nil && (t.Files.Cert == "" || t.Files.Key == "") {
		errs = append(errs, errors.New("files: needs cert and key"))
	}
	if t.ClientCA != "" && t.ACME == nil && t.Files == nil {
		errs = append(errs, errors.New("client_ca: needs a certificate of our own, from acme or files"))
	}
	return errors.Join(errs...)
}

func (e *EAB) validate() error {
	if e == nil {
		return nil
	}
	if e.KeyID == "" || e.MACKey == "" {
		return errors.New("acme.account: needs key_id and mac_key, as the issuer gave them")
	}
	if _, err := base64.RawURLEncoding.DecodeString(e.MACKey.Reveal()); err != nil {
		return errors.New("acme.account.mac_key: is no base64url, of which letters, digits, - and _ are, and no = at its end")
	}
	return nil
}

func (a ACME) validatePorts() error {
	for name, port := range map[string]int{"http_port": a.HTTPPort, "tls_port": a.TLSPort} {
		if port < 0 || port > 65535 {
			return fmt.Errorf("acme.%s: a port is a number up to 65535", name)
		}
	}
	return nil
}

// uniqueHosts reports a Host that two upstreams claim.
func uniqueHosts(upstreams map[string]proxy.UpstreamConfig) error {
	var errs []error
	owner := map[string]string{}
	for _, name := range sortedNames(upstreams) {
		for i, host := range upstreams[name].Hosts {
			host = strings.ToLower(host)
			if other, taken := owner[host]; taken {
				errs = append(errs, fmt.Errorf("upstreams.%s.hosts[%d]: %s belongs to upstreams.%s already", name, i, host, other))
			}
			owner[host] = name
		}
	}
	return errors.Join(errs...)
}
