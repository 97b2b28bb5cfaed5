package credentials_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gateway/credentials"
)

// TestTokenAnswers is trap 67: what endpoints send, and how long the token lives (0: unknown).
func TestTokenAnswers(t *testing.T) {
	const hour, most = time.Hour, 365 * 24 * time.Hour
	for name, row := range map[string]struct {
		body string
		life time.Duration
	}{
		"RFC 6749":             {`{"access_token":"t-o.k~en+/=","token_type":"bearer","expires_in":3600}`, hour},
		"Akeneo":               {`{"access_token":"x","expires_in":3600,"token_type":"bearer","scope":null,"refresh_token":"y"}`, hour},
		"Accelo's string":      {`{"access_token":"x","expires_in":"2592000"}`, 720 * hour},
		"Accelo's envelope":    {`{"response":{"access_token":"x","expires_in":3600},"meta":{"status":"ok"}}`, hour},
		"mistyped key":         {`{"access_token":"x","expires-in":3600}`, hour},
		"camel case":           {`{"access_token":"x","expiresIn":3600}`, hour},
		"a fraction":           {`{"access_token":"x","expires_in":3599.5}`, hour},
		"no life":              {`{"access_token":"x"}`, 0},
		"zero":                 {`{"access_token":"x","expires_in":0}`, 0},
		"negative":             {`{"access_token":"x","expires_in":-5}`, 0},
		"null":                 {`{"access_token":"x","expires_in":null}`, 0},
		"words":                {`{"access_token":"x","expires_in":"soon"}`, 0},
		"not a number":         {`{"access_token":"x","expires_in":"NaN"}`, 0},
		"1e12":                 {`{"access_token":"x","expires_in":1e12}`, most},
		"1e999":                {`{"access_token":"x","expires_in":1e999}`, most},
		"beyond 64 bits":       {`{"access_token":"x","expires_in":99999999999999999999}`, most},
		"a form":               {"access_token=x&expires_in=3600&token_type=bearer\n", hour},
		"a byte order mark":    {"\xef\xbb\xbf" + `{"access_token":"x","expires_in":3600}`, hour},
		"something behind it":  {`{"access_token":"x","expires_in":3600}<br>Notice`, hour},
		"a number as token":    {`{"access_token":12345678901234567890,"expires_in":3600}`, hour},
		"another token type":   {`{"access_token":"x","token_type":"Token","expires_in":3600}`, hour},
		"error that is empty":  {`{"access_token":"x","error":"","expires_in":3600}`, hour},
		"one second":           {`{"access_token":"x","expires_in":1}`, time.Second},
		"a token of 8 KiB":     {`{"access_token":"` + strings.Repeat("x", 8<<10) + `","expires_in":3600}`, hour},
		"an id token of 40 kB": {`{"id_token":"` + strings.Repeat("x", 40<<10) + `","access_token":"x","expires_in":3600}`, hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, clientGrant())
				s.endpoint.answer = func(int, *http.Request) (*http.Response, error) { return answer(200, row.body), nil }
				if code := s.code(t); code != 200 {
					t.Fatal(code)
				}
				st := s.store.Status()[0]
				life := time.Duration(0)
				if !st.Expires.IsZero() {
					life = st.Expires.Sub(st.Issued)
				}
				if life != row.life {
					t.Errorf("lives %s, want %s", life, row.life)
				}
			})
		})
	}
}

