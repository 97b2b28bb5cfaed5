package credentials_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gateway/credentials"
)

// TestOneTokenCallForAllWaiters is trap 65: the first waiter leaves, and nobody else is harmed.
func TestOneTokenCallForAllWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, clientGrant())
		release := make(chan struct{})
		s.endpoint.answer = func(n int, req *http.Request) (*http.Response, error) {
			select {
			case <-release:
				return answer(200, tokenAnswer(n, 3600)), nil
			case <-req.Context().Done():
				return nil, req.Context().Err()
			}
		}
		leaves, leave := context.WithCancel(t.Context())
		first := make(chan error)
		go func() {
			_, err := s.RoundTrip(request(t, "http://vendor.example/x", "").WithContext(leaves))
			first <- err
		}()
		synctest.Wait()
		var all sync.WaitGroup
		for range 999 {
			all.Go(func() {
				if code := s.code(t); code != 200 {
					t.Errorf("a waiter got %d", code)
				}
			})
		}
		synctest.Wait()
		leave()
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("who left got %v", err)
		}
		close(release)
		all.Wait()
		if s.endpoint.count() != 1 || s.vendor.count() != 999 {
			t.Errorf("%d token calls, %d requests; want 1, 999", s.endpoint.count(), s.vendor.count())
		}
	})
}

// TestTokenIsRenewedBeforeItEnds: from 70% of its life on it is replaced while the old one is used.
func TestTokenIsRenewedBeforeItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, clientGrant())
		slow := false
		s.endpoint.answer = func(n int, _ *http.Request) (*http.Response, error) {
			if slow {
				<-time.After(5 * time.Second)
			}
			return answer(200, tokenAnswer(n, 1000)), nil
		}
		s.code(t)
		<-time.After(699 * time.Second)
		s.code(t)
		synctest.Wait()
		if n := s.endpoint.count(); n != 1 {
			t.Fatalf("renewed at less than 70%% of its life, %d calls", n)
		}
		slow = true
		<-time.After(202 * time.Second) // 901 s: at 90% it is renewed for sure
		start := time.Now()
		s.code(t)
		if took := time.Since(start); took != 0 || s.vendor.last().Header.Get("Authorization") != "Bearer token-1" {
			t.Errorf("a request waited %s although its token was valid", took)
		}
		<-time.After(6 * time.Second)
		s.code(t)
		if got := s.vendor.last().Header.Get("Authorization"); got != "Bearer token-2" || s.endpoint.count() != 2 {
			t.Errorf("%s was sent after %d calls", got, s.endpoint.count())
		}
	})
}

// TestGatewaysRenewAtDifferentTimes would fail without jitter.
func TestGatewaysRenewAtDifferentTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		renewed := map[int]bool{}
		for range 20 {
			s := newStage(t, clientGrant())
			for second := 0; s.endpoint.count() < 2; second += 10 {
				s.code(t)
				synctest.Wait()
				if s.endpoint.count() == 2 {
					renewed[second] = true
				}
				<-time.After(10 * time.Second)
			}
		}
		if len(renewed) < 10 {
			t.Errorf("20 gateways renewed at only %d different times", len(renewed))
		}
	})
}

// TestOldTokenIsKeptWhileTheEndpointFails, and the endpoint is not stormed.
func TestOldTokenIsKeptWhileTheEndpointFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, clientGrant())
		s.endpoint.answer = func(n int, _ *http.Request) (*http.Response, error) {
			if n > 1 {
				return answer(503, "<html>down</html>"), nil
			}
			return answer(200, tokenAnswer(n, 3600)), nil
		}
		for range 3580 { // the last 10 s are left alone
			if code := s.code(t); code != 200 {
				t.Fatalf("got %d while the token was valid", code)
			}
			<-time.After(time.Second)
		}
		if n := s.endpoint.count(); n < 5 || n > 60 {
			t.Errorf("%d token calls within at most 18 minutes of failures", n)
		}
		if s.store.Status()[0].LastError == "" {
			t.Error("nothing tells of the failures")
		}
		<-time.After(20 * time.Second)
		e := s.failure(t)
		if e.Rejected || e.RetryAfter <= 0 || e.RetryAfter > 40*time.Second {
			t.Errorf("%+v", e)
		}
	})
}

