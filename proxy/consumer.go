package proxy

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
)

// otherConsumer stands for every caller that the configuration does not name.
const otherConsumer = "_other"

// consumers finds out who calls.
type consumers struct {
	identify string
	header   string // of identify: header:NAME
	known    map[string]float64
	keys     map[string]string
}

// keyHeader carries a caller's API key where consumers are identified by it.
const keyHeader = "Gateway-Key"

func newConsumers(cfg ConsumersConfig) consumers {
	c := consumers{identify: cfg.Identify, known: cfg.Weights, keys: cfg.Keys}
	if name, ok := strings.CutPrefix(cfg.Identify, "header:"); ok {
		c.header = http.CanonicalHeaderKey(name)
	}
	return c
}

// of returns the consumer's name and weight; a name that is not configured is _other, so that no caller makes labels.
func (c *consumers) of(r *http.Request) string {
	name := ""
	switch {
	case c.header != "":
		name = r.Header.Get(c.header)
	case c.identify == "mtls" && r.TLS != nil && len(r.TLS.VerifiedChains) > 0:
		name = c.byCertificate(r)
	case c.identify == "key":
		name = c.byKey(r.Header.Get(keyHeader))
	}
	if _, known := c.known[name]; known || c.identify == "key" && name != "" {
		return name
	}
	return otherConsumer
}

// byCertificate takes the first name of the verified certificate that is configured.
func (c *consumers) byCertificate(r *http.Request) string {
	leaf := r.TLS.VerifiedChains[0][0]
	var names []string
	for _, u := range leaf.URIs {
		names = append(names, u.String())
	}
	for _, name := range append(append(names, leaf.DNSNames...), leaf.Subject.CommonName) {
		if _, known := c.known[name]; known {
			return name
		}
	}
	return ""
}

// byKey compares the SHA-256 of the key with every configured one, in a time that tells nothing.
func (c *consumers) byKey(key string) (name string) {
	sum := sha256.Sum256([]byte(key))
	have := hex.EncodeToString(sum[:])
	for consumer, want := range c.keys {
		if subtle.ConstantTimeCompare([]byte(have), []byte(strings.ToLower(strings.TrimPrefix(want, "sha256:")))) == 1 {
			name = consumer
		}
	}
	return name
}
