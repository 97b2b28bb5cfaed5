package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// login is a vendor and its token endpoint, which takes each refresh token once and revokes the old access token.
type login struct {
	mu      sync.Mutex
	current string // refresh token
	n       int    // of the access token
	reused  int
	held    chan struct{} // calls wait until it is closed; nil: they do not
	began   chan struct{} // a call has come
}

func (l *login) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/token" {
		l.mu.Lock()
		defer l.mu.Unlock()
		if r.Header.Get("Authorization") != fmt.Sprintf("Bearer access-%d", l.n) {
			w.WriteHeader(http.StatusUnauthorized)
		}
		return
	}
	refresh := r.FormValue("refresh_token") // reads the body, without which nobody would see that the caller is gone
	l.mu.Lock()
	held := l.held
	l.mu.Unlock()
	if held != nil {
		l.began <- struct{}{}
		select {
		case <-held:
		case <-r.Context().Done(): // killed
			return
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if refresh != l.current {
		l.reused++
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	l.n++
	l.current = fmt.Sprintf("geheim-%d", l.n)
	fmt.Fprintf(w, `{"access_token":"access-%d","expires_in":3600,"refresh_token":%q}`, l.n, l.current)
}

// TestReplicasShareTokens of one refresh token, sealed in a real Redis; one that is killed while it asks for a token
// leaves that to another.
func TestReplicasShareTokens(t *testing.T) {
	t.Parallel() // it waits
	vendor := &login{current: "geheim-0", held: make(chan struct{}), began: make(chan struct{}, 10)}
	server := httptest.NewServer(vendor)
	defer server.Close()
	address := startRedis(t).Address
	config := fmt.Sprintf(`quota: {store: redis, url: 'redis://:geheim@%s', seal_keys: [%s]}
upstreams:
  up:
    url: %s
    credentials: {oauth2: {grant: refresh_token, token_url: '%[3]s/token', client_id: me, client_secret: s, refresh_token: geheim-0}}
`, address, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)), server.URL)
	killed := startProcess(t, config)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if req, err := http.NewRequestWithContext(ctx, http.MethodGet, killed.callers+"/up/x", nil); err == nil {
			if resp, err := http.DefaultClient.Do(req); err == nil {
				resp.Body.Close()
			}
		}
	}()
	select {
	case <-vendor.began:
	case <-time.After(patience):
		t.Fatal("the token endpoint was not asked")
	}
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cancel()
	<-gone
	vendor.mu.Lock()
	vendor.held = nil
	vendor.mu.Unlock()

	var group sync.WaitGroup
	for range 3 {
		g := startGateway(t, config)
		group.Go(func() {
			if code, body := codeOf(t, g.callers+"/up/x", ""); code != "" {
				t.Errorf("%s: %s", code, body)
			}
		})
	}
	group.Wait()
	if vendor.n != 1 || vendor.reused != 0 {
		t.Errorf("%d tokens were fetched, %d refresh tokens used twice", vendor.n, vendor.reused)
	}
	client := redis.NewClient(&redis.Options{Addr: address, Password: "geheim"})
	defer client.Close()
	for _, key := range client.Keys(t.Context(), "gateway:vault:*").Val() {
		if text := client.Get(t.Context(), key).Val(); strings.Contains(text, "access-") || strings.Contains(text, "geheim") {
			t.Errorf("%s can be read: %q", key, text)
		}
	}
}
