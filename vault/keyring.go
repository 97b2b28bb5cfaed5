// Package vault keeps secrets that several gateways share: tokens and certificates, sealed, in Redis or Valkey, which never
// sees the key.
package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

const (
	keyBytes   = 32 // AES-256
	keyIDBytes = 4
	// layout is the first byte of a sealed value. The key's id, the nonce, and the ciphertext with its tag follow.
	layout = 1
)

// ErrOther reports a value that was sealed with a key that the keyring does not have, or for another name, or was changed
// since.
var ErrOther = errors.New("it was sealed with a key that is not configured here, or is damaged")

// Keyring seals with its first key and opens with any. To replace a key, put the new one first, and remove the old one when
// all gateways have the new one. It may be used concurrently.
type Keyring struct{ keys []key }

type key struct {
	id   []byte
	seal cipher.AEAD
}

// NewKeyring takes keys of 32 bytes in base64, as `openssl rand -base64 32` writes them. Its error shows none of them.
func NewKeyring(texts []string) (*Keyring, error) {
	if len(texts) == 0 {
		return nil, errors.New("needs a key")
	}
	ring := &Keyring{}
	for i, text := range texts {
		k, err := newKey(text)
		if err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
		ring.keys = append(ring.keys, k)
	}
	return ring, nil
}

func newKey(text string) (key, error) {
	text = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimSpace(text)), "=")
	secret, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(secret) != keyBytes {
		return key{}, fmt.Errorf("needs %d bytes in base64, as `openssl rand -base64 %d` writes them", keyBytes, keyBytes)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return key{}, err
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		return key{}, err
	}
	id := sha256.Sum256(append([]byte("key id\x00"), secret...))
	return key{id[:keyIDBytes], seal}, nil
}

// Seal encrypts plain and binds it to a name: it cannot be opened under another name (AES-GCM, NIST SP 800-38D; the name is
// additional data).
func (r *Keyring) Seal(name string, plain []byte) []byte {
	k := r.keys[0]
	nonce := make([]byte, k.seal.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	sealed := append([]byte{layout}, k.id...)
	sealed = append(sealed, nonce...)
	return k.seal.Seal(sealed, nonce, plain, []byte(name))
}

// Open returns what was sealed for the name, or ErrOther.
func (r *Keyring) Open(name string, sealed []byte) ([]byte, error) {
	const head = 1 + keyIDBytes
	for _, k := range r.keys {
		rest := head + k.seal.NonceSize()
		if len(sealed) < rest || sealed[0] != layout || !bytes.Equal(sealed[1:head], k.id) {
			continue
		}
		if plain, err := k.seal.Open(nil, sealed[head:rest], sealed[rest:], []byte(name)); err == nil {
			return plain, nil
		}
	}
	return nil, ErrOther
}
