package proxy

import (
	"time"

	"gateway/credentials"
	"gateway/normalize"
	"gateway/ratelimit"
	"gateway/resilience"
)

// ProblemsConfig is the problems section.
type ProblemsConfig struct {
	Base          string `yaml:"base"`            // of the type URI; default /.gateway/problems/
	InstanceBase  string `yaml:"instance_base"`   // of the instance URI; "" gives urn:uuid:
	PassSetCookie bool   `yaml:"pass_set_cookie"` // keep the vendor's Set-Cookie on a problem
	// Languages are files with the words of problems in other languages than English and German, or with more in German.
	Languages []string `yaml:"languages"`
}

// ConsumersConfig is the consumers section: how a caller's name is found and what its share weighs.
type ConsumersConfig struct {
	Identify string             `yaml:"identify"` // header:NAME, mtls or key; "": everyone is "_other"
	Weights  map[string]float64 `yaml:"weights"`  // known consumers and their weight; others share "_other"
	// Keys are consumers and the SHA-256 of each of their API keys, for identify: key.
	Keys map[string][]string `yaml:"keys"`
}

// UpstreamConfig is one entry of the upstreams section.
type UpstreamConfig struct {
	URL             string                   `yaml:"url"`               // https or http, may have a base path
	Profile         string                   `yaml:"profile"`           // built in, a path, or auto; "": the generic reader
	Shadow          string                   `yaml:"shadow"`            // a second profile to compare with, shown on the admin page
	Hosts           []string                 `yaml:"hosts"`             // also match by Host
	Status          string                   `yaml:"status"`            // upstream (default) or canonical
	ErrorsInSuccess string                   `yaml:"errors_in_success"` // profile (default), auto or off
	Batch           string                   `yaml:"batch"`             // pass (default) or problems
	Timeouts        Timeouts                 `yaml:"timeouts"`
	Headers         HeadersConfig            `yaml:"headers"`
	Credentials     []credentials.Config     `yaml:"credentials"`
	Throttle        ratelimit.Config         `yaml:"throttle"`
	Retry           resilience.RetryConfig   `yaml:"retry"`
	Breaker         resilience.BreakerConfig `yaml:"breaker"`
	TLS             UpstreamTLS              `yaml:"tls"`
	Transport       string                   `yaml:"transport"` // fast (default) or std: what speaks HTTP/1.1
	Proxy           credentials.Secret       `yaml:"proxy"`     // URL of a forward proxy: http, https, socks5 or socks5h; may hold user and password
}

// Timeouts bound an exchange with an upstream.
type Timeouts struct {
	Connect   time.Duration `yaml:"connect,positive"`    // until a connection is ready: name, dial, forward proxy, TLS; default 5s
	Header    time.Duration `yaml:"header,positive"`     // from the request's end to the answer's header; default 30s
	ErrorBody time.Duration `yaml:"error_body,positive"` // reading an error's body; default 5s
	Total     time.Duration `yaml:"total,positive"`      // the exchange, streamed successes aside once they began; default 60s
	Idle      time.Duration `yaml:"idle,positive"`       // an unused connection, and a stream without progress; default 90s
}

// HeadersConfig changes the headers of every request to the upstream.
type HeadersConfig struct {
	Set    map[string]string `yaml:"set"`
	Remove []string          `yaml:"remove"`
}

// UpstreamTLS is how the gateway connects to an https upstream.
type UpstreamTLS struct {
	CA         string `yaml:"ca"`          // file with the only trusted authorities; "": the system's
	Cert       string `yaml:"cert"`        // file of the client certificate
	Key        string `yaml:"key"`         // file of its key
	ServerName string `yaml:"server_name"` // expected in the certificate; "": the host of the URL
}

// Settings is one configuration of the proxy. It is never changed.
type Settings struct {
	Problems  ProblemsConfig
	Consumers ConsumersConfig
	Limits    LimitsConfig
	Traces    TracesConfig
	Upstreams []Upstream
	Languages []Language
	Secrets   []credentials.Secret // that no output may show, beside those in Credentials
}

// Upstream is one configured destination with its compiled profile.
type Upstream struct {
	Name string
	UpstreamConfig
	Reader         *normalize.Reader
	Shadow         *normalize.Reader // read beside Reader off the hot path; nil: none
	IdempotencyKey bool              // the vendor does a write once for each Idempotency-Key
}
