package credentials_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gateway/credentials"
)

// TestRefusedTokenIsReplacedOnce is trap 66: one new token, one more try.
func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, clientGrant())
		s.code(t)
		<-time.After(time.Minute)
		s.vendor.answer = accepting("token-2")
		resp, err := s.get(t, "http://vendor.example/x", "the whole body")
		if err != nil || resp.StatusCode != 200 {
			t.Fatal(resp, err)
		}
		if diff := cmp.Diff([]string{"", "the whole body", "the whole body"}, s.vendor.bodies); diff != "" {
			t.Error(diff)
		}
		if n := s.endpoint.count(); n != 2 {
			t.Errorf("%d token calls, want 2", n)
		}
	})
}

// TestVendorThatAlwaysRefusesIsLeftAlone is trap 66 too: two calls a request at most, tokens are asked for ever less
// often, and in the end the credential is held back, long before Accelo's 100 failed logins.
func TestVendorThatAlwaysRefusesIsLeftAlone(t *testing.T) {
	for name, config := range map[string]credentials.Config{"token": clientGrant(), "key": headerKey("X-Api-Key", "wrong-key")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, config)
				s.vendor.answer = accepting()
				refused, held := 0, 0
				for start := time.Now(); time.Since(start) < 5*time.Minute; <-time.After(100 * time.Millisecond) {
					before := s.vendor.count()
					resp, err := s.get(t, "http://vendor.example/x", "")
					if n := s.vendor.count() - before; n > 2 {
						t.Fatalf("%d calls for one request", n)
					}
					if err == nil {
						refused++
						resp.Body.Close()
						continue
					}
					held++
					if e, ok := errors.AsType[*credentials.Error](err); !ok || !e.Rejected || e.RetryAfter <= 0 || e.RetryAfter > 75*time.Second {
						t.Fatalf("%+v", err)
					}
				}
				if n := s.vendor.count(); n > 40 || refused == 0 || held == 0 {
					t.Errorf("%d calls in five minutes, %d refused, %d held back", n, refused, held)
				}
				if n := s.endpoint.count(); n > 15 {
					t.Errorf("%d token calls", n)
				}
				if st := s.store.Status()[0]; st.Rejections < 10 || st.HeldBackFor <= 0 {
					t.Errorf("%+v", st)
				}
				s.vendor.answer = nil
				<-time.After(2 * time.Minute)
				for range 20 {
					if code := s.code(t); code != 200 {
						t.Fatalf("still %d", code)
					}
				}
			})
		})
	}
}

// TestResourceThatRefusesHoldsNobodyBack: a vendor that says 401 to a few requests does not stop the others, and does not
// make a storm of token calls.
func TestResourceThatRefusesHoldsNobodyBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, clientGrant())
		s.vendor.answer = func(req *http.Request) *http.Response {
			if req.URL.Path == "/forbidden" {
				return answer(401, "")
			}
			return answer(200, "ok")
		}
		for range 600 {
			if resp, err := s.get(t, "http://vendor.example/forbidden", ""); err != nil || resp.StatusCode != 401 {
				t.Fatal(resp, err)
			}
			if code := s.code(t); code != 200 {
				t.Fatalf("another resource got %d", code)
			}
			<-time.After(500 * time.Millisecond)
		}
		if n := s.endpoint.count(); n > 20 {
			t.Errorf("%d token calls in five to ten minutes", n)
		}
	})
}

// TestYoungTokenGetsTimeToBecomeKnown: Accelo refuses a token at times that it has just issued.
func TestYoungTokenGetsTimeToBecomeKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, clientGrant())
		issued := map[string]time.Time{}
		s.endpoint.answer = func(n int, _ *http.Request) (*http.Response, error) {
			issued[fmt.Sprintf("Bearer token-%d", n)] = time.Now()
			return answer(200, tokenAnswer(n, 3600)), nil
		}
		s.vendor.answer = func(req *http.Request) *http.Response {
			if time.Since(issued[req.Header.Get("Authorization")]) < 400*time.Millisecond {
				return answer(401, "")
			}
			return answer(200, "ok")
		}
		if code := s.code(t); code != 200 || s.endpoint.count() != 2 || s.vendor.count() != 2 {
			t.Errorf("%d after %d token calls and %d requests", code, s.endpoint.count(), s.vendor.count())
		}
	})
}

// TestBodyThatCannotBeReadAgain is not sent again, but the next request has a new token.
func TestBodyThatCannotBeReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, clientGrant())
		s.code(t)
		<-time.After(time.Minute)
		s.vendor.answer = accepting("token-2")
		req := request(t, "http://vendor.example/x", "body")
		req.GetBody, req.Body = nil, io.NopCloser(strings.NewReader("body"))
		resp, err := s.RoundTrip(req)
		if err != nil || resp.StatusCode != 401 {
			t.Fatal(resp, err)
		}
		if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "who are you?" {
			t.Errorf("the vendor's answer is %q, %v", body, err)
		}
		synctest.Wait()
		if code := s.code(t); code != 200 || s.endpoint.count() != 2 {
			t.Errorf("then %d, %d token calls", code, s.endpoint.count())
		}
	})
}

