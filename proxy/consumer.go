package proxy

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"gateway/problem"
)

// otherConsumer stands for every caller that the configuration does not name.
const otherConsumer = "_other"

// consumers finds out which consumer sends a request.
type consumers struct {
	identify string
	header   string // of identify: header:NAME
	weights  map[string]float64
	known    map[string]string // the names of weights by themselves: a caller's own string would keep its headers in memory
	keys     []callerKey
}

// callerKey is one API key of a consumer.
type callerKey struct {
	consumer string
	hash     [sha256.Size]byte
}

// keyHeader carries a caller's API key, if consumers are identified by key. Like every Gateway- header, it never reaches a
// vendor.
const keyHeader = "Gateway-Key"

// Names returns every consumer that a request can be of, sorted.
func (c ConsumersConfig) Names() []string {
	names := slices.AppendSeq([]string{otherConsumer}, maps.Keys(c.Weights))
	names = slices.AppendSeq(names, maps.Keys(c.Keys))
	slices.Sort(names)
	return slices.Compact(names)
}

// newConsumers takes a configuration that Validate accepts.
func newConsumers(cfg ConsumersConfig) consumers {
	c := consumers{identify: cfg.Identify, weights: cfg.Weights, known: make(map[string]string, len(cfg.Weights))}
	for name := range cfg.Weights {
		c.known[name] = name
	}
	if name, ok := strings.CutPrefix(cfg.Identify, "header:"); ok {
		c.header = http.CanonicalHeaderKey(name)
	}
	for consumer, hashes := range cfg.Keys {
		for _, text := range hashes {
			if hash, err := parseHash(text); err == nil {
				c.keys = append(c.keys, callerKey{consumer, hash})
			}
		}
	}
	return c
}

// of returns the consumer's name. A name that is not configured becomes _other, so that callers cannot create metric
// labels. A header that comes twice names nobody.
func (c *consumers) of(r *http.Request) string {
	name := ""
	switch {
	case c.header != "":
		name = sole(r.Header.Values(c.header))
	case c.identify == "mtls":
		name = c.byCertificate(r)
	case c.identify == "key":
		if name, ok := c.byKey(r.Header); ok {
			return name
		}
	}
	if known, ok := c.known[name]; ok {
		return known
	}
	return otherConsumer
}

// sole returns the only value; "" if there are none or several.
func sole(values []string) string {
	if len(values) != 1 {
		return ""
	}
	return values[0]
}

// byCertificate returns the first configured name among the verified certificate's alternative names (RFC 5280, section
// 4.2.1.6). The common name does not count.
func (c *consumers) byCertificate(r *http.Request) string {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return ""
	}
	leaf := r.TLS.VerifiedChains[0][0]
	names := slices.Clone(leaf.DNSNames)
	for _, u := range leaf.URIs {
		names = append(names, u.String())
	}
	for _, name := range append(names, leaf.EmailAddresses...) {
		if _, known := c.known[name]; known {
			return name
		}
	}
	return ""
}

// byKey compares the hash of the key with every configured one, in constant time.
func (c *consumers) byKey(header http.Header) (consumer string, ok bool) {
	hash := sha256.Sum256([]byte(sole(header.Values(keyHeader))))
	for _, key := range c.keys {
		if subtle.ConstantTimeCompare(hash[:], key.hash[:]) == 1 {
			consumer, ok = key.consumer, true
		}
	}
	return consumer, ok
}

// refuse returns the problem for a caller that needs a valid key and has none.
func (c *consumers) refuse(header http.Header) *problemError {
	if c.identify != "key" {
		return nil
	}
	if _, ok := c.byKey(header); ok {
		return nil
	}
	public := "The key in the header " + keyHeader + " is not known to this gateway."
	switch len(header.Values(keyHeader)) {
	case 0:
		public = "This gateway wants an API key in the header " + keyHeader + "; the request has none."
	case 1:
	default:
		public = "The header " + keyHeader + " came more than once; send one key."
	}
	return &problemError{
		Type: problem.Unauthenticated, proxyStatus: "http_request_denied", public: public,
		hints:  []string{"Keys are given out by who operates the gateway: consumers.keys in its configuration lists their hashes."},
		header: http.Header{"Www-Authenticate": {keyHeader + ` realm="gateway"`}},
	}
}

// parseHash reads a SHA-256 as sha256sum prints it, with or without sha256: before it.
func parseHash(text string) (hash [sha256.Size]byte, err error) {
	data, err := hex.DecodeString(strings.TrimPrefix(strings.ToLower(text), "sha256:"))
	if err != nil || len(data) != len(hash) {
		return hash, errors.New(`is no SHA-256: printf %s "$KEY" | sha256sum prints it; write sha256: and the 64 digits`)
	}
	copy(hash[:], data)
	if hash == sha256.Sum256(nil) {
		return hash, errors.New("is the hash of an empty key")
	}
	return hash, nil
}
