package proxy

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

const (
	maxResponseHeaderBytes = 256 << 10 // of one answer
	maxIdleConnsPerHost    = 256
	expectContinueTimeout  = time.Second
	keepAlivePeriod        = 30 * time.Second
	pingAfter              = 15 * time.Second // of silence on an HTTP/2 connection
	pingTimeout            = 5 * time.Second
)

// pool is the connections of one upstream; key is of the settings it was made from.
type pool struct {
	key       [sha256.Size]byte
	transport *http.Transport
}

// newPool returns old if it was made from the same settings, else new connections.
func newPool(u Upstream, old *pool) (*pool, error) {
	key, err := poolKey(u)
	if err != nil {
		return nil, err
	}
	if old != nil && old.key == key {
		return old, nil
	}
	t, err := newTransport(u)
	if err != nil {
		return nil, err
	}
	return &pool{key, t}, nil
}

// close lets exchanges under way finish; their connections close as they fall idle.
func (p *pool) close() {
	if p != nil {
		p.transport.CloseIdleConnections()
	}
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
