package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"sync/atomic"

	"go.uber.org/zap"
)

// clientAuthorities require of every caller a certificate signed by the authorities of a file. The file is read again when
// it changes.
type clientAuthorities struct {
	file   *watchedFile
	open   *tls.Config // for the ACME issuer's probe
	strict atomic.Pointer[tls.Config]
	log    *zap.Logger
}

// newClientAuthorities makes config ask callers for a certificate.
func newClientAuthorities(config *tls.Config, file string, log *zap.Logger) (*clientAuthorities, error) {
	c := &clientAuthorities{file: newWatchedFile(file), open: config.Clone(), log: log}
	if err := c.load(); err != nil {
		return nil, err
	}
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if isACMEProbe(hello) {
			return c.open, nil
		}
		return c.strict.Load(), nil
	}
	return c, nil
}

func (c *clientAuthorities) load() error {
	pool, err := certPool(c.file.path)
	if err != nil {
		return fmt.Errorf("tls.client_ca: %w", err)
	}
	strict := c.open.Clone()
	strict.ClientAuth, strict.ClientCAs = tls.RequireAndVerifyClientCert, pool
	c.strict.Store(strict)
	return nil
}

// run reads the file again when it changes, until ctx ends.
func (c *clientAuthorities) run(ctx context.Context) error {
	return c.file.watch(ctx, c.log, func() {
		if err := c.load(); err != nil {
			c.log.Error("the callers' authorities cannot be read again; the old ones stay", zap.Error(err))
			return
		}
		c.log.Info("the callers' authorities were read again", zap.String("file", c.file.path))
	})
}
