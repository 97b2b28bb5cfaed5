package proxy_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unsafe"

	"gateway/problem"
	"gateway/proxy"
)

// hashOf is a key as the configuration lists it.
func hashOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// TestCallersWithKeys: the name comes from the key, the key never leaves, and who has none is told so.
func TestCallersWithKeys(t *testing.T) {
	v := startRecorder(t)
	s := to(v.URL)
	s.Consumers = proxy.ConsumersConfig{Identify: "key", Keys: map[string][]string{
		"checkout": {hashOf("old key"), strings.ToUpper(strings.TrimPrefix(hashOf("new key"), "sha256:"))},
		"nightly":  {hashOf("n")},
	}}
	if err := s.Consumers.Validate(); err != nil {
		t.Fatal(err)
	}
	g := startGateway(t, s)
	for name, c := range map[string]struct {
		headers  []string
		consumer string // "" where the answer is a 401
		says     string
	}{
		"a key":          {[]string{"Gateway-Key: n"}, "nightly", ""},
		"an old key":     {[]string{"Gateway-Key: old key"}, "checkout", ""},
		"a new key":      {[]string{"gateway-key: new key"}, "checkout", ""},
		"none":           {nil, "", "has none"},
		"empty":          {[]string{"Gateway-Key: "}, "", "not known"},
		"wrong":          {[]string{"Gateway-Key: x"}, "", "not known"},
		"other case":     {[]string{"Gateway-Key: N"}, "", "not known"},
		"the hash":       {[]string{"Gateway-Key: " + hashOf("n")}, "", "not known"},
		"the name":       {[]string{"Gateway-Key: nightly"}, "", "not known"},
		"two":            {[]string{"Gateway-Key: x", "Gateway-Key: n"}, "", "more than once"},
		"two in one":     {[]string{"Gateway-Key: x, n"}, "", "not known"},
		"underscore":     {[]string{"Gateway_Key: n"}, "", "has none"},
		"another header": {[]string{"X-Consumer: nightly", "Authorization: n"}, "", "has none"},
	} {
		t.Run(name, func(t *testing.T) {
			a := g.get(t, "/up/x", c.headers...)
			x := g.ended(t)
			if c.consumer == "" {
				p := a.problem(t)
				if p.Code != problem.Unauthenticated || p.Origin != problem.OriginGateway || p.Fault != problem.FaultCredentials || p.Status != 401 ||
					!strings.Contains(p.Detail, c.says) || a.Header.Get("Www-Authenticate") == "" || x.Consumer != "_other" {
					t.Errorf("%s, %+v", x.Consumer, p)
				}
				v.none(t)
				return
			}
			r := v.got(t)
			if a.StatusCode != 200 || x.Consumer != c.consumer {
				t.Errorf("%s for %q", a.Status, x.Consumer)
			}
			for name := range r.Header {
				if strings.HasPrefix(strings.ReplaceAll(name, "_", "-"), "Gateway-Key") {
					t.Errorf("the vendor got %s", name)
				}
			}
		})
	}
	if p := g.get(t, "/nowhere/x").problem(t); p.Code != problem.Unauthenticated || strings.Contains(strings.Join(p.Hints, " "), "/up") {
		t.Errorf("a stranger learns of upstreams: %+v", p)
	}
	if a := g.get(t, "/.gateway/problems/unauthenticated"); a.StatusCode != 200 {
		t.Errorf("the page of the type: %s", a.Status)
	}
}

// TestConsumerByHeader: a header that comes twice, or is spelt with an underscore, names nobody.
func TestConsumerByHeader(t *testing.T) {
	v := startRecorder(t)
	s := to(v.URL)
	s.Consumers = proxy.ConsumersConfig{Identify: "header:X-Consumer", Weights: map[string]float64{"checkout": 2}}
	g := startGateway(t, s)
	for headers, want := range map[string]string{
		"X-Consumer: checkout": "checkout", "x-consumer: checkout": "checkout", "X-Consumer: Checkout": "_other", "X_Consumer: checkout": "_other",
		"X-Consumer: stranger": "_other", "X-Consumer: checkout|X-Consumer: stranger": "_other", "A: b": "_other",
	} {
		g.get(t, "/up/x", strings.Split(headers, "|")...)
		if x := g.ended(t); x.Consumer != want {
			t.Errorf("%s: %s, want %s", headers, x.Consumer, want)
		}
		r := v.got(t)
		if r.Header.Get("X-Consumer") != "" || r.Header["X_consumer"] != nil {
			t.Errorf("%s: the vendor got %v", headers, r.Header)
		}
	}
}

