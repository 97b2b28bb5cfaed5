// Package configs loads, checks, embeds and documents the configuration: the file of a gateway and the profiles of vendors.
// What it returns is complete and valid, and is never changed afterwards.
package configs

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"gateway/credentials"
	"gateway/normalize"
	"gateway/proxy"
)

// Config is one configuration file with its defaults filled in.
type Config struct {
	Listen    []string                        `yaml:"listen"` // callers: HOST:PORT or unix:/path
	Admin     Admin                           `yaml:"admin"`
	Problems  proxy.ProblemsConfig            `yaml:"problems"`
	Consumers proxy.ConsumersConfig           `yaml:"consumers"`
	Quota     Quota                           `yaml:"quota"`
	Upstreams map[string]proxy.UpstreamConfig `yaml:"upstreams"`
	Limits    proxy.LimitsConfig              `yaml:"limits"`
	Drain     Drain                           `yaml:"drain"`
	Server    string                          `yaml:"server"` // fast (default) or std: what speaks HTTP/1.1 with callers
	H2C       bool                            `yaml:"h2c"`    // HTTP/2 without TLS for callers
	TLS       TLS                             `yaml:"tls"`
	Log       Log                             `yaml:"log"`
	Metrics   Metrics                         `yaml:"metrics"`
	Traces    Traces                          `yaml:"traces"`

	compiled map[string]compiled // of each upstream
	profiles []*Profile          // those in use, each once

	languages []proxy.Language // shipped ones, and those of files
	refs      references
}

// compiled is the compiled profile of an upstream.
type compiled struct {
	reader, shadow *normalize.Reader
	idempotencyKey bool
}

// Admin is the admin section.
type Admin struct {
	Listen string `yaml:"listen"` // metrics, health, page and API; never the callers' address
	Keep   Keep   `yaml:"keep"`
}

// Drain is the drain section: how a gateway stops.
type Drain struct {
	Announce *time.Duration `yaml:"announce"` // how long answers carry "Connection: close"; default 300ms
	Grace    *time.Duration `yaml:"grace"`    // time for the whole drain, announce included; default 30s
}

// Quota is the quota section: where the use of vendors' quotas is counted.
type Quota struct {
	Store string             `yaml:"store"` // memory (default) or redis
	URL   credentials.Secret `yaml:"url"`   // of Redis or Valkey; may hold a password
	// Gateways is the least number of gateways among which limits are divided while the store does not answer.
	Gateways int `yaml:"gateways,positive"`
	// SealKeys seal the secrets that gateways share in the store: the first seals, all open. Without keys they share none.
	SealKeys []credentials.Secret `yaml:"seal_keys"`
}

// TLS is the tls section: the certificate that callers see. Without ACME and Files the gateway speaks plain HTTP.
type TLS struct {
	ACME     *ACME     `yaml:"acme"`
	Files    *TLSFiles `yaml:"files"`
	ClientCA string    `yaml:"client_ca"` // file of authorities; callers must show a certificate that one of them signed
	Storage  string    `yaml:"storage"`   // folder for fetched certificates, or SharedStorage
}

// SharedStorage keeps certificates and their keys in the quota's store, sealed, so that gateways share them.
const SharedStorage = "redis"

// ACME fetches certificates (RFC 8555).
type ACME struct {
	Domains   []string `yaml:"domains"`
	Email     string   `yaml:"email"`
	CA        string   `yaml:"ca"`                 // URL of the directory; default Let's Encrypt
	CARoot    string   `yaml:"ca_root"`            // file of the authority that signed the directory's own certificate
	Challenge string   `yaml:"challenge"`          // http-01 or tls-alpn-01; default both
	HTTPPort  int      `yaml:"http_port,positive"` // port that answers http-01, if port 80 is forwarded to it; default 80
	TLSPort   int      `yaml:"tls_port,positive"`  // port that answers tls-alpn-01, if port 443 is forwarded to it; default 443
	Account   *EAB     `yaml:"account"`            // for issuers that require an account of theirs
}

// EAB binds the ACME account to one at the issuer (RFC 8555, section 7.3.4).
type EAB struct {
	KeyID  string             `yaml:"key_id"`
	MACKey credentials.Secret `yaml:"mac_key"` // base64url, as the issuer gave it
}

// TLSFiles is a certificate from files.
type TLSFiles struct {
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
}

