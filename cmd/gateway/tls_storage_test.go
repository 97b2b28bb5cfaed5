package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/google/go-cmp/cmp"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"gateway/ratelimit"
	"gateway/vault"
)

var sealKey = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))

// replicaStorage is the storage of one of several gateways, with a connection of its own.
func replicaStorage(t *testing.T, address string) *sharedStorage {
	t.Helper()
	store, err := ratelimit.NewRedis("redis://:geheim@"+address, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Client().Close() })
	keys, err := vault.NewKeyring([]string{sealKey})
	if err != nil {
		t.Fatal(err)
	}
	return newSharedStorage(vault.New(store.Client(), keys))
}

// TestStoragesAreAlike: what certmagic expects of a storage holds of its own, a folder, and of ours.
func TestStoragesAreAlike(t *testing.T) {
	address := startRedis(t).Address
	for name, s := range map[string]certmagic.Storage{
		"folder": &certmagic.FileStorage{Path: t.TempDir()},
		"redis":  replicaStorage(t, address),
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			for _, key := range []string{"a/b/one", "a/b/two", "a/c", "ab/other"} {
				if err := s.Store(ctx, key, []byte("old")); err != nil {
					t.Fatal(err)
				}
				if err := s.Store(ctx, key, []byte(key)); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := s.Load(ctx, "a/b/one"); err != nil || string(got) != "a/b/one" {
				t.Errorf("%q, %v", got, err)
			}
			for key, there := range map[string]bool{"a": true, "a/b": true, "a/b/one": true, "a/b/o": false, "b": false} {
				if s.Exists(ctx, key) != there {
					t.Errorf("%s is there: %t", key, !there)
				}
			}
			children, err := s.List(ctx, "a", false)
			slices.Sort(children)
			if diff := cmp.Diff([]string{"a/b", "a/c"}, children); diff != "" || err != nil {
				t.Error(diff, err)
			}
			for key, want := range map[string]certmagic.KeyInfo{
				"a":       {Key: "a"},
				"a/b/one": {Key: "a/b/one", Size: int64(len("a/b/one")), IsTerminal: true},
			} {
				got, err := s.Stat(ctx, key)
				if want.IsTerminal && time.Since(got.Modified).Abs() > time.Hour {
					t.Errorf("%s is of %s", key, got.Modified)
				}
				if got.Modified = (time.Time{}); !want.IsTerminal {
					got.Size = 0 // a folder has one, which nobody asks for
				}
				if diff := cmp.Diff(want, got); diff != "" || err != nil {
					t.Error(diff, err)
				}
			}
			if err := errors.Join(s.Delete(ctx, "a"), s.Delete(ctx, "a")); err != nil {
				t.Error(err)
			}
			left, err := s.List(ctx, "", true)
			left = slices.DeleteFunc(left, func(key string) bool { return !strings.Contains(key, "/") }) // folders are listed too, by one
			if diff := cmp.Diff([]string{"ab/other"}, left); diff != "" || err != nil {
				t.Error(diff, err)
			}
			_, loading := s.Load(ctx, "a/c")
			_, listing := s.List(ctx, "a", false)
			_, asking := s.Stat(ctx, "a")
			for _, err := range []error{loading, listing, asking} {
				if !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("what is not there is %v", err)
				}
			}
			oneAtATime(t, s)
		})
	}
}

