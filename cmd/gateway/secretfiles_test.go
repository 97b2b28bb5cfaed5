package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gateway/servertest"
)

// TestRotatedSecretIsUsed: the file of a secret is swapped as Kubernetes does it, by a link, and nobody touches the
// configuration. One that is empty for a while changes nothing.
func TestRotatedSecretIsUsed(t *testing.T) {
	t.Parallel() // it waits
	keys := make(chan string, 1000)
	vendor := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { keys <- r.Header.Get("X-Api-Key") }))
	t.Cleanup(vendor.Close)
	folder := t.TempDir()
	link := filepath.Join(folder, "key")
	rotate := func(key string) {
		t.Helper()
		file := filepath.Join(folder, "version-"+key)
		if err := os.WriteFile(file, []byte(key+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(file, link+".new"); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(link+".new", link); err != nil {
			t.Fatal(err)
		}
	}
	rotate("first-key")
	p := startProcess(t, "upstreams: {up: {url: "+vendor.URL+", credentials: {header: {name: X-Api-Key, value: \"${file:"+link+"}\"}}}}\n")
	used := func() string {
		get(t, p.callers+"/up/x")
		return servertest.Receive(t, keys, "a request")
	}
	if got := used(); got != "first-key" {
		t.Fatalf("%q is used at first", got)
	}
	rotate("") // a header without a value is no configuration
	p.await(t, "reload failed; the old configuration goes on", 1)
	if got := used(); got != "first-key" {
		t.Errorf("%q is used while the file is empty", got)
	}
	rotate("second-key")
	p.await(t, "reloaded", 1)
	for deadline := time.Now().Add(patience); used() != "second-key"; {
		if time.Now().After(deadline) {
			t.Fatal("the new key is not used")
		}
	}
}
