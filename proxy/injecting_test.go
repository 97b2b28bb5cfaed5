package proxy_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gateway/credentials"
	"gateway/problem"
	"gateway/proxy"
	"gateway/servertest"
)

// with gives an upstream credentials.
func with(list ...credentials.Config) func(*proxy.Upstream) {
	return func(u *proxy.Upstream) { u.Credentials = list }
}

func apiKey(name, value string) credentials.Config {
	return credentials.Config{Header: &credentials.Header{Name: name, Value: credentials.Secret(value)}}
}

func bearer(tokenURL string) credentials.Config {
	return credentials.Config{OAuth2: &credentials.OAuth2{TokenURL: tokenURL, ClientID: "id", ClientSecret: "canary-client-secret"}}
}

// tokens is a token endpoint that gives token-1, token-2 and so on.
func tokens(t testing.TB) (url string, calls *atomic.Int64) {
	calls = &atomic.Int64{}
	return vendor(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"access_token":"token-%d","expires_in":3600}`, calls.Add(1))
	}).URL, calls
}

// TestNoConnectionHeaderRemovesTheCredential is trap 1.
func TestNoConnectionHeaderRemovesTheCredential(t *testing.T) {
	v := startRecorder(t)
	g := startGateway(t, to(v.URL, with(apiKey("X-Api-Key", "ours"))))
	for _, names := range []string{"x-api-key", "X-API-KEY", "X-Api-Key, X-Request-Id", "close, x-api-key"} {
		g.rawCall(t, "GET", "GET /up/x HTTP/1.1\r\nHost: h\r\nX-Api-Key: theirs\r\nX_Api_Key: theirs\r\nx.api.key: theirs\r\nConnection: "+names+"\r\n\r\n")
		r := v.got(t)
		if got := r.Header["X-Api-Key"]; len(got) != 1 || got[0] != "ours" {
			t.Errorf("Connection: %s: the vendor got %q", names, got)
		}
		for name, values := range r.Header {
			if strings.Contains(strings.Join(values, ""), "theirs") {
				t.Errorf("Connection: %s: %s: %q", names, name, values)
			}
		}
	}
}

// TestBodiesPassAsTheyAre although they hold what the gateway takes out of a query: they may be signed, and to some APIs an
// access_token is a value like any other.
func TestBodiesPassAsTheyAre(t *testing.T) {
	tokenURL, _ := tokens(t)
	v := startRecorder(t)
	g := startGateway(t, to(v.URL, with(bearer(tokenURL))))
	for media, body := range map[string]string{
		"application/x-www-form-urlencoded": "_bearer_token=theirs&access_token=theirs&a=%20",
		"application/json":                  `{"access_token": "theirs",  "_bearer_token":"theirs"}`,
	} {
		g.send(t, http.MethodPost, "/up/x?_bearer_token=theirs&access_token=theirs&a=1", strings.NewReader(body), "Content-Type: "+media)
		r := v.got(t)
		sent, err := io.ReadAll(r.Body)
		if err != nil || string(sent) != body || r.URL.RawQuery != "a=1" || r.Header.Get("Authorization") != "Bearer token-1" {
			t.Errorf("%v: %q, %q, %q", err, sent, r.URL.RawQuery, r.Header.Get("Authorization"))
		}
	}
}

// TestRefusedCredentialOfOursIsNoChallengeToTheCaller, whatever the vendor's status.
func TestRefusedCredentialOfOursIsNoChallengeToTheCaller(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"message":"The key %s is not valid."}`, r.Header.Get("X-Api-Key"))
	})
	for _, status := range []string{"upstream", "canonical"} {
		g := startGateway(t, to(v.URL, with(apiKey("X-Api-Key", "canary-of-ours")), func(u *proxy.Upstream) { u.Status = status }))
		a := g.get(t, "/up/x")
		p := a.problem(t)
		if p.Code != problem.UpstreamCredentialsRejected || p.Status != 502 || p.Fault != problem.FaultCredentials ||
			p.Origin != problem.OriginGateway || p.Retryable || p.Upstream != nil {
			t.Errorf("%s: %s", status, a.body)
		}
		if want := "The upstream refused the credential that the gateway put in: The key <secret> is not valid."; p.Detail != want {
			t.Errorf("%s: detail %q, want %q", status, p.Detail, want)
		}
		if got := a.Header.Get("WWW-Authenticate"); got != "" {
			t.Errorf("%s: WWW-Authenticate %q", status, got)
		}
		if x := g.ended(t); len(x.Attempts) != 1 || x.Attempts[0].Code != 401 || x.Code != 502 {
			t.Errorf("%s: %+v", status, x)
		}
	}
	g := startGateway(t, to(v.URL))
	a := g.get(t, "/up/x", "X-Api-Key: of the caller")
	if p := a.problem(t); p.Code != problem.Unauthenticated || a.StatusCode != 401 || a.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("a credential of the caller's own: %d %s %v", a.StatusCode, a.body, a.Header)
	}
}

