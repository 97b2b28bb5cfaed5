package configs_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"gateway/configs"
	"gateway/credentials"
)

const smallest = "upstreams:\n  akeneo: {url: https://demo.akeneo.com, profile: akeneo}\n"

func TestSmallestFileGetsDefaults(t *testing.T) {
	cfg, err := configs.LoadBytes("gateway.yaml", []byte(smallest))
	if err != nil {
		t.Fatal(err)
	}
	u := cfg.Upstreams["akeneo"]
	got := []any{
		cfg.Listen, cfg.Admin.Listen, cfg.Problems.Base, cfg.Log, u.Status, u.ErrorsInSuccess, u.Timeouts.Connect, u.Timeouts.Header,
		u.Timeouts.Total, u.Timeouts.Idle, u.Throttle.Limits[0].Requests, u.Throttle.Concurrency, *u.Throttle.MaxWait, u.Throttle.Mode,
	}
	want := []any{
		[]string{"127.0.0.1:8080"},
		"127.0.0.1:8081", "/.gateway/problems/",
		configs.Log{Level: "info", Format: "json"},
		"upstream", "profile",
		5 * time.Second, 30 * time.Second, 60 * time.Second, 90 * time.Second, 100, 4, 10 * time.Second, "enforce",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestProfileIsFoundByHost(t *testing.T) {
	for url, want := range map[string]string{
		"https://acme.api.accelo.com": "Accelo", "https://demo.cloud.akeneo.com": "Akeneo", "https://API.apaleo.com": "apaleo",
		"https://accelo.com.evil.example": "", "https://api.example.com": "",
	} {
		cfg, err := configs.LoadBytes("x.yaml", fmt.Appendf(nil, "upstreams: {a: {url: %q, profile: auto}}", url))
		if err != nil {
			t.Fatal(err)
		}
		if got := cfg.Settings().Upstreams[0].Reader.Vendor(); got != want {
			t.Errorf("%s: profile of %q, want %q", url, got, want)
		}
	}
}

// Windows editors put a byte order mark in front of UTF-8, and YAML allows it (1.2, section 5.2).
func TestByteOrderMarkIsNoKey(t *testing.T) {
	if _, err := configs.LoadBytes("x.yaml", []byte("\ufeffupstreams: {a: {url: https://a.example}}")); err != nil {
		t.Error(err)
	}
}

func TestReferencesAreFilledIn(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("from file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CANARY", "from env: {x: 1}")
	t.Setenv("EMPTY", "")
	for text, want := range map[string]string{
		"${CANARY}": "from env: {x: 1}", "${file:" + secret + "}": "from file", "${UNSET_X:-fallback}": "fallback",
		"${EMPTY:-fallback}": "fallback", "$${CANARY}": "${CANARY}", "a-${CANARY}-b": "a-from env: {x: 1}-b", "$5 and {x}": "$5 and {x}",
	} {
		cfg, err := configs.LoadBytes("x.yaml", fmt.Appendf(nil, "upstreams: {a: {url: 'https://a.example', credentials: {header: {name: K, value: %q}}}}", text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := cfg.Upstreams["a"].Credentials[0].Header.Value.Reveal(); got != want {
			t.Errorf("%s became %q, want %q", text, got, want)
		}
	}
}

// TestNoOutputShowsASecret prints a configuration in every way a program might.
func TestNoOutputShowsASecret(t *testing.T) {
	t.Setenv("CANARY", "canary-7f3a")
	cfg, err := configs.LoadBytes("x.yaml", []byte("upstreams: {a: {url: 'https://a.example', credentials: {oauth2: {token_url: 'https://a.example/t', client_id: a, client_secret: '${CANARY}'}}}}"))
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(cfg.Upstreams)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(cfg.Upstreams)
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	field := zap.Any("config", cfg.Upstreams["a"].Credentials[0].OAuth2.ClientSecret)
	fmt.Fprint(&logged, field)
	for name, text := range map[string]string{
		"%v": fmt.Sprintf("%v", cfg.Upstreams), "%+v": fmt.Sprintf("%+v", *cfg.Upstreams["a"].Credentials[0].OAuth2),
		"%#v": fmt.Sprintf("%#v", *cfg.Upstreams["a"].Credentials[0].OAuth2), "JSON": string(asJSON), "YAML": string(asYAML), "zap": logged.String(),
	} {
		if strings.Contains(text, "canary") {
			t.Errorf("%s shows the secret: %s", name, text)
		}
	}
	if got := fmt.Sprint(credentials.Secret("x")); got != "<secret>" {
		t.Errorf("a secret prints as %q", got)
	}
}

// TestNoErrorShowsASecret: the value of a reference is in no message, even where it stands in the wrong place.
func TestNoErrorShowsASecret(t *testing.T) {
	t.Setenv("CANARY", "canary-7f3a")
	for _, text := range []string{
		"upstreams: {a: {url: 'https://a.example', timeouts: {total: '${CANARY}'}}}",
		"upstreams: {a: {url: 'https://a.example', throttle: {concurrency: '${CANARY}'}}}",
		"upstreams: {a: {url: 'https://a.example', retry: {budget: '${CANARY}'}}}",
	} {
		_, err := configs.LoadBytes("x.yaml", []byte(text))
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestColonsInListsWithinBraces: a colon without a space behind it is a part of a value (YAML 1.2, section 7.3.3), whatever
// the parser says.
func TestColonsInListsWithinBraces(t *testing.T) {
	for list, want := range map[string][]string{
		"[header:X-Tenant]":                {"header:X-Tenant"},
		"[upstream, header:X-Tenant]":      {"upstream", "header:X-Tenant"},
		"[header:1]":                       {"header:1"},
		"header:X-Tenant":                  {"header:X-Tenant"},
		"[header: X-Tenant]":               nil,
		"['header':X-Tenant]":              nil,
		"[header:'X-Tenant']":              nil,
		"[{header:X-Tenant, upstream: 1}]": nil,
	} {
		cfg, err := configs.LoadBytes("x.yaml", []byte("upstreams: {a: {url: 'https://a.test', throttle: {key: "+list+"}}}"))
		switch {
		case want == nil && (err == nil || !strings.Contains(err.Error(), "key[0]: wants a single value, not keys with values")):
			t.Errorf("%s: %v", list, err)
		case want != nil && err != nil:
			t.Errorf("%s: %v", list, err)
		case want != nil && !slices.Equal(cfg.Upstreams["a"].Throttle.Key, want):
			t.Errorf("%s: %q", list, cfg.Upstreams["a"].Throttle.Key)
		}
	}
}

// TestInvalidFiles holds every message to the letter: testdata/invalid-*.yaml.
func TestInvalidFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/invalid-*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, err := configs.Load(file)
			if err == nil {
				t.Fatal("was accepted")
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			got := err.Error() + "\n"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestBombEndsEarly: aliases that multiply are refused before they fill the memory.
func TestBombEndsEarly(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1)
	}
	b.WriteString("listen: *a11\n")
	_, err := configs.LoadBytes("bomb.yaml", []byte(b.String()))
	if err == nil {
		t.Fatal("was accepted")
	}
}

func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "gateway.yaml") {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := configs.LoadBytes("fuzz.yaml", data)
		if (cfg == nil) == (err == nil) {
			t.Errorf("config %v with error %v", cfg, err)
		}
	})
}
