package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckReadsTheFilesOfTLS: what run refuses at its start, check refuses too, all at once.
func TestCheckReadsTheFilesOfTLS(t *testing.T) {
	const upstreams = "\nupstreams: {a: {url: http://127.0.0.1:1}}\n"
	missing := filepath.Join(t.TempDir(), "missing.pem")
	for section, wants := range map[string][]string{
		"tls: {files: {cert: MISSING, key: MISSING}, client_ca: MISSING}": {"tls.files: ", "tls.client_ca: "},
		"tls: {acme: {domains: [a.example], ca_root: MISSING}}":           {"tls.acme.ca_root: "},
		"tls: {acme: {domains: [a.example], challenge: dns-01}}":          {`tls.acme.challenge: "dns-01" is none of http-01, tls-alpn-01`},
	} {
		file := filepath.Join(t.TempDir(), "gateway.yaml")
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(section, "MISSING", missing)+upstreams), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := runCommandLine(t, "check", "--config", file)
		if code != exitFailed || out != "" || strings.Count(errs, "\n") != len(wants) {
			t.Errorf("%s: exit code %d, %q, %q", section, code, out, errs)
		}
		for _, want := range wants {
			if !strings.Contains(errs, want) {
				t.Errorf("%s: %q does not say %q", section, errs, want)
			}
		}
	}
}
