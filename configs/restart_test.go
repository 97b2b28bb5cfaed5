package configs_test

import (
	"slices"
	"testing"

	"gateway/configs"
)

// read loads a configuration that consists of text and an upstream.
func read(t *testing.T, text string) *configs.Config {
	t.Helper()
	cfg, err := configs.LoadBytes("gateway.yaml", []byte(text+"\nupstreams: {a: {url: 'https://a.test'}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestNeedRestart(t *testing.T) {
	for text, want := range map[string][]string{
		"":                          nil,
		"listen: 127.0.0.1:8080":    nil, // the default
		"listen: 127.0.0.1:8082":    {"listen"},
		"admin: {keep: {for: 1h}}":  {"admin"},
		"quota: {gateways: 2}":      {"quota"},
		"server: std":               {"server"},
		"h2c: true":                 {"h2c"},
		"drain: {grace: 5s}":        {"drain"},
		"log: {level: warn}":        {"log"},
		"limits: {streams: 7}":      {"limits of connections"},
		"limits: {body_bytes: 700}": nil,
		"metrics: {native_histograms: true}\ntraces: {otlp: 'http://a.test/v1/traces'}": {"metrics", "traces"},
		"tls: {files: {cert: a, key: b}}":                                               {"tls"},
		"problems: {base: 'https://errors.test/'}\nconsumers: {weights: {a: 1}}":        nil,
	} {
		if got := read(t, text).NeedRestart(read(t, "")); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}
