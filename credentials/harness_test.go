package credentials_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"gateway/credentials"
	"gateway/servertest"
)

func TestMain(m *testing.M) { os.Exit(servertest.RunWithoutLeaks(m)) }

// endpoint is a token endpoint by hand that gives token-1, token-2 and so on.
type endpoint struct {
	mu     sync.Mutex
	calls  []url.Values // the form of each, with the basic pair as client_id and client_secret
	answer func(n int, req *http.Request) (*http.Response, error)
}

func (e *endpoint) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	if id, secret, ok := req.BasicAuth(); ok {
		form.Set("client_id", id)
		form.Set("client_secret", secret)
	}
	e.mu.Lock()
	e.calls = append(e.calls, form)
	n := len(e.calls)
	e.mu.Unlock()
	if e.answer != nil {
		return e.answer(n, req)
	}
	return answer(200, tokenAnswer(n, 3600)), nil
}

func (e *endpoint) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.calls)
}

func tokenAnswer(n, life int) string {
	return fmt.Sprintf(`{"access_token":"token-%d","token_type":"bearer","expires_in":%d}`, n, life)
}

// answer is a response as it comes from a transport; headers are "Name: value".
func answer(status int, body string, headers ...string) *http.Response {
	h := http.Header{}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		h.Set(name, value)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

// vendor answers by hand and keeps what it got.
type vendor struct {
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
	answer   func(req *http.Request) *http.Response
}

func (v *vendor) RoundTrip(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		data, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req.Body.Close()
		body = string(data)
	}
	v.mu.Lock()
	v.requests, v.bodies = append(v.requests, req), append(v.bodies, body)
	v.mu.Unlock()
	if v.answer != nil {
		return v.answer(req), nil
	}
	return answer(200, "ok"), nil
}

func (v *vendor) last() *http.Request {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.requests[len(v.requests)-1]
}

func (v *vendor) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.requests)
}

// accepting refuses every bearer token but the given ones.
func accepting(tokens ...string) func(*http.Request) *http.Response {
	return func(req *http.Request) *http.Response {
		for _, token := range tokens {
			if req.Header.Get("Authorization") == "Bearer "+token {
				return answer(200, "ok")
			}
		}
		return answer(401, "who are you?")
	}
}

// stage is a Transport with what stands around it.
type stage struct {
	*credentials.Transport
	store    *credentials.Store
	vendor   *vendor
	endpoint *endpoint
	secrets  *credentials.Redactor
}

func newStage(t *testing.T, list ...credentials.Config) *stage {
	t.Helper()
	return newStageAmong(t, nil, list...)
}

// newStageAmong is newStage of a gateway that shares its tokens.
func newStageAmong(t *testing.T, among *credentials.Replicas, list ...credentials.Config) *stage {
	t.Helper()
	if err := credentials.ValidateAll(list); err != nil {
		t.Fatal(err)
	}
	s := &stage{vendor: &vendor{}, endpoint: &endpoint{}, secrets: credentials.NewRedactor()}
	s.store = credentials.NewStore(s.secrets)
	s.store.Replicas = among
	t.Cleanup(s.store.Close)
	s.use(t, list...)
	return s
}

// connecting reaches every token endpoint through one transport.
func connecting(transport http.RoundTripper) func(*url.URL) (http.RoundTripper, error) {
	return func(*url.URL) (http.RoundTripper, error) { return transport, nil }
}

// use does what a reload does.
func (s *stage) use(t testing.TB, list ...credentials.Config) {
	t.Helper()
	set, err := credentials.New(list, s.store, connecting(s.endpoint))
	if err != nil {
		t.Fatal(err)
	}
	s.store.Keep(set)
	s.Transport = &credentials.Transport{
		Next: s.vendor, Set: set,
		Caller: func(req *http.Request) credentials.Caller {
			return credentials.Caller{Consumer: req.Header.Get("X-Consumer"), Header: req.Header}
		},
		Refused: func(resp *http.Response) bool { return resp.StatusCode == http.StatusUnauthorized },
	}
}

// get sends a GET, or a POST where there is a body; headers are "Name: value".
func (s *stage) get(t testing.TB, target, body string, headers ...string) (*http.Response, error) {
	t.Helper()
	req := request(t, target, body, headers...)
	return s.RoundTrip(req)
}

func request(t testing.TB, target, body string, headers ...string) *http.Request {
	t.Helper()
	var req *http.Request
	var err error
	if body == "" {
		req, err = http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	} else {
		req, err = http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		req.Header[name] = append(req.Header[name], value)
	}
	return req
}

// code sends a GET and returns the vendor's status.
func (s *stage) code(t testing.TB) int {
	t.Helper()
	resp, err := s.get(t, "http://vendor.example/x", "")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// failure sends a GET that must fail here.
func (s *stage) failure(t testing.TB) *credentials.Error {
	t.Helper()
	resp, err := s.get(t, "http://vendor.example/x", "")
	if err == nil {
		resp.Body.Close()
		t.Fatalf("the vendor answered %d, want an error", resp.StatusCode)
	}
	e, ok := errors.AsType[*credentials.Error](err)
	if !ok {
		t.Fatalf("%T: %v", err, err)
	}
	return e
}

func clientGrant() credentials.Config {
	return credentials.Config{OAuth2: &credentials.OAuth2{
		TokenURL: "https://login.example/token?tenant=key-in-query", ClientID: "id", ClientSecret: "client-secret",
	}}
}
