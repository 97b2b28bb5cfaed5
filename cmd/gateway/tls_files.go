package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"gateway/configs"
)

// fileCertificate is a certificate and its key from files, which are read again when they change. A pair that does not
// match, as while only one file has been written yet, changes nothing.
type fileCertificate struct {
	cert    *watchedFile
	key     *watchedFile
	current atomic.Pointer[tls.Certificate]
	log     *zap.Logger
}

var _ certificates = (*fileCertificate)(nil)

func newFileCertificate(files configs.TLSFiles, log *zap.Logger) (*fileCertificate, error) {
	c := &fileCertificate{cert: newWatchedFile(files.Cert), key: newWatchedFile(files.Key), log: log}
	return c, c.load()
}

func (c *fileCertificate) load() error {
	pair, err := tls.LoadX509KeyPair(c.cert.path, c.key.path)
	if err != nil {
		return fmt.Errorf("tls.files: %s and %s are no certificate with its key, both in PEM form and without a passphrase: %w", c.cert.path, c.key.path, err)
	}
	if end := pair.Leaf.NotAfter; time.Now().After(end) {
		c.log.Error("the certificate has expired: callers refuse it", zap.String("file", c.cert.path), zap.Time("expired", end))
	}
	c.current.Store(&pair)
	return nil
}

func (c *fileCertificate) tlsConfig() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current.Load(), nil },
	}
}

func (c *fileCertificate) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, file := range []*watchedFile{c.cert, c.key} {
		group.Go(func() error { return file.watch(ctx, c.log, c.reload) })
	}
	return group.Wait()
}

func (c *fileCertificate) reload() {
	if err := c.load(); err != nil {
		c.log.Warn("the certificate cannot be read again; the old one stays", zap.Error(err))
		return
	}
	c.log.Info("the certificate was read again", zap.Time("expires", c.current.Load().Leaf.NotAfter))
}

func (c *fileCertificate) expiries() map[string]time.Time {
	leaf := c.current.Load().Leaf
	name := leaf.Subject.CommonName
	if len(leaf.DNSNames) > 0 {
		name = leaf.DNSNames[0]
	}
	return map[string]time.Time{name: leaf.NotAfter}
}
