package main

import (
	"context"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"

	"gateway/configs"
	"gateway/vault"
)

const (
	// lockLife is how long the lock of a gateway that was killed holds the others up.
	lockLife = 10 * time.Second
	lockWait = 500 * time.Millisecond
	// storagePatience is for how long a Redis that does not answer is asked again: its client gives up soon, as requests
	// wait for it elsewhere, and an order that is lost for it counts at the issuer.
	storagePatience = 10 * time.Second
	storageRetry    = 100 * time.Millisecond
)

// certificateStorage is where fetched certificates are kept: a folder, or the vault.
func certificateStorage(cfg configs.TLS, shared *vault.Vault) certmagic.Storage {
	if cfg.Storage == configs.SharedStorage {
		return newSharedStorage(shared)
	}
	return &certmagic.FileStorage{Path: cfg.Storage}
}

// sharedStorage keeps certificates and their private keys in the vault. Replicas share them, and only one of them orders a
// certificate. Certificates that are already loaded are served without it.
type sharedStorage struct {
	vault    *vault.Vault
	shelf    *vault.Shelf
	patience time.Duration // with a store that does not answer

	mu    sync.Mutex
	locks map[string]func()
}

var _ certmagic.Storage = (*sharedStorage)(nil)

func newSharedStorage(v *vault.Vault) *sharedStorage {
	return &sharedStorage{vault: v, shelf: v.Shelf("certificates"), patience: storagePatience, locks: map[string]func(){}}
}

// patiently repeats a question until it is answered, ctx ends, or it has taken too long.
func patiently[T any](ctx context.Context, patience time.Duration, ask func(context.Context) (T, error)) (T, error) {
	deadline := time.Now().Add(patience)
	for {
		answer, err := ask(ctx)
		if err == nil || ctx.Err() != nil || time.Now().After(deadline) {
			return answer, err
		}
		select {
		case <-time.After(storageRetry):
		case <-ctx.Done():
		}
	}
}

// await waits until the store answers, because certmagic asks for existing certificates only once.
func (s *sharedStorage) await(ctx context.Context, log *zap.Logger) {
	for ctx.Err() == nil {
		_, err := patiently(ctx, s.patience, s.shelf.Names)
		if err == nil {
			return
		}
		log.Error("the store of the certificates does not answer; until it does there is none to show", zap.Error(err))
	}
}

// Lock implements certmagic.Locker.
func (s *sharedStorage) Lock(ctx context.Context, name string) error {
	for {
		unlock, err := patiently(ctx, s.patience, func(ctx context.Context) (func(), error) {
			return s.vault.Lock(ctx, "certificates:"+name, lockLife)
		})
		if err != nil {
			return err
		}
		if unlock != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.locks[name] = unlock
			return nil
		}
		select {
		case <-time.After(lockWait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Unlock implements certmagic.Locker.
func (s *sharedStorage) Unlock(_ context.Context, name string) error {
	s.mu.Lock()
	unlock, held := s.locks[name]
	delete(s.locks, name)
	s.mu.Unlock()
	if held {
		unlock()
	}
	return nil
}

// Store implements certmagic.Storage.
func (s *sharedStorage) Store(ctx context.Context, key string, value []byte) error {
	_, err := patiently(ctx, s.patience, func(ctx context.Context) (struct{}, error) { return struct{}{}, s.shelf.Put(ctx, key, value) })
	return err
}

// storedFile is a value with the time at which it was stored.
type storedFile struct {
	value []byte
	put   time.Time
}

func (s *sharedStorage) file(ctx context.Context, key string) (storedFile, error) {
	file, err := patiently(ctx, s.patience, func(ctx context.Context) (storedFile, error) {
		value, put, err := s.shelf.Get(ctx, key)
		return storedFile{value, put}, err
	})
	if err == nil && file.value == nil {
		err = fs.ErrNotExist
	}
	return file, err
}

// Load implements certmagic.Storage.
func (s *sharedStorage) Load(ctx context.Context, key string) ([]byte, error) {
	file, err := s.file(ctx, key)
	return file.value, err
}

// below lists the keys that are path, or lie below it.
func (s *sharedStorage) below(ctx context.Context, path string) ([]string, error) {
	names, err := patiently(ctx, s.patience, s.shelf.Names)
	slices.Sort(names)
	return slices.DeleteFunc(names, func(name string) bool {
		return path != "" && name != path && !strings.HasPrefix(name, path+"/")
	}), err
}

// Delete implements certmagic.Storage.
func (s *sharedStorage) Delete(ctx context.Context, key string) error {
	names, err := s.below(ctx, key)
	if err != nil {
		return err
	}
	_, err = patiently(ctx, s.patience, func(ctx context.Context) (struct{}, error) { return struct{}{}, s.shelf.Delete(ctx, names...) })
	return err
}

// Exists implements certmagic.Storage.
func (s *sharedStorage) Exists(ctx context.Context, key string) bool {
	names, err := s.below(ctx, key)
	return err == nil && len(names) > 0
}

// List implements certmagic.Storage.
func (s *sharedStorage) List(ctx context.Context, path string, recursive bool) ([]string, error) {
	names, err := s.below(ctx, path)
	if err == nil && len(names) == 0 {
		err = fs.ErrNotExist
	}
	if err != nil || recursive {
		return names, err
	}
	for i, name := range names {
		child, _, _ := strings.Cut(strings.TrimPrefix(name[len(path):], "/"), "/")
		names[i] = strings.TrimPrefix(path+"/"+child, "/")
	}
	return slices.Compact(names), nil
}

// Stat implements certmagic.Storage.
func (s *sharedStorage) Stat(ctx context.Context, key string) (certmagic.KeyInfo, error) {
	names, err := s.below(ctx, key)
	switch {
	case err != nil:
		return certmagic.KeyInfo{}, err
	case len(names) == 0:
		return certmagic.KeyInfo{}, fs.ErrNotExist
	case names[0] != key:
		return certmagic.KeyInfo{Key: key}, nil
	}
	file, err := s.file(ctx, key)
	return certmagic.KeyInfo{Key: key, Modified: file.put, Size: int64(len(file.value)), IsTerminal: true}, err
}