// oneAtATime holds the storage's lock to its word.
func oneAtATime(t *testing.T, s certmagic.Storage) {
	t.Helper()
	if err := s.Lock(t.Context(), "job"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := s.Lock(ctx, "job"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a lock that is held was had: %v", err)
	}
	if err := s.Unlock(t.Context(), "job"); err != nil {
		t.Fatal(err)
	}
	if err := s.Lock(t.Context(), "job"); err != nil {
		t.Fatal(err)
	}
	if err := s.Unlock(t.Context(), "job"); err != nil {
		t.Error(err)
	}
}

// TestReplicasShareACertificate: of three gateways that begin together one orders, all serve what it got, and Redis holds
// no key that can be read.
func TestReplicasShareACertificate(t *testing.T) {
	t.Parallel() // it waits
	address := startRedis(t).Address
	p := startPebble(t, time.Hour, false)
	var serials [3]string
	var replicas sync.WaitGroup
	for i := range serials {
		shown := served(t, newCertificates(t, p.config("http-01"), replicaStorage(t, address), zap.NewNop()))
		replicas.Go(func() { serials[i] = p.awaitCertificate(t, shown, "") })
	}
	replicas.Wait()
	if serials[1] != serials[0] || serials[2] != serials[0] || p.orders.Load() != 1 {
		t.Errorf("%d orders, certificates %v", p.orders.Load(), serials)
	}
	client := redis.NewClient(&redis.Options{Addr: address, Password: "geheim"})
	defer client.Close()
	sealed := 0
	for name, value := range client.HGetAll(t.Context(), "gateway:vault:certificates").Val() {
		if strings.Contains(value, "PRIVATE KEY") || strings.Contains(value, "CERTIFICATE") {
			t.Errorf("%s can be read", name)
		}
		sealed++
	}
	if sealed < 3 {
		t.Errorf("%d values are in Redis", sealed)
	}
}

// TestAnotherOrdersWhereOneWasKilled: a gateway that ends with -9 while it orders holds nobody up for long.
func TestAnotherOrdersWhereOneWasKilled(t *testing.T) {
	t.Parallel() // it waits
	address := startRedis(t).Address
	p := startPebble(t, time.Hour, false)
	p.held = make(chan struct{})
	config := fmt.Sprintf("quota: {store: redis, url: 'redis://:geheim@%s', seal_keys: [%s]}\n", address, sealKey) +
		fmt.Sprintf("tls: {acme: {domains: [%s], ca: %q, ca_root: %s, challenge: http-01, http_port: %d, tls_port: %d}, storage: redis}\n",
			p.domain, p.URL+wfe.DirectoryPath, p.rootFile, p.httpPort, p.tlsPort) + upstreamAt(echo(t).URL)
	killed := startProcess(t, config)
	if !eventually(t, func() bool { return p.orders.Load() > 0 }) {
		t.Fatal("nothing was ordered")
	}
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	close(p.held)
	g := startGateway(t, config)
	p.awaitCertificate(t, strings.TrimPrefix(g.callers, "http://"), "")
	if n := p.orders.Load(); n != 2 {
		t.Errorf("%d orders, of which one was given up", n)
	}
}

// TestCertificatesOutliveTheirStorage: while Redis does not answer they go on being served; a gateway that begins then
// asks on, and serves them when it answers again.
func TestCertificatesOutliveTheirStorage(t *testing.T) {
	t.Parallel() // it waits
	store := startRedis(t)
	p := startPebble(t, time.Hour, false)
	begin := func() (shown string, failures *observer.ObservedLogs) {
		core, failures := observer.New(zap.ErrorLevel)
		storage := replicaStorage(t, store.Address)
		storage.patience = 100 * time.Millisecond
		return served(t, newCertificates(t, p.config("http-01"), storage, zap.New(core))), failures
	}
	first, _ := begin()
	serial := p.awaitCertificate(t, first, "")
	store.Signal(t, syscall.SIGSTOP)
	late, failures := begin()
	if !eventually(t, func() bool { return failures.FilterMessageSnippet("there is none to show").Len() > 0 }) {
		t.Fatal("nothing was said of a storage that does not answer")
	}
	p.awaitCertificate(t, first, "")
	store.Signal(t, syscall.SIGCONT)
	if got := p.awaitCertificate(t, late, ""); got != serial || p.orders.Load() != 1 {
		t.Errorf("it serves %s after %d orders, not %s", got, p.orders.Load(), serial)
	}
}
