package vault_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"gateway/servertest"
	"gateway/vault"
)

// startRedis starts a Redis of the test's own and connects to it.
func startRedis(t *testing.T) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: servertest.StartStore(t).Address, DisableIdentity: true})
	t.Cleanup(func() { client.Close() })
	return client
}

// TestValuesAreSharedAndSealed: every gateway with the key reads them, Redis holds nothing that can be read, and each
// ends.
func TestValuesAreSharedAndSealed(t *testing.T) {
	client := startRedis(t)
	a, b, stranger := vault.New(client, ring(t, keyText(1))), vault.New(client, ring(t, keyText(1))), vault.New(client, ring(t, keyText(9)))
	if got, err := a.Get(t.Context(), "token"); got != nil || err != nil {
		t.Fatalf("%q, %v: there is none yet", got, err)
	}
	if err := a.Put(t.Context(), "token", []byte("geheim"), time.Minute); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Get(t.Context(), "token"); string(got) != "geheim" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := stranger.Get(t.Context(), "token"); got != nil || !errors.Is(err, vault.ErrOther) {
		t.Errorf("%q, %v", got, err)
	}
	key := client.Keys(t.Context(), "*").Val()[0]
	if text := client.Get(t.Context(), key).Val(); strings.Contains(text, "geheim") {
		t.Errorf("%q can be read", text)
	}
	if left := client.PTTL(t.Context(), key).Val(); left <= 0 || left > time.Minute {
		t.Errorf("it ends in %v", left)
	}
}

// TestALockHasOneOwner: nobody else gets it before it is given back, and who had it when it ended frees nobody else's.
func TestALockHasOneOwner(t *testing.T) {
	client := startRedis(t)
	v := vault.New(client, ring(t, keyText(1)))
	const at = "gateway:vault:token:lock"
	try := func(want bool, when string) func() {
		t.Helper()
		unlock, err := v.Lock(t.Context(), "token", time.Minute)
		if err != nil || (unlock != nil) != want {
			t.Fatalf("%s: had: %v, want %v; %v", when, unlock != nil, want, err)
		}
		return unlock
	}
	first := try(true, "nobody has it")
	try(false, "another has it")
	if left := client.PTTL(t.Context(), at).Val(); left <= 0 || left > time.Minute {
		t.Errorf("it ends in %v", left)
	}
	client.Del(t.Context(), at) // as its end does
	second := try(true, "it ended")
	first()
	try(false, "who had it before gave it back")
	second()
	try(true, "it was given back")()
}

// TestALockIsRenewedWhileItIsHeld: whatever time its owner takes.
func TestALockIsRenewedWhileItIsHeld(t *testing.T) {
	client := startRedis(t)
	v := vault.New(client, ring(t, keyText(1)))
	const lasts = 3 * time.Second
	unlock, err := v.Lock(t.Context(), "token", lasts)
	if err != nil || unlock == nil {
		t.Fatal(err)
	}
	defer unlock()
	before := client.PTTL(t.Context(), "gateway:vault:token:lock").Val()
	for end := time.Now().Add(30 * time.Second); ; <-time.After(10 * time.Millisecond) {
		if left := client.PTTL(t.Context(), "gateway:vault:token:lock").Val(); left > before {
			return
		} else if time.Now().After(end) || left <= 0 {
			t.Fatalf("it was not renewed; %v are left", left)
		}
		before = min(before, client.PTTL(t.Context(), "gateway:vault:token:lock").Val())
	}
}
