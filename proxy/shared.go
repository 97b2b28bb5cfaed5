package proxy

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"gateway/normalize"
)

const (
	maxHeldBytes           = 64 << 20  // of error bodies, all exchanges together
	maxResponseHeaderBytes = 256 << 10 // of one answer
	copyBufferBytes        = 32 << 10
	maxIdleConnsPerHost    = 256
	expectContinueTimeout  = time.Second
	keepAlivePeriod        = 30 * time.Second
	pingAfter              = 15 * time.Second // of silence on an HTTP/2 connection
	pingTimeout            = 5 * time.Second
)

// Shared is what outlives a reload: connections and counts. It is made once for a process.
type Shared struct {
	pseudonym string // of this process in Via, by which a loop is found
	budget    *normalize.Budget

	mu         sync.Mutex
	transports map[string]*pool // by upstream
	gauges     map[string]*gauge
}

// pool is the connections of one upstream; key is of the settings it was made from.
type pool struct {
	key       [sha256.Size]byte
	transport *http.Transport
}

// gauge counts what is under way.
type gauge struct{ n atomic.Int64 }

func (g *gauge) add(n int64) { g.n.Add(n) }

// NewShared returns an empty Shared; Close it when no handler uses it any more.
func NewShared() *Shared {
	return &Shared{
		pseudonym: "gateway-" + newID(), budget: normalize.NewBudget(maxHeldBytes),
		transports: map[string]*pool{}, gauges: map[string]*gauge{},
	}
}

// Close closes idle connections.
func (s *Shared) Close() {
	s.retain(nil)
}

// Status is a snapshot of levels, by upstream.
type Status struct {
	Upstreams map[string]UpstreamStatus
	HeldBytes int64 // of error bodies being read
}

// UpstreamStatus is a snapshot of one upstream's levels.
type UpstreamStatus struct {
	InFlight int64
}

// Status returns a snapshot for the scrape and the page.
func (s *Shared) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Status{Upstreams: map[string]UpstreamStatus{}, HeldBytes: s.budget.HeldBytes()}
	for name := range s.transports {
		out.Upstreams[name] = UpstreamStatus{InFlight: s.gaugeLocked(name).n.Load()}
	}
	return out
}

func (s *Shared) gauge(name string) *gauge {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gaugeLocked(name)
}

func (s *Shared) gaugeLocked(name string) *gauge {
	g := s.gauges[name]
	if g == nil {
		g = &gauge{}
		s.gauges[name] = g
	}
	return g
}

// transport returns the upstream's connections: those that are there if their settings are the same, else new ones.
func (s *Shared) transport(u Upstream) (*http.Transport, error) {
	key, err := poolKey(u)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.transports[u.Name]
	if old != nil && old.key == key {
		return old.transport, nil
	}
	t, err := newTransport(u)
	if err != nil {
		return nil, err
	}
	if old != nil {
		// Exchanges under way finish on the old connections, which then close as they fall idle.
		defer old.transport.CloseIdleConnections()
	}
	s.transports[u.Name] = &pool{key, t}
	return t, nil
}

// poolKey is the same for equal settings and equal contents of the files they name.
func poolKey(u Upstream) (key [sha256.Size]byte, err error) {
	sum := sha256.New()
	if err := json.NewEncoder(sum).Encode([]any{u.URL, u.Timeouts, u.TLS}); err != nil {
		return key, err
	}
	for _, file := range []string{u.TLS.CA, u.TLS.Cert, u.TLS.Key} {
		if file == "" {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return key, err
		}
		sum.Write(data)
	}
	return [sha256.Size]byte(sum.Sum(nil)), nil
}

// retain closes the connections of upstreams that are gone.
func (s *Shared) retain(upstreams []Upstream) {
	keep := map[string]bool{}
	for _, u := range upstreams {
		keep[u.Name] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, p := range s.transports {
		if !keep[name] {
			p.transport.CloseIdleConnections()
			delete(s.transports, name)
		}
	}
}

// newTransport makes the connections of an upstream. The environment's proxy is not used, and no answer is unpacked.
func newTransport(u Upstream) (*http.Transport, error) {
	config, err := tlsConfig(u.TLS)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: u.Timeouts.Connect, KeepAlive: keepAlivePeriod}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    u.Timeouts.Connect,
		ResponseHeaderTimeout:  u.Timeouts.Header,
		ExpectContinueTimeout:  expectContinueTimeout,
		IdleConnTimeout:        u.Timeouts.Idle,
		MaxIdleConnsPerHost:    maxIdleConnsPerHost,
		MaxResponseHeaderBytes: maxResponseHeaderBytes,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
		ReadBufferSize:         copyBufferBytes / 4,
		WriteBufferSize:        copyBufferBytes / 4,
	}, nil
}

func tlsConfig(t UpstreamTLS) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, fmt.Errorf("tls.ca: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, errors.New("tls.ca: the file holds no certificate in PEM form")
		}
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, fmt.Errorf("tls.cert: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// bufferPool lends buffers to the copying of bodies.
type bufferPool struct{ pool sync.Pool }

var copyBuffers = &bufferPool{sync.Pool{New: func() any { return new([copyBufferBytes]byte) }}}

// Get implements httputil.BufferPool.
func (p *bufferPool) Get() []byte { return p.pool.Get().(*[copyBufferBytes]byte)[:] }

// Put implements httputil.BufferPool.
func (p *bufferPool) Put(b []byte) { p.pool.Put((*[copyBufferBytes]byte)(b)) }

var discardLog = log.New(io.Discard, "", 0)
