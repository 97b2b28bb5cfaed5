package vault_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gateway/vault"
)

// TestAShelfIsSharedAndSealed: every gateway with the key reads and lists what is on it, nobody can put a value in the
// place of another, and it ends with those who used it.
func TestAShelfIsSharedAndSealed(t *testing.T) {
	client := startRedis(t)
	a, b := vault.New(client, ring(t, keyText(1))).Shelf("files"), vault.New(client, ring(t, keyText(1))).Shelf("files")
	stranger := vault.New(client, ring(t, keyText(9))).Shelf("files")
	ctx := t.Context()
	if got, _, err := a.Get(ctx, "one"); got != nil || err != nil {
		t.Fatalf("%q, %v: there is none yet", got, err)
	}
	if err := errors.Join(a.Put(ctx, "one", []byte("geheim")), a.Put(ctx, "two", []byte{})); err != nil {
		t.Fatal(err)
	}
	if got, put, err := b.Get(ctx, "one"); string(got) != "geheim" || err != nil || time.Since(put).Abs() > time.Hour {
		t.Errorf("%q of %s, %v", got, put, err)
	}
	if got, _, err := b.Get(ctx, "two"); got == nil || len(got) != 0 || err != nil {
		t.Errorf("%v, %v: it is empty, and there", got, err)
	}
	if _, _, err := stranger.Get(ctx, "one"); !errors.Is(err, vault.ErrOther) {
		t.Errorf("a stranger gets %v", err)
	}
	names, err := b.Names(ctx)
	if slices.Sort(names); err != nil || !slices.Equal(names, []string{"one", "two"}) {
		t.Errorf("%v, %v", names, err)
	}
	const at = "gateway:vault:files"
	sealed := client.HGet(ctx, at, "one").Val()
	if strings.Contains(sealed, "geheim") {
		t.Errorf("%q can be read", sealed)
	}
	client.HSet(ctx, at, "two", sealed)
	if _, _, err := a.Get(ctx, "two"); !errors.Is(err, vault.ErrOther) {
		t.Errorf("a value was put in the place of another: %v", err)
	}
	if client.PTTL(ctx, at).Val() <= 0 {
		t.Error("it never ends")
	}
	if err := errors.Join(a.Delete(ctx, "one", "gone"), a.Delete(ctx)); err != nil {
		t.Error(err)
	}
	if got, _, err := b.Get(ctx, "one"); got != nil || err != nil {
		t.Errorf("%q, %v: it was taken away", got, err)
	}
}
