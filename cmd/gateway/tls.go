package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"slices"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"gateway/configs"
	"gateway/vault"
)

// tlsSource gives callers' connections their certificate. Without one it serves plain HTTP.
type tlsSource struct {
	config       *tls.Config
	certificates certificates       // nil where config is
	clients      *clientAuthorities // nil where callers need no certificate
}

// certificates come from files or from an ACME issuer.
type certificates interface {
	tlsConfig() *tls.Config
	run(ctx context.Context) error  // keeps them fresh until ctx ends
	expiries() map[string]time.Time // when each ends, by name
}

// newTLS prepares the tls section; nothing is fetched before run. Certificates may be shared through the vault.
func newTLS(cfg configs.TLS, shared *vault.Vault, log *zap.Logger) (*tlsSource, error) {
	s := &tlsSource{}
	var err error
	switch {
	case cfg.Files != nil:
		s.certificates, err = newFileCertificate(*cfg.Files, log)
	case cfg.ACME != nil:
		s.certificates, err = newACMECertificates(*cfg.ACME, certificateStorage(cfg, shared), renewCheckInterval, log)
	default:
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	s.config = s.certificates.tlsConfig()
	if cfg.ClientCA != "" {
		s.clients, err = newClientAuthorities(s.config, cfg.ClientCA, log)
	}
	return s, err
}

// run keeps certificates and authorities fresh until ctx ends.
func (s *tlsSource) run(ctx context.Context) error {
	if s.certificates == nil {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.certificates.run(ctx) })
	if s.clients != nil {
		group.Go(func() error { return s.clients.run(ctx) })
	}
	return group.Wait()
}

// expiries returns when each certificate ends, by name.
func (s *tlsSource) expiries() map[string]time.Time {
	if s.certificates == nil {
		return nil
	}
	return s.certificates.expiries()
}

// certPool reads a PEM file. A file that cannot be read, or that holds no certificate, is an error and never ignored.
func certPool(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", file)
	}
	return pool, nil
}

// isACMEProbe is true for the issuer's own connection (TLS-ALPN-01, RFC 8737, section 3), which has no certificate to show.
func isACMEProbe(hello *tls.ClientHelloInfo) bool {
	return slices.Equal(hello.SupportedProtos, []string{"acme-tls/1"})
}
