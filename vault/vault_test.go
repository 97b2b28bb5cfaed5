package vault_test

import (
	"cmp"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"gateway/vault"
)

// startRedis starts a Redis of the test's own and connects to it.
func startRedis(t *testing.T) *redis.Client {
	t.Helper()
	path, err := exec.LookPath(cmp.Or(os.Getenv("STORE"), "redis-server"))
	if err != nil {
		t.Skip("no redis-server: make deps installs it")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	server := exec.Command(path, "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", t.TempDir())
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: address, DisableIdentity: true})
	t.Cleanup(func() {
		client.Close()
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	for end := time.Now().Add(30 * time.Second); client.Ping(t.Context()).Err() != nil; <-time.After(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("Redis does not answer")
		}
	}
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
