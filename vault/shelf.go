package vault

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Shelf keeps sealed values that can be listed, as a folder keeps files. It may be used concurrently.
type Shelf struct {
	vault *Vault
	at    string // its one key in Redis: a hash, so that a Cluster has it in one place
}

// shelfLife is when a shelf expires to which nothing is added.
const shelfLife = 400 * 24 * time.Hour

// stampBytes precede a value: the time of Put, in milliseconds since 1970.
const stampBytes = 8

// Shelf returns the shelf of a name.
func (v *Vault) Shelf(name string) *Shelf { return &Shelf{v, prefix + name} }

// Get returns a value and the time of its Put; nil if there is none. A value that cannot be opened gives ErrOther.
func (s *Shelf) Get(ctx context.Context, name string) (value []byte, put time.Time, err error) {
	sealed, err := s.vault.client.HGet(ctx, s.at, name).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, put, nil
	case err != nil:
		return nil, put, err
	}
	plain, err := s.vault.keys.Open(s.sealName(name), sealed)
	if err != nil {
		return nil, put, err
	}
	if len(plain) < stampBytes {
		return nil, put, ErrOther
	}
	return plain[stampBytes:], time.UnixMilli(int64(binary.BigEndian.Uint64(plain))), nil
}

// Put stores a value. It is sealed for its name, so that nobody can put it in place of another.
func (s *Shelf) Put(ctx context.Context, name string, value []byte) error {
	plain := binary.BigEndian.AppendUint64(nil, uint64(time.Now().UnixMilli()))
	sealed := s.vault.keys.Seal(s.sealName(name), append(plain, value...))
	_, err := s.vault.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, s.at, name, sealed)
		p.PExpire(ctx, s.at, shelfLife)
		return nil
	})
	return err
}

// Names lists the names of the values, in no particular order.
func (s *Shelf) Names(ctx context.Context) ([]string, error) {
	return s.vault.client.HKeys(ctx, s.at).Result()
}

// Delete removes values, some of which may not exist.
func (s *Shelf) Delete(ctx context.Context, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	return s.vault.client.HDel(ctx, s.at, names...).Err()
}

func (s *Shelf) sealName(name string) string { return s.at + "/" + name }