// TestAnswersWithoutAToken are errors that say why.
func TestAnswersWithoutAToken(t *testing.T) {
	for name, row := range map[string]struct {
		answer *http.Response
		says   string
	}{
		"HTML with 200":      {answer(200, "<!doctype html><title>Login</title>", "Content-Type: text/html"), "its answer holds no access token"},
		"nothing":            {answer(200, ""), "its answer holds no access token"},
		"a list":             {answer(200, `[{"access_token":"x"}]`), "its answer holds no access token"},
		"an empty token":     {answer(200, `{"access_token":""}`), "its answer holds no access token"},
		"an error with 200":  {answer(200, `{"error":"bad_verification_code","error_description":"The code is wrong."}`), "it answered 200 bad_verification_code: The code is wrong."},
		"a line in a token":  {answer(200, `{"access_token":"a\r\nX-Evil: 1"}`), "its access token cannot be sent in a header"},
		"a token of 1 MB":    {answer(200, `{"access_token":"`+strings.Repeat("x", 1<<20)+`"}`), "its answer is over 65536 bytes"},
		"Accelo's meta":      {answer(400, `{"response":null,"meta":{"status":"invalid_grant","message":"Grant was not found"}}`), "it answered 400 invalid_grant: Grant was not found"},
		"markup in words":    {answer(400, "{\"error\":\"<script>\",\"error_description\":\"a\\u001b[31m\\nb\"}"), "it answered 400: a[31m b"},
		"a redirect":         {answer(307, "", "Location: https://evil.example/"), "it answered 307"},
		"a body that breaks": {&http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(io.MultiReader(strings.NewReader(`{"acc`), broken{}))}, "its answer broke off: unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, clientGrant())
			s.endpoint.answer = func(int, *http.Request) (*http.Response, error) { return row.answer, nil }
			e := s.failure(t)
			if e.Cause == nil || e.Cause.Error() != row.says {
				t.Errorf("got %v, want %s", e.Cause, row.says)
			}
			row.answer.Body.Close()
		})
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// endless is a body of 1 GB that counts what is read of it.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.read.Add(int64(len(p))) > 1<<30 {
		return 0, io.EOF
	}
	return len(p), nil
}

func TestHugeAnswerIsNotRead(t *testing.T) {
	s, body := newStage(t, clientGrant()), &endless{}
	s.endpoint.answer = func(int, *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(body)}, nil
	}
	s.failure(t)
	if n := body.read.Load(); n > 1<<20 {
		t.Errorf("%d bytes were read", n)
	}
}

// TestNoRedirectIsFollowedWithASecret is trap 68: not one byte comes to the second host.
func TestNoRedirectIsFollowedWithASecret(t *testing.T) {
	var reached atomic.Int64
	second := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer second.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		first := httptest.NewServer(http.RedirectHandler(second.URL, status))
		transport := &http.Transport{}
		config := clientGrant()
		config.OAuth2.TokenURL = first.URL
		store := credentials.NewStore(nil)
		set, err := credentials.New([]credentials.Config{config}, store, connecting(transport))
		if err != nil {
			t.Fatal(err)
		}
		stage := &credentials.Transport{
			Next: &vendor{}, Set: set,
			Caller: func(*http.Request) credentials.Caller { return credentials.Caller{} },
		}
		if resp, err := stage.RoundTrip(request(t, "http://vendor.example/", "")); err == nil {
			resp.Body.Close()
			t.Errorf("%d was taken for a token", status)
		}
		store.Close()
		transport.CloseIdleConnections()
		first.Close()
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("the second host got %d requests", n)
	}
}

// TestErrorsHoldNoURL: keys may be in a token endpoint's query (trap 62).
func TestErrorsHoldNoURL(t *testing.T) {
	s := newStage(t, clientGrant())
	s.endpoint.answer = func(int, *http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }
	if got, want := s.failure(t).Error(), "No token could be had from the token endpoint. unexpected EOF"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzTokenAnswer(f *testing.F) {
	for _, body := range []string{`{"access_token":"x","expires_in":"1e5"}`, "access_token=x&expires_in=1", `{"error":"invalid_client"}`, "<html>", ""} {
		f.Add(200, body)
		f.Add(400, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		s := newStage(t, clientGrant())
		s.endpoint.answer = func(int, *http.Request) (*http.Response, error) { return answer(status, body), nil }
		resp, err := s.get(t, "http://vendor.example/x", "")
		if err != nil {
			return
		}
		resp.Body.Close()
		sent := strings.TrimPrefix(s.vendor.last().Header.Get("Authorization"), "Bearer ")
		if status < 200 || status > 299 || sent == "" || strings.ContainsFunc(sent, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%d %q gave the token %q", status, body, sent)
		}
	})
}
