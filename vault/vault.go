package vault

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Vault keeps sealed values in Redis or Valkey, each for a limited time. It may be used concurrently.
type Vault struct {
	client redis.UniversalClient
	keys   *Keyring
}

// New returns the vault in a server. It does not close the client.
func New(client redis.UniversalClient, keys *Keyring) *Vault { return &Vault{client, keys} }

// prefix begins every key in Redis.
const prefix = "gateway:vault:"

// Get returns a value; nil if there is none. A value that cannot be opened gives ErrOther.
func (v *Vault) Get(ctx context.Context, name string) ([]byte, error) {
	sealed, err := v.client.Get(ctx, prefix+name).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return v.keys.Open(name, sealed)
}

// Put stores a value for a time. It is sealed for its name, so that nobody can put it in place of another.
func (v *Vault) Put(ctx context.Context, name string, value []byte, lasts time.Duration) error {
	return v.client.Set(ctx, prefix+name, v.keys.Seal(name, value), lasts).Err()
}
