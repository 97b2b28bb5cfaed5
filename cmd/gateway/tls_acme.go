package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3/acme"
	"go.uber.org/zap"

	"gateway/configs"
)

// maxRetryIn is the longest pause before a storage that could not be written is tried again.
const maxRetryIn = 30 * time.Second

// renewCheckInterval is how often certificates are checked. They are renewed in the last third of their life.
const renewCheckInterval = 10 * time.Minute

// acmeCertificates come from an ACME issuer (RFC 8555) and are kept in a storage. While the issuer or the storage is down,
// the existing ones are served.
type acmeCertificates struct {
	domains []string
	retryIn time.Duration // a storage to which nothing could be written
	cache   *certmagic.Cache
	magic   *certmagic.Config
}

var _ certificates = (*acmeCertificates)(nil)

func newACMECertificates(cfg configs.ACME, storage certmagic.Storage, checkEvery time.Duration, log *zap.Logger) (*acmeCertificates, error) {
	issuer, err := acmeIssuer(cfg, log)
	if err != nil {
		return nil, err
	}
	a := &acmeCertificates{domains: cfg.Domains, retryIn: min(checkEvery, maxRetryIn)}
	a.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert:   func(certmagic.Certificate) (*certmagic.Config, error) { return a.magic, nil },
		RenewCheckInterval: checkEvery,
		Logger:             log.Named("certificates"),
	})
	a.magic = certmagic.New(a.cache, certmagic.Config{
		Storage: storage,
		Logger:  log.Named("certificates"),
		OCSP:    certmagic.OCSPConfig{DisableStapling: cfg.CARoot != ""},
	})
	a.magic.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(a.magic, issuer)}
	return a, nil
}

func acmeIssuer(cfg configs.ACME, log *zap.Logger) (certmagic.ACMEIssuer, error) {
	issuer := certmagic.ACMEIssuer{
		CA: cfg.CA, Email: cfg.Email, Agreed: true, Logger: log.Named("acme"),
		AltHTTPPort: cfg.HTTPPort, AltTLSALPNPort: cfg.TLSPort,
		DisableHTTPChallenge:    cfg.Challenge == "tls-alpn-01",
		DisableTLSALPNChallenge: cfg.Challenge == "http-01",
	}
	if cfg.Account != nil {
		issuer.ExternalAccount = &acme.EAB{KeyID: cfg.Account.KeyID, MACKey: cfg.Account.MACKey.Reveal()}
	}
	if cfg.CARoot == "" {
		return issuer, nil
	}
	pool, err := certPool(cfg.CARoot)
	if err != nil {
		return issuer, fmt.Errorf("tls.acme.ca_root: %w", err)
	}
	issuer.TrustedRoots = pool
	return issuer, nil
}

func (a *acmeCertificates) tlsConfig() *tls.Config {
	config := a.magic.TLSConfig()
	config.MinVersion = tls.VersionTLS12
	config.NextProtos = append([]string{"h2", "http/1.1"}, config.NextProtos...)
	return config
}

func (a *acmeCertificates) run(ctx context.Context) error {
	defer a.cache.Stop()
	if shared, ok := a.magic.Storage.(*sharedStorage); ok {
		shared.await(ctx, a.magic.Logger)
	}
	if err := a.manage(ctx); err != nil {
		return fmt.Errorf("tls.acme: %w", err)
	}
	<-ctx.Done()
	return nil
}

// manage loads, fetches and renews certificates through certmagic. While the storage cannot be written, as on a full disk,
// certmagic fetches none and does not retry; manage retries until it can.
func (a *acmeCertificates) manage(ctx context.Context) error {
	for ctx.Err() == nil {
		cannot := tryStorage(ctx, a.magic.Storage)
		if err := a.magic.ManageAsync(ctx, a.domains); err != nil {
			return err
		}
		if cannot == nil || len(a.expiries()) == len(a.domains) {
			return nil
		}
		a.magic.Logger.Error("nothing can be written to tls.storage, so that no certificate is asked for; it is tried again",
			zap.Error(cannot), zap.Duration("in", a.retryIn))
		select {
		case <-time.After(a.retryIn):
		case <-ctx.Done():
		}
	}
	return nil
}

// tryStorage writes a value and deletes it again.
func tryStorage(ctx context.Context, storage certmagic.Storage) error {
	name := "trial-" + rand.Text()
	if err := storage.Store(ctx, name, []byte(name)); err != nil {
		return err
	}
	return storage.Delete(ctx, name)
}

func (a *acmeCertificates) expiries() map[string]time.Time {
	out := map[string]time.Time{}
	for _, domain := range a.domains {
		for _, certificate := range a.cache.AllMatchingCertificates(domain) {
			if end := certificate.Leaf.NotAfter; end.After(out[domain]) {
				out[domain] = end
			}
		}
	}
	return out
}