// clientCertificate signs itself; its names are those given.
func clientCertificate(t *testing.T, names x509.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	names.SerialNumber, names.NotAfter, names.IsCA, names.BasicConstraintsValid = big.NewInt(1), time.Now().Add(time.Hour), true, true
	names.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	der, err := x509.CreateCertificate(rand.Reader, &names, &names, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// TestConsumerByCertificate: a subject alternative name that is configured, and only one of a verified certificate.
func TestConsumerByCertificate(t *testing.T) {
	v := vendor(t, func(http.ResponseWriter, *http.Request) {})
	spiffe, err := url.Parse("spiffe://example/checkout")
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	s := to(v.URL)
	s.Consumers = proxy.ConsumersConfig{Identify: "mtls", Weights: map[string]float64{"checkout.example": 1, "spiffe://example/checkout": 1, "job@example.com": 1}}
	g := startGateway(t, s, func(server *httptest.Server) {
		server.TLS = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: trusted}
		server.StartTLS()
	})
	for want, names := range map[string]x509.Certificate{
		"checkout.example":          {DNSNames: []string{"other.example", "checkout.example"}},
		"spiffe://example/checkout": {URIs: []*url.URL{spiffe}},
		"job@example.com":           {EmailAddresses: []string{"job@example.com"}},
		"_other":                    {DNSNames: []string{"other.example"}, Subject: pkix.Name{CommonName: "checkout.example"}},
	} {
		certificate := clientCertificate(t, names)
		trusted.AddCert(certificate.Leaf)
		servers := x509.NewCertPool()
		servers.AddCert(g.Certificate())
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: servers, Certificates: []tls.Certificate{certificate}}}
		g.caller = &http.Client{Transport: transport, Timeout: patience}
		if a := g.get(t, "/up/x", "X-Consumer: checkout.example"); a.StatusCode != 200 {
			t.Errorf("%s: %s", want, a.Status)
		}
		if x := g.ended(t); x.Consumer != want {
			t.Errorf("consumer %s, want %s", x.Consumer, want)
		}
		transport.CloseIdleConnections()
	}
}

// TestWrongConsumers: each mistake has its sentence.
func TestWrongConsumers(t *testing.T) {
	for want, c := range map[string]proxy.ConsumersConfig{
		"at least one":                              {Identify: "key"},
		"only looked at":                            {Identify: "mtls", Keys: map[string][]string{"a": {hashOf("x")}}},
		"keys.a[0]: is no SHA-256":                  {Identify: "key", Keys: map[string][]string{"a": {"secret"}}},
		"keys.a[1]: is the hash of an empty key":    {Identify: "key", Keys: map[string][]string{"a": {hashOf("x"), hashOf("")}}},
		"keys.b[0]: is the hash of a key of a":      {Identify: "key", Keys: map[string][]string{"a": {hashOf("x")}, "b": {hashOf("x")}}},
		`identify: "cookie" is none of header:NAME`: {Identify: "cookie"},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestRecordsHoldNoPartOfAHead: a failure that is kept would keep the credentials of its caller in memory.
func TestRecordsHoldNoPartOfAHead(t *testing.T) {
	v := answering(t, "HTTP/1.1 418 I'm a teapot\r\nX-Request-Id: vendor-1\r\nContent-Length: 0\r\n\r\n")
	s := to(v.URL)
	s.Consumers = proxy.ConsumersConfig{Identify: "header:X-Consumer", Weights: map[string]float64{"checkout": 1}}
	var records []proxy.Exchange
	h, err := proxy.New(withDefaults(s), proxy.NewShared(), func(x proxy.Exchange) { records = append(records, x) })
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/up/x", nil)
	r.Header.Set("X-Consumer", strings.Clone("checkout"))
	r.Header.Set("X-Request-Id", "request-1")
	h.ServeHTTP(httptest.NewRecorder(), r)
	x := records[0]
	for name, texts := range map[string][2]string{
		"consumer":    {x.Consumer, r.Header.Get("X-Consumer")},
		"request id":  {x.RequestID, r.Header.Get("X-Request-Id")},
		"vendor's id": {x.Problem.Upstream.RequestID, x.Answer.Header.Get("X-Request-Id")},
	} {
		if texts[0] != texts[1] || unsafe.StringData(texts[0]) == unsafe.StringData(texts[1]) {
			t.Errorf("the %s %q is a part of a head", name, texts[0])
		}
	}
}