// Metrics is the metrics section.
type Metrics struct {
	NativeHistograms bool `yaml:"native_histograms"` // beside the classic buckets
}

// Log is the log section.
type Log struct {
	Level  string `yaml:"level"`  // debug, info (default), warn or error
	Format string `yaml:"format"` // json (default) or console
}

// Load reads and checks a file. The error joins everything that is wrong, each as FILE:LINE:COLUMN: path: text.
func Load(file string) (*Config, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the configuration cannot be read: %w", err)
	}
	return LoadBytes(file, data)
}

// LoadBytes reads and checks data as if it were the content of file. Profiles that are files are searched beside it.
func LoadBytes(file string, data []byte) (*Config, error) {
	var cfg Config
	d := &decoder{file: file, expand: cfg.refs.expand}
	d.decode(data, &cfg)
	unread := len(d.errs)
	cfg.setDefaults()
	cfg.readTLSFiles()
	cfg.validate(d)
	cfg.compileProfiles(d, filepath.Dir(file))
	cfg.readLanguages(d, filepath.Dir(file))
	d.dropFollowing(unread)
	if err := d.report(); err != nil {
		return nil, err
	}
	return &cfg, nil
}

// setDefaults fills what the file leaves out.
func (c *Config) setDefaults() {
	if len(c.Listen) == 0 {
		c.Listen = []string{"127.0.0.1:8080"}
	}
	setDefault(&c.Server, "fast")
	setDefault(&c.Admin.Listen, "127.0.0.1:8081")
	c.Admin.Keep.setDefaults()
	c.Traces.setDefaults()
	setDefault(&c.Quota.Store, "memory")
	if c.Quota.Gateways == 0 {
		c.Quota.Gateways = 1
	}
	setDefault(&c.Log.Level, "info")
	setDefault(&c.Log.Format, "json")
	setDefault(&c.TLS.Storage, "certs")
	c.Problems.SetDefaults()
	c.Limits.SetDefaults()
	c.Drain.setDefaults()
	for name, u := range c.Upstreams {
		u.SetDefaults()
		c.Upstreams[name] = u
	}
}

func (d *Drain) setDefaults() {
	announce, grace := 300*time.Millisecond, 30*time.Second
	if d.Announce == nil {
		d.Announce = &announce
	}
	if d.Grace == nil {
		d.Grace = &grace
	}
}

func setDefault(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

// Settings returns what the proxy needs of this configuration.
func (c *Config) Settings() proxy.Settings {
	s := proxy.Settings{
		Problems: c.Problems, Consumers: c.Consumers, Limits: c.Limits, Languages: c.languages, Secrets: c.secrets(),
		Traces: proxy.TracesConfig{Enabled: c.Traces.OTLP != "", Sample: *c.Traces.Sample},
	}
	for _, name := range sortedNames(c.Upstreams) {
		p := c.compiled[name]
		s.Upstreams = append(s.Upstreams, proxy.Upstream{
			Name: name, UpstreamConfig: c.Upstreams[name], Reader: p.reader, Shadow: p.shadow, IdempotencyKey: p.idempotencyKey,
		})
	}
	return s
}

// Profiles returns the profiles that the upstreams use, each once.
func (c *Config) Profiles() []*Profile { return c.profiles }

// secrets are those that do not belong to an upstream's credentials: the password and the keys of the quota store, and the
// content of each ${file:…}, wherever it is used.
func (c *Config) secrets() []credentials.Secret {
	out := c.refs.secrets
	if u, err := url.Parse(c.Quota.URL.Reveal()); err == nil {
		if password, ok := u.User.Password(); ok {
			out = append(slices.Clone(out), credentials.Secret(password))
		}
	}
	return append(slices.Clone(out), c.Quota.SealKeys...)
}

// Files returns the files that ${file:…} and the upstreams' TLS settings name. If one of them has changed, loading the same
// configuration file again gives another configuration.
func (c *Config) Files() []File { return c.refs.files }

// readTLSFiles records the certificate files before anybody uses them. Whether they can be read is already checked.
func (c *Config) readTLSFiles() {
	for _, name := range sortedNames(c.Upstreams) {
		tls := c.Upstreams[name].TLS
		for _, path := range []string{tls.CA, tls.Cert, tls.Key} {
			if data, err := os.ReadFile(path); err == nil {
				c.refs.files = append(c.refs.files, File{path, sha256.Sum256(data)})
			}
		}
	}
}
