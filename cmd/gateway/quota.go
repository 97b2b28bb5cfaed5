package main

import (
	"context"

	"go.uber.org/zap"

	"gateway/configs"
	"gateway/credentials"
	"gateway/metrics"
	"gateway/ratelimit"
	"gateway/vault"
)

// newQuotaStore returns the store in which gateways count quotas together; nil if this gateway counts alone. It stays the
// same over reloads.
func newQuotaStore(cfg configs.Quota, m *metrics.Metrics, log *zap.Logger) (*ratelimit.Redis, error) {
	if cfg.Store != "redis" {
		return nil, nil
	}
	store, err := ratelimit.NewRedis(cfg.URL.Reveal(), cfg.Gateways)
	if err != nil {
		return nil, err
	}
	store.OnCall = m.StoreAsked
	store.OnChange = func(err error) {
		if err != nil {
			log.Error("the store of quotas does not answer; each upstream goes on by its throttle.on_failure", zap.Error(err))
			return
		}
		log.Warn("the store of quotas answers again; gateways count together")
	}
	store.OnLoss = func() {
		m.StoreForgot()
		log.Error("the store of quotas has lost its memory; gateways told it anew what they sent")
	}
	return store, nil
}

// shareSecrets lets gateways share their tokens if the configuration has a key to seal them with, and returns the vault
// that holds them; nil without a key.
func (g *gateway) shareSecrets(cfg configs.Quota) (*vault.Vault, error) {
	keys, err := cfg.Keyring()
	if err != nil || keys == nil || g.quota == nil {
		return nil, err
	}
	v := vault.New(g.quota.Client(), keys)
	g.shared.ShareTokens(&credentials.Replicas{Load: v.Get, Save: v.Put, Lock: v.Lock})
	return v, nil
}

// runQuotaStore stays in touch with the store until ctx ends, which is after the last exchange.
func (g *gateway) runQuotaStore(ctx context.Context) error {
	if g.quota == nil {
		return nil
	}
	return g.quota.Run(ctx)
}
