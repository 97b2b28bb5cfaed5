package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"slices"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"

	"gateway/configs"
)

// tlsSource gives callers' connections their certificate. The zero value serves plain HTTP.
type tlsSource struct {
	config *tls.Config
	cache  *certmagic.Cache
	manage func(context.Context) error // fetches and renews; nil where there is nothing to
}

// newTLS prepares the tls section; nothing is fetched before manage.
func newTLS(cfg configs.TLS, log *zap.Logger) (*tlsSource, error) {
	var (
		source = &tlsSource{}
		err    error
	)
	switch {
	case cfg.Files != nil:
		source.config, err = fileTLS(*cfg.Files)
	case cfg.ACME != nil:
		err = source.acme(*cfg.ACME, cfg.Storage, log)
	}
	if err != nil || source.config == nil || cfg.ClientCA == "" {
		return source, err
	}
	return source, askClients(source.config, cfg.ClientCA)
}

// fileTLS serves one certificate from files.
func fileTLS(files configs.TLSFiles) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(files.Cert, files.Key)
	if err != nil {
		return nil, fmt.Errorf("tls.files: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, nil
}

// askClients demands of every caller a certificate that the CA file's authorities signed. The ACME server's own
// probe (TLS-ALPN-01, RFC 8737) has none.
func askClients(config *tls.Config, file string) error {
	pool, err := certPool(file)
	if err != nil {
		return fmt.Errorf("tls.client_ca: %w", err)
	}
	config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, pool
	open := config.Clone()
	open.ClientAuth, open.ClientCAs = tls.NoClientCert, nil
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if slices.Equal(hello.SupportedProtos, []string{"acme-tls/1"}) {
			return open, nil
		}
		return nil, nil
	}
	return nil
}

// certPool reads a PEM file; one that cannot be read or holds no certificate is refused, never ignored.
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

// acme prepares certificates from an ACME issuer (RFC 8555).
func (s *tlsSource) acme(cfg configs.ACME, storage string, log *zap.Logger) error {
	issuer := certmagic.ACMEIssuer{
		CA: cfg.CA, Email: cfg.Email, Agreed: true, Logger: log.Named("acme"),
		DisableHTTPChallenge:    cfg.Challenge == "tls-alpn-01",
		DisableTLSALPNChallenge: cfg.Challenge == "http-01",
	}
	if cfg.CARoot != "" {
		pool, err := certPool(cfg.CARoot)
		if err != nil {
			return fmt.Errorf("tls.acme.ca_root: %w", err)
		}
		issuer.TrustedRoots = pool
	}
	var magic *certmagic.Config
	s.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return magic, nil },
		Logger:           log.Named("certificates"),
	})
	magic = certmagic.New(s.cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: storage},
		Logger:  log.Named("certificates"),
		OCSP:    certmagic.OCSPConfig{DisableStapling: cfg.CARoot != ""},
	})
	magic.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(magic, issuer)}
	s.config = magic.TLSConfig()
	s.config.NextProtos = append([]string{"h2", "http/1.1"}, s.config.NextProtos...)
	s.manage = func(ctx context.Context) error { return magic.ManageAsync(ctx, cfg.Domains) }
	return nil
}

// run keeps the certificates fresh until ctx ends.
func (s *tlsSource) run(ctx context.Context) error {
	if s.manage == nil {
		return nil
	}
	defer s.cache.Stop()
	if err := s.manage(ctx); err != nil {
		return fmt.Errorf("tls.acme: %w", err)
	}
	<-ctx.Done()
	return nil
}
