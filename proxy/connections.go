package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"time"

	"gateway/wire"
)

const (
	maxResponseHeaderBytes = 256 << 10 // of one answer
	maxIdleConnsPerHost    = 256
	expectContinueTimeout  = time.Second
	pingAfter              = 15 * time.Second // of silence on an HTTP/2 connection
	pingTimeout            = 5 * time.Second
	sessionsKept           = 64 // of TLS, for connections that are made again
)

// transportMaker returns a function that makes an upstream's connections. It ignores the environment's proxy settings, and
// it leaves answers coded as they came. asks records whether the upstream asks for a client certificate; it may be nil.
func transportMaker(u Upstream, target *url.URL, shared *Shared, asks *demand) (func() *http.Transport, error) {
	config, err := tlsConfig(u.TLS)
	if err != nil {
		return nil, err
	}
	if asks != nil {
		asks.watch(config)
	}
	d := &dialer{within: u.Timeouts.Connect, tls: config, shared: shared, plain: addressOf(target)}
	var proxy func(*http.Request) (*url.URL, error) // that requests are sent to whole, not through a tunnel
	if u.Proxy != "" {
		if d.proxy, err = url.Parse(u.Proxy.Reveal()); err != nil {
			return nil, errors.New("proxy: cannot be read as a URL")
		}
		d.plain = append(d.plain, addressOf(d.proxy)...)
		if target.Scheme == "http" && !isSOCKS(d.proxy) {
			proxy = http.ProxyURL(d.proxy)
		}
	}
	return func() *http.Transport {
		return &http.Transport{
			Proxy:                  proxy,
			DialContext:            d.dialPlain,
			DialTLSContext:         d.dialTLS,
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
		}
	}, nil
}

// poolMaker is transportMaker for the transport that the upstream's configuration names.
func poolMaker(u Upstream, target *url.URL, shared *Shared, asks *demand) (func() transport, error) {
	makeStd, err := transportMaker(u, target, shared, asks)
	if err != nil || u.Transport == "std" {
		return func() transport { return stdTransport{makeStd()} }, err
	}
	return func() transport { return wire.New(target, makeStd()) }, nil
}

// stdTransport is an http.Transport whose requests carry ordinary contexts in place of the gateway's own.
type stdTransport struct{ *http.Transport }

// RoundTrip implements http.RoundTripper.
func (t stdTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	return t.Transport.RoundTrip(wire.ForStd(req))
}

// addressOf returns the IP address that a URL names; none for a host name.
func addressOf(u *url.URL) []netip.Addr {
	address, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return nil
	}
	return []netip.Addr{address.Unmap()}
}

func tlsConfig(t UpstreamTLS) (*tls.Config, error) {
	config := &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: t.ServerName, NextProtos: []string{"h2", "http/1.1"},
		ClientSessionCache: tls.NewLRUClientSessionCache(sessionsKept),
	}
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
