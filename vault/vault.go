package vault

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Vault keeps sealed values in Redis or Valkey, each until its end. It may be used concurrently.
type Vault struct {
	client redis.UniversalClient
	keys   *Keyring
}

// New returns the vault of a server; the client stays its maker's to close.
func New(client redis.UniversalClient, keys *Keyring) *Vault { return &Vault{client, keys} }

// prefix is of all keys in Redis.
const prefix = "gateway:vault:"

// Get returns a value; nil if there is none. One that cannot be opened is ErrOther.
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

// Put keeps a value for so long; sealed for its name, so that nobody can put it in the place of another.
func (v *Vault) Put(ctx context.Context, name string, value []byte, lasts time.Duration) error {
	return v.client.Set(ctx, prefix+name, v.keys.Seal(name, value), lasts).Err()
}
