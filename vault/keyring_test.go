package vault_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gateway/vault"
)

// keyText is a key of 32 bytes that are all b.
func keyText(b byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32)) }

func ring(t testing.TB, keys ...string) *vault.Keyring {
	t.Helper()
	r, err := vault.NewKeyring(keys)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestOnlyTheKeyAndTheNameOpen: what is sealed comes back whole, under its own name alone, and shows nothing of itself.
func TestOnlyTheKeyAndTheNameOpen(t *testing.T) {
	ours := ring(t, keyText(1))
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOfN(rapid.Byte(), 8, 64).Draw(t, "plain")
		name := rapid.String().Draw(t, "name")
		sealed := ours.Seal(name, plain)
		if got, err := ours.Open(name, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%v, %v", got, err)
		}
		if bytes.Contains(sealed, plain) {
			t.Fatal("the plain text shows")
		}
		if _, err := ours.Open(name+"x", sealed); !errors.Is(err, vault.ErrOther) {
			t.Fatal("opened under another name")
		}
		bit := rapid.IntRange(0, len(sealed)*8-1).Draw(t, "bit")
		sealed[bit/8] ^= 1 << (bit % 8)
		if _, err := ours.Open(name, sealed); !errors.Is(err, vault.ErrOther) {
			t.Fatalf("opened with bit %d changed", bit)
		}
		if _, err := ours.Open(name, sealed[:bit/8]); !errors.Is(err, vault.ErrOther) {
			t.Fatalf("opened with %d bytes left", bit/8)
		}
	})
}

// TestKeysAreReplacedOneByOne: gateways with the new key in front and those that still have the old one read each other
// as far as they know the keys.
func TestKeysAreReplacedOneByOne(t *testing.T) {
	old, both, last := ring(t, keyText(1)), ring(t, keyText(2), keyText(1)), ring(t, keyText(2))
	for name, c := range map[string]struct {
		seals, opens *vault.Keyring
		ok           bool
	}{
		"the old one's, by who has both":      {old, both, true},
		"by the new one, where it is alone":   {both, last, true},
		"the old one's, once it is taken out": {old, last, false},
		"the new one's, by who lacks it":      {both, old, false},
	} {
		_, err := c.opens.Open("x", c.seals.Seal("x", []byte("value")))
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKeysAreTakenAsTheyAreWritten: with or without padding, in either alphabet; what is no key is refused and not shown.
func TestKeysAreTakenAsTheyAreWritten(t *testing.T) {
	raw := bytes.Repeat([]byte{0xfb, 0xef}, 16)
	first := ring(t, base64.StdEncoding.EncodeToString(raw))
	for _, text := range []string{
		base64.RawStdEncoding.EncodeToString(raw), base64.URLEncoding.EncodeToString(raw), " " + base64.RawURLEncoding.EncodeToString(raw) + "\n",
	} {
		if got, err := ring(t, text).Open("x", first.Seal("x", []byte("value"))); err != nil || string(got) != "value" {
			t.Errorf("%v", err)
		}
	}
	for _, text := range []string{"", "geheim", strings.Repeat("geheim", 9), base64.StdEncoding.EncodeToString(raw[:16])} {
		_, err := vault.NewKeyring([]string{keyText(1), text})
		if err == nil || !strings.HasPrefix(err.Error(), "[1]: needs 32 bytes") || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := vault.NewKeyring(nil); err == nil {
		t.Error("no key at all is taken")
	}
}
