package credentials_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gateway/credentials"
)

// board is where gateways share tokens: a store by hand.
type board struct {
	mu    sync.Mutex
	kept  map[string][]byte
	owned map[string]time.Time // until when
	fails error
}

func newBoard() *board { return &board{kept: map[string][]byte{}, owned: map[string]time.Time{}} }

func (b *board) replicas() *credentials.Replicas {
	return &credentials.Replicas{
		Load: func(_ context.Context, name string) ([]byte, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			return b.kept[name], b.fails
		},
		Save: func(_ context.Context, name string, value []byte, _ time.Duration) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.fails == nil {
				b.kept[name] = value
			}
			return b.fails
		},
		Lock: func(_ context.Context, name string, lasts time.Duration) (func(), error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.fails != nil || time.Now().Before(b.owned[name]) {
				return nil, b.fails
			}
			b.owned[name] = time.Now().Add(tokenPatience)
			return func() {
				b.mu.Lock()
				defer b.mu.Unlock()
				delete(b.owned, name)
			}, nil
		},
	}
}

// tokenPatience is longer than a call of a token endpoint takes.
const tokenPatience = 15 * time.Second

// failing makes it fail with err, or work again.
func (b *board) failing(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fails = err
}

// strict is a vendor that takes each refresh token once, and only the newest access token.
type strict struct {
	rotating
	reused int
}

func (v *strict) token(_ int, req *http.Request) (*http.Response, error) {
	if err := req.ParseForm(); err != nil {
		return nil, err
	}
	<-time.After(100 * time.Millisecond)
	v.mu.Lock()
	if sent := req.PostForm.Get("refresh_token"); v.current != "" && sent != v.current {
		v.reused++
		v.mu.Unlock()
		return answer(400, `{"error":"invalid_grant"}`), nil
	}
	v.mu.Unlock()
	return v.answer(0, req)
}

func (v *strict) call(req *http.Request) *http.Response {
	v.mu.Lock()
	defer v.mu.Unlock()
	return accepting(fmt.Sprintf("access-%d", v.n))(req)
}

// replicasOf are stages of gateways of their own that share a board and have a vendor.
func replicasOf(t *testing.T, n int, b *board, v *strict, config credentials.Config) []*stage {
	t.Helper()
	all := make([]*stage, n)
	for i := range all {
		all[i] = newStageAmong(t, b.replicas(), config)
		all[i].vendor.answer = v.call
		all[i].endpoint.answer = func(n int, req *http.Request) (*http.Response, error) {
			form := all[i].endpoint.calls[n-1]
			return v.token(n, &http.Request{PostForm: form, Form: form})
		}
	}
	return all
}

func everybody(t *testing.T, all []*stage) {
	t.Helper()
	var group sync.WaitGroup
	for i, s := range all {
		group.Go(func() {
			if code := s.code(t); code != 200 {
				t.Errorf("gateway %d got %d", i, code)
			}
		})
	}
	group.Wait()
}

func calls(all []*stage) (n int) {
	for _, s := range all {
		n += s.endpoint.count()
	}
	return n
}

// TestReplicasDoNotRevokeEachOthersTokens: of many gateways, one asks for all, over days, though the vendor takes each
// refresh token once and revokes the old access token.
func TestReplicasDoNotRevokeEachOthersTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := &strict{}
		all := replicasOf(t, 8, newBoard(), vendor, refreshGrant(""))
		everybody(t, all)
		if n := calls(all); n != 1 {
			t.Fatalf("%d calls for the first token", n)
		}
		const hours = 12
		for range hours * 6 {
			<-time.After(10 * time.Minute)
			everybody(t, all)
		}
		n := calls(all)
		t.Logf("%d calls in %d hours", n, hours)
		if vendor.reused > 0 || n > hours*10/7+2 || n < hours {
			t.Errorf("%d calls in %d hours, %d refresh tokens used twice", n, hours, vendor.reused)
		}
	})
}

// TestReplicaThatStartsTakesWhatIsThere, also after all others are gone: the configured refresh token is used up.
func TestReplicaThatStartsTakesWhatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor, b := &strict{}, newBoard()
		everybody(t, replicasOf(t, 1, b, vendor, refreshGrant("")))
		late := replicasOf(t, 1, b, vendor, refreshGrant(""))
		everybody(t, late)
		if n := late[0].endpoint.count(); n != 0 {
			t.Errorf("%d calls though a token was there", n)
		}
		if got := late[0].secrets.String(vendor.current); got != "<secret>" {
			t.Errorf("the shared refresh token is no secret: %q", got)
		}
		<-time.After(2 * time.Hour) // the token has ended
		later := replicasOf(t, 1, b, vendor, refreshGrant(""))
		everybody(t, later)
		if vendor.reused > 0 {
			t.Error("the configured refresh token was used, which another gateway had used up")
		}
	})
}