// TestRefusalStaysWhereNoTokenComes: the vendor's answer is not lost to the endpoint's failure.
func TestRefusalStaysWhereNoTokenComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, clientGrant())
		s.code(t)
		<-time.After(time.Minute)
		s.vendor.answer = accepting()
		s.endpoint.answer = func(int, *http.Request) (*http.Response, error) { return answer(503, ""), nil }
		resp, err := s.get(t, "http://vendor.example/x", "")
		if err != nil || resp.StatusCode != 401 {
			t.Fatal(resp, err)
		}
		if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "who are you?" {
			t.Errorf("the vendor's answer is %q, %v", body, err)
		}
	})
}

// TestCredentialIsChosen by consumer and header; the first that fits.
func TestCredentialIsChosen(t *testing.T) {
	list := []credentials.Config{
		headerKey("X-Key", "batch at acme"), headerKey("X-Key", "batch"), headerKey("X-Key", "acme"), headerKey("X-Key", "rest"),
	}
	list[0].Consumer, list[0].When = "batch", "header:X-Tenant=acme"
	list[1].Consumer, list[2].When = "batch", "header:x-tenant=acme"
	s := newStage(t, list...)
	accounts := map[string]bool{}
	s.OnUse = func(_ *http.Request, account string) { accounts[account] = true }
	for headers, want := range map[string]string{
		"X-Consumer: batch|X-Tenant: acme": "batch at acme", "X-Consumer: batch": "batch", "X-Tenant: acme": "acme",
		"X-Tenant: other|X-Consumer: web": "rest", "X-Key: acme": "rest",
	} {
		if _, err := s.get(t, "http://vendor.example/x", "", strings.Split(headers, "|")...); err != nil {
			t.Fatal(err)
		}
		if got := s.vendor.last().Header.Values("X-Key"); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", headers, got, want)
		}
	}
	if len(accounts) != 4 {
		t.Errorf("%d accounts, want 4", len(accounts))
	}
	s.use(t, list[0])
	sent := s.vendor.count()
	resp, err := s.get(t, "http://vendor.example/x", "", "X-Consumer: web", "X-Key: mine")
	if err == nil {
		t.Fatal(resp.StatusCode)
	}
	var unfit *credentials.Error
	if !errors.As(err, &unfit) || !unfit.Unfit || unfit.RetryAfter != 0 || s.vendor.count() != sent {
		t.Errorf("%v; %d more requests went out", err, s.vendor.count()-sent)
	}
}

// TestKeysOfTheCacheDoNotCollide is trap 65: whose parts join to the same text have tokens of their own.
func TestKeysOfTheCacheDoNotCollide(t *testing.T) {
	one, other := clientGrant(), clientGrant()
	one.OAuth2.ClientID, one.OAuth2.ClientSecret = "ab", "c"
	other.OAuth2.ClientID, other.OAuth2.ClientSecret = "a", "bc"
	one.Consumer = "one"
	s := newStage(t, one, other)
	got := map[string]bool{}
	for _, consumer := range []string{"one", "other", "one"} {
		if _, err := s.get(t, "http://vendor.example/x", "", "X-Consumer: "+consumer); err != nil {
			t.Fatal(err)
		}
		got[s.vendor.last().Header.Get("Authorization")] = true
	}
	if len(got) != 2 || s.endpoint.count() != 2 {
		t.Errorf("tokens %v after %d calls", got, s.endpoint.count())
	}
}

// TestTokensOutliveReloads where the credential stays the same, and are gone where it does not.
func TestTokensOutliveReloads(t *testing.T) {
	s := newStage(t, clientGrant())
	s.code(t)
	for range 100 {
		s.use(t, clientGrant())
		s.code(t)
	}
	if n := s.endpoint.count(); n != 1 {
		t.Errorf("%d token calls over 100 reloads", n)
	}
	changed := clientGrant()
	changed.OAuth2.ClientSecret = "another-client-secret"
	s.use(t, changed)
	s.code(t)
	if n, kept := s.endpoint.count(), len(s.store.Status()); n != 2 || kept != 1 {
		t.Errorf("%d token calls, %d credentials kept", n, kept)
	}
	for _, text := range []string{"token-1", "token-2", "client-secret", "another-client-secret"} {
		if got := s.secrets.String("it is " + text); got != "it is <secret>" {
			t.Errorf("%q", got)
		}
	}
	if _, err := credentials.New([]credentials.Config{clientGrant()}, s.store, connecting(s.endpoint)); err != nil { // a reload that fails later
		t.Fatal(err)
	}
	s.code(t)
	if n := s.endpoint.count(); n != 2 {
		t.Errorf("%d token calls", n)
	}
}

// TestStatusHoldsNoSecret of any kind.
func TestStatusHoldsNoSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, clientGrant())
		s.endpoint.answer = func(n int, _ *http.Request) (*http.Response, error) {
			if n == 1 {
				return answer(200, tokenAnswer(n, 1000)), nil
			}
			return answer(401, `{"error":"invalid_client","error_description":"client-secret is wrong, token-1 too"}`), nil
		}
		s.code(t)
		began := time.Now()
		<-time.After(950 * time.Second)
		s.code(t)
		synctest.Wait()
		got := s.store.Status()[0]
		got.RetryAt, got.Account = time.Time{}, ""
		want := credentials.Status{
			Kind: "client_credentials", Issued: began, Expires: began.Add(1000 * time.Second), Calls: &credentials.Calls{Tokens: 1, Refused: 1},
			LastError: "The token endpoint refused the gateway's credential. it answered 401 invalid_client: <secret> is wrong, <secret> too",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