// TestFailuresAreRememberedForAWhile: waiters share a failure, and a refused client asks ever less often, as every try
// counts towards a lock-out.
func TestFailuresAreRememberedForAWhile(t *testing.T) {
	for name, row := range map[string]struct {
		answer      *http.Response
		within      time.Duration
		least, most int
		says        string
	}{
		"unreachable":      {nil, 5 * time.Minute, 8, 14, "No token could be had from the token endpoint. connection refused"},
		"5xx":              {answer(500, ""), 5 * time.Minute, 8, 14, "No token could be had from the token endpoint. it answered 500"},
		"wrong secret":     {answer(401, `{"error":"invalid_client","error_description":"The client was not found."}`), 5 * time.Minute, 3, 6, "The token endpoint refused the gateway's credential. it answered 401 invalid_client: The client was not found."},
		"Akeneo's 422":     {answer(422, `{"code":422,"message":"No user found for the given username and password"}`), 5 * time.Minute, 3, 6, "The token endpoint refused the gateway's credential. it answered 422 422: No user found for the given username and password"},
		"Accelo's lockout": {answer(400, `{"status":"too_many_failed_logins","message":"Locked."}`, "Retry-After: 300"), 299 * time.Second, 1, 1, "The token endpoint refused the gateway's credential. it answered 400 too_many_failed_logins: Locked."},
		"too many":         {answer(429, "", "Retry-After: 60"), 5 * time.Minute, 4, 5, "No token could be had from the token endpoint. it answered 429"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, clientGrant())
				s.endpoint.answer = func(int, *http.Request) (*http.Response, error) {
					if row.answer == nil {
						return nil, errors.New("connection refused")
					}
					return row.answer, nil
				}
				if row.answer != nil {
					body := row.answer.Body
					defer body.Close()
				}
				e := s.failure(t)
				if got := e.Error(); got != row.says {
					t.Errorf("got  %s\nwant %s", got, row.says)
				}
				for start := time.Now(); time.Since(start) < row.within; <-time.After(100 * time.Millisecond) {
					if e := s.failure(t); e.RetryAfter < 0 {
						t.Fatalf("%+v", e)
					}
				}
				if n := s.endpoint.count(); n < row.least || n > row.most {
					t.Errorf("%d token calls, want %d to %d", n, row.least, row.most)
				}
				if s.vendor.count() != 0 {
					t.Error("requests went out without a credential")
				}
			})
		})
	}
}

// TestEndpointThatStallsIsGivenUp: the call has a deadline of its own.
func TestEndpointThatStallsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, clientGrant())
		s.endpoint.answer = func(_ int, req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}
		start := time.Now()
		e := s.failure(t)
		if took := time.Since(start); took != 15*time.Second || !strings.Contains(e.Error(), "did not answer within 15s") {
			t.Errorf("after %s: %v", took, e)
		}
	})
}

// TestGrants shows what each sends.
func TestGrants(t *testing.T) {
	for name, row := range map[string]struct {
		config credentials.OAuth2
		want   map[string][]string
	}{
		"client credentials": {
			credentials.OAuth2{ClientID: "id", ClientSecret: "s&c", Scopes: []string{"read(all)", "x"}, Params: map[string]string{"audience": "api"}},
			map[string][]string{"grant_type": {"client_credentials"}, "scope": {"read(all) x"}, "audience": {"api"}, "client_id": {"id"}, "client_secret": {"s%26c"}},
		},
		"password, as Akeneo wants it": {
			credentials.OAuth2{Grant: "password", ClientID: "id", ClientSecret: "secret", Username: "user", Password: "pass"},
			map[string][]string{"grant_type": {"password"}, "username": {"user"}, "password": {"pass"}, "client_id": {"id"}, "client_secret": {"secret"}},
		},
		"refresh token, client in the body": {
			credentials.OAuth2{Grant: "refresh_token", Auth: "body", ClientID: "id", ClientSecret: "s&c", RefreshToken: "refresh"},
			map[string][]string{"grant_type": {"refresh_token"}, "refresh_token": {"refresh"}, "client_id": {"id"}, "client_secret": {"s&c"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			row.config.TokenURL = "https://login.example/token"
			s := newStage(t, credentials.Config{OAuth2: &row.config})
			if code := s.code(t); code != 200 || s.endpoint.count() != 1 {
				t.Fatalf("%d after %d calls", code, s.endpoint.count())
			}
			if diff := cmp.Diff(row.want, map[string][]string(s.endpoint.calls[0])); diff != "" {
				t.Error(diff)
			}
			if got := s.vendor.last().Header.Get("Authorization"); got != "Bearer token-1" {
				t.Errorf("the vendor got %q", got)
			}
		})
	}
}