// TestReplicaThatIsKilledHoldsNobodyUp: who asked for all and is gone leaves it to another when its lock ends.
func TestReplicaThatIsKilledHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor, b := &strict{}, newBoard()
		all := replicasOf(t, 3, b, vendor, refreshGrant(""))
		everybody(t, all)
		b.mu.Lock()
		for name := range b.kept {
			b.owned[name] = time.Now().Add(time.Hour + 3*time.Second)
		}
		b.mu.Unlock()
		<-time.After(time.Hour)
		start := time.Now()
		everybody(t, all)
		if waited := time.Since(start); waited < 2*time.Second || waited > 5*time.Second {
			t.Errorf("waited for %v", waited)
		}
		if n := calls(all); n != 2 || vendor.reused > 0 {
			t.Errorf("%d calls, %d used twice", n, vendor.reused)
		}
	})
}

// TestReplicasGoOnAloneWhileTheirStoreFails: no request fails, the status tells of it, and they come together again.
func TestReplicasGoOnAloneWhileTheirStoreFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		all := replicasOf(t, 2, b, &strict{}, clientGrant())
		for _, s := range all {
			s.vendor.answer = nil // takes every token
			s.endpoint.answer = nil
		}
		b.failing(errors.New("the store is down"))
		everybody(t, all)
		if n := calls(all); n != 2 {
			t.Errorf("%d calls, want one of each", n)
		}
		for _, s := range all {
			if status := s.store.Status()[0]; !strings.Contains(status.LastError, "the store is down") {
				t.Errorf("%+v", status)
			}
		}
		b.failing(nil)
		<-time.After(2 * time.Hour)
		everybody(t, all)
		if n := calls(all); n != 3 {
			t.Errorf("%d calls in all, want one for both after the store was back", n)
		}
		for _, s := range all {
			if status := s.store.Status()[0]; status.LastError != "" {
				t.Errorf("%+v", status)
			}
		}
	})
}

// TestReplicasTakeNoNonsense: what cannot be read is replaced, and shown to nobody.
func TestReplicasTakeNoNonsense(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		all := replicasOf(t, 2, b, &strict{}, refreshGrant(""))
		everybody(t, all[:1])
		for name := range b.kept {
			b.kept[name] = []byte("nonsense")
		}
		<-time.After(2 * time.Hour)
		everybody(t, all[:1])
		if status := all[0].store.Status()[0]; !strings.Contains(status.LastError, "could not be read") || strings.Contains(status.LastError, "nonsense") {
			t.Errorf("%+v", status)
		}
		if everybody(t, all[1:]); calls(all) != 2 {
			t.Errorf("%d calls: the other did not find what replaced it", calls(all))
		}
	})
}

// TestNamesOfSharedTokens: other credentials have others, and a password makes no difference, which could be guessed by it.
func TestNamesOfSharedTokens(t *testing.T) {
	nameOf := func(change func(*credentials.OAuth2)) string {
		b, config := newBoard(), clientGrant()
		o := *config.OAuth2
		change(&o)
		config.OAuth2 = &o
		newStageAmong(t, b.replicas(), config).code(t)
		for name := range b.kept {
			return name
		}
		t.Fatal("nothing is shared")
		return ""
	}
	seen := map[string]string{}
	for name, change := range map[string]func(*credentials.OAuth2){
		"as it is": func(*credentials.OAuth2) {},
		"client":   func(o *credentials.OAuth2) { o.ClientID = "other" },
		"endpoint": func(o *credentials.OAuth2) { o.TokenURL += "x" },
		"scopes":   func(o *credentials.OAuth2) { o.Scopes = []string{"read"} },
		"params":   func(o *credentials.OAuth2) { o.Params = map[string]string{"audience": "a"} },
		"refresh":  func(o *credentials.OAuth2) { o.Grant, o.RefreshToken = "refresh_token", "r" },
	} {
		got := nameOf(change)
		if other, ok := seen[got]; ok {
			t.Errorf("%s and %s share a token", name, other)
		}
		seen[got] = name
	}
	if seen[nameOf(func(o *credentials.OAuth2) { o.ClientSecret = "rotated" })] != "as it is" {
		t.Error("the name depends on a secret")
	}
}