func TestNoTokenIsCredentialsUnavailable(t *testing.T) {
	v := startRecorder(t)
	down := vendor(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	g := startGateway(t, to(v.URL, with(bearer(down.URL))))
	a := g.get(t, "/up/x")
	p := a.problem(t)
	if p.Code != problem.CredentialsUnavailable || p.Status != 502 || p.Fault != problem.FaultCredentials || p.RetryAfter == nil || a.Header.Get("Retry-After") != fmt.Sprint(*p.RetryAfter) {
		t.Errorf("%s %v", a.body, a.Header)
	}
	x := g.ended(t)
	if want := "No token could be had from the token endpoint. it answered 503"; x.Err == nil || x.Err.Error() != want || len(x.Attempts) != 0 {
		t.Errorf("recorded %v, %d attempts", x.Err, len(x.Attempts))
	}
	v.none(t)
	if st := g.shared.Status().Upstreams["up"].Credentials; len(st) != 1 || st[0].LastError == "" || st[0].RetryAt.IsZero() {
		t.Errorf("%+v", st)
	}
}

// TestRevokedTokenCostsOneRefreshAndOneReplay, of a POST with its body.
func TestRevokedTokenCostsOneRefreshAndOneReplay(t *testing.T) {
	tokenURL, calls := tokens(t)
	var revoked atomic.Bool
	bodies := make(chan string, 10)
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- string(body)
		if r.Header.Get("Authorization") == "Bearer token-1" && revoked.Load() {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	g := startGateway(t, to(v.URL, with(bearer(tokenURL))))
	g.get(t, "/up/x")
	servertest.Receive(t, bodies, "the first request")
	revoked.Store(true)
	if a := g.send(t, http.MethodPost, "/up/x", strings.NewReader("the whole body"), "Authorization: theirs"); a.StatusCode != 200 {
		t.Fatal(a.StatusCode, a.body)
	}
	if one, two := servertest.Receive(t, bodies, "a body"), servertest.Receive(t, bodies, "its replay"); one != "the whole body" || two != one || calls.Load() != 2 {
		t.Errorf("bodies %q, %q; %d token calls", one, two, calls.Load())
	}
	g.ended(t)
	if x := g.ended(t); len(x.Attempts) != 2 || x.Attempts[0].Code != 401 || x.Attempts[1].Code != 200 {
		t.Errorf("%+v", x.Attempts)
	}
}

// TestTokensOutliveReloads and a failed reload changes nothing.
func TestTokensOutliveReloads(t *testing.T) {
	tokenURL, calls := tokens(t)
	v := startRecorder(t)
	g := startGateway(t, to(v.URL, with(bearer(tokenURL))))
	for i := range 50 {
		g.get(t, "/up/x")
		v.got(t)
		s := withDefaults(to(v.URL, with(bearer(tokenURL)), setting("X-Version", fmt.Sprint(i))))
		h, err := proxy.New(s, g.shared)
		if err != nil {
			t.Fatal(err)
		}
		g.Config.Handler.(*swapped).Store(h)
		broken := withDefaults(to(v.URL, with(apiKey("X-Other", "another-key"))))
		broken.Upstreams = append(broken.Upstreams, proxy.Upstream{Name: "broken", UpstreamConfig: proxy.UpstreamConfig{URL: v.URL, TLS: proxy.UpstreamTLS{CA: "/no/such/file"}}})
		if _, err := proxy.New(broken, g.shared); err == nil {
			t.Fatal("a broken configuration was taken")
		}
	}
	if n := calls.Load(); n != 1 {
		t.Errorf("%d token calls over 50 reloads", n)
	}
	if st := g.shared.Status().Upstreams["up"].Credentials; len(st) != 1 || st[0].Kind != "client_credentials" {
		t.Errorf("%+v", st)
	}
}

// TestCredentialIsChosenByWhatTheCallerSent, also by a header that the vendor must not see.
func TestCredentialIsChosenByWhatTheCallerSent(t *testing.T) {
	acme, batch := apiKey("X-Key", "of acme"), apiKey("X-Key", "of batch")
	acme.When, batch.Consumer = "header:X-Tenant=acme", "batch"
	v := startRecorder(t)
	s := to(v.URL, with(acme, batch), func(u *proxy.Upstream) { u.Headers.Remove = []string{"X-Tenant"} })
	s.Consumers = proxy.ConsumersConfig{Identify: "header:X-Consumer", Weights: map[string]float64{"batch": 1}}
	g := startGateway(t, s)
	for header, want := range map[string]string{"X-Tenant: acme": "of acme", "X-Consumer: batch": "of batch"} {
		g.get(t, "/up/x", header)
		if r := v.got(t); r.Header.Get("X-Key") != want || r.Header.Get("X-Tenant")+r.Header.Get("X-Consumer") != "" {
			t.Errorf("%s: the vendor got %v", header, r.Header)
		}
	}
	for header, want := range map[string]struct {
		fault  problem.Fault
		detail string
	}{
		"X-Consumer: stranger": {problem.FaultCaller, "They are picked by X-Tenant, which it lacks: send that header."},
		"X-Tenant: umbrella":   {problem.FaultGateway, "Whoever operates the gateway adds an entry for it to the upstream's credentials, or one for all at their end."},
	} {
		p := g.get(t, "/up/x", header).problem(t)
		if p.Code != problem.CredentialsUnavailable || p.RetryAfter != nil || p.Retryable || p.Fault != want.fault {
			t.Errorf("%s: %+v", header, p)
		}
		if want := "None of the upstream's credentials is for the consumer _other and this request. " + want.detail; p.Detail != want {
			t.Errorf("%s: detail %q, want %q", header, p.Detail, want)
		}
	}
	v.none(t)
}

// TestTokenEndpointHasTheUpstreamsTLS: its authorities, but not the name that is pinned for the upstream itself.
func TestTokenEndpointHasTheUpstreamsTLS(t *testing.T) {
	trap := startRecorder(t)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY"} {
		t.Setenv(name, trap.URL) // trap 72
	}
	start := func(answer string) *httptest.Server {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }))
		s.Config.ErrorLog = quiet
		s.StartTLS()
		t.Cleanup(s.Close)
		return s
	}
	v, endpoint := start("ok"), start(`{"access_token":"x"}`)
	settings := func(ca, pinned string) proxy.Settings {
		return to(v.URL, once, with(bearer(endpoint.URL)), func(u *proxy.Upstream) { u.TLS.CA, u.TLS.ServerName = ca, pinned })
	}
	if a := startGateway(t, settings(certificateFile(t, v), "example.com")).get(t, "/up/x"); a.StatusCode != 200 {
		t.Error(a.body)
	}
	if p := startGateway(t, settings("", "")).get(t, "/up/x").problem(t); p.Code != problem.CredentialsUnavailable {
		t.Errorf("an endpoint whose authority is not trusted: %+v", p)
	}
	trap.none(t)
}

// TestCallerWhoLeavesWaitingForATokenIsNobodysFault is trap 13 for the stage.
func TestCallerWhoLeavesWaitingForATokenIsNobodysFault(t *testing.T) {
	release := make(chan struct{})
	endpoint := vendor(t, func(w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = io.WriteString(w, `{"access_token":"x"}`)
	})
	v := startRecorder(t)
	g := startGateway(t, to(v.URL, with(bearer(endpoint.URL))))
	conn := g.dial(t)
	if _, err := io.WriteString(conn, "GET /up/x HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); g.shared.Status().Upstreams["up"].InFlight == 0; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the request did not come")
		}
	}
	conn.Close()
	if x := g.ended(t); x.Code != 499 || x.Problem != nil {
		t.Errorf("%+v", x)
	}
	close(release)
	if a := g.get(t, "/up/x"); a.StatusCode != 200 {
		t.Error(a.StatusCode, a.body)
	}
}
