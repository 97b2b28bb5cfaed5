package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"gateway/configs"
)

// TestListeningSaysWhatToDo where it cannot be done.
func TestListeningSaysWhatToDo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"unix:" + file: "remove what is no socket",
		"unix:" + filepath.Join(t.TempDir(), "none", "socket"): "make it, or configure another path",
		"192.0.2.1:0": "is no address of this machine", // TEST-NET-1 (RFC 5737)
	} {
		l, err := listen(t.Context(), address)
		if err == nil {
			l.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestCertificateFilesSayWhatIsWrong: a message names both files, and an expired certificate is served but told of.
func TestCertificateFilesSayWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	files := configs.TLSFiles{Cert: filepath.Join(dir, "tls.crt"), Key: filepath.Join(dir, "tls.key")}
	newAuthority(t).issue(t, "gateway.test", 2, filepath.Join(dir, "elsewhere"), files.Key)
	newAuthority(t).issue(t, "gateway.test", 3, files.Cert, filepath.Join(dir, "nowhere"))
	_, err := newFileCertificate(files, zap.NewNop())
	if err == nil || !strings.Contains(err.Error(), files.Cert+" and "+files.Key+" are no certificate with its key") {
		t.Error(err)
	}
	core, logs := observer.New(zap.ErrorLevel)
	newAuthority(t).issueUntil(t, "gateway.test", 4, time.Now().Add(-time.Minute), files.Cert, files.Key)
	if _, err := newFileCertificate(files, zap.New(core)); err != nil || logs.FilterMessageSnippet("has expired").Len() != 1 {
		t.Errorf("%v, %v", err, logs.All())
	}
}
