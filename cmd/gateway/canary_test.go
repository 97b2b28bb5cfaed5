package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/zap"

	"gateway/configs"
	"gateway/credentials"
	"gateway/proxy"
)

// canaries are twelve secrets of twelve kinds, each with characters that codings change.
var canaries = map[string]string{
	"header": "canary-A1/header+key=", "query": "canary-B2/query key&x", "basic": "canary-C3:basic pass",
	"client": "canary-D4/client+secret", "token": "canary-E5.access-token~1", "password": "canary-F6 pass&word",
	"password-client": "canary-G7/client", "refresh": "canary-H8/refresh+0", "rotated": "canary-I9/refresh+1",
	"rotated-token": "canary-J0.access-token~2", "file": "canary-K1 of a file", "proxy": "canary-L2:proxy",
}

// written are the ways in which a canary must not come out.
func written(secret string) []string {
	quoted, _ := json.Marshal(secret) // a string of our own
	out := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret), string(quoted[1 : len(quoted)-1]),
		hex.EncodeToString([]byte(secret)), "****" + secret[len(secret)-6:],
	}
	for _, coding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
		out = append(out, coding.EncodeToString([]byte(secret)))
	}
	return out
}

// outputs collects everything that comes out of a gateway.
type outputs struct {
	mu   sync.Mutex
	text map[string]*bytes.Buffer
}

func (o *outputs) add(name, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.text[name] == nil {
		o.text[name] = &bytes.Buffer{}
	}
	o.text[name].WriteString(text + "\n")
}

// writer is an output that is written to.
func (o *outputs) writer(name string) io.Writer { return &output{o, name} }

type output struct {
	*outputs
	name string
}

func (o *output) Write(p []byte) (int, error) {
	o.add(o.name, string(p))
	return len(p), nil
}

// hits lists which canaries came out where, and how.
func (o *outputs) hits() (found []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for name, text := range o.text {
		for kind, secret := range canaries {
			for _, form := range written(secret) {
				if i := strings.Index(text.String(), form); i >= 0 {
					found = append(found, fmt.Sprintf("%s: %s as %q: …%s", name, kind, form, text.String()[max(0, i-80):min(text.Len(), i+120)]))
				}
			}
		}
	}
	return found
}

// echoing is a vendor that fails and tells in its error, in every place, what it was sent.
func echoing(seen *outputs) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sent := []string{r.Header.Get("X-Key"), r.Header.Get("X-File"), r.URL.Query().Get("key"), strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")}
		if _, password, ok := r.BasicAuth(); ok {
			sent = append(sent, password)
		}
		var told []string
		for _, secret := range sent {
			if secret != "" {
				seen.add("vendor", secret)
				told = append(told, written(secret)...)
			}
		}
		text := "You sent " + strings.Join(told, " and ")
		for i, value := range told {
			if !strings.ContainsAny(value, "\r\n") {
				w.Header().Set(fmt.Sprintf("X-Echo-%d", i), value)
			}
		}
		w.Header().Set("Location", "/login?next="+url.QueryEscape("/x?key="+strings.Join(told, "")))
		w.Header().Set("X-Request-Id", strings.ReplaceAll(told[0], " ", "_"))
		answerIn(w, strings.TrimPrefix(r.URL.Path, "/"), text, told)
	}
}

// answerIn writes an error in one of many shapes.
func answerIn(w http.ResponseWriter, shape, text string, told []string) {
	object, _ := json.Marshal(map[string]any{ // of strings alone
		"error": map[string]any{"message": text, "code": told[0]}, "errors": []any{map[string]string{"field": told[0], "message": text}}, "key": told,
	})
	status, media, body := 400, "application/json", object
	switch shape {
	case "problem":
		media, body = "application/problem+json", bytes.Replace(object, []byte("{"), []byte(`{"type":"about:blank","title":"Bad","detail":"no",`), 1)
	case "xml":
		media, body = "application/xml", []byte(`<error key="`+html.EscapeString(told[0])+`"><message>`+html.EscapeString(text)+`</message></error>`)
	case "html":
		status, media, body = 502, "text/html", []byte("<title>"+html.EscapeString(text)+"</title>")
	case "text":
		media, body = "text/plain", []byte(text)
	case "long": // the reader cuts it in the middle of the secret
		media, body = "text/plain", []byte("It is "+strings.Repeat("x", 1010)+" "+strings.Repeat(told[0], 3))
	case "unauthenticated":
		status = 401
		w.Header().Set("WWW-Authenticate", `Bearer error_description="`+strings.ReplaceAll(told[0], `"`, "")+`"`)
	case "redirect":
		status, body = 302, nil
	case "gzip":
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(object)
		_ = z.Close()
		w.Header().Set("Content-Encoding", "gzip")
		body = packed.Bytes()
	case "cut":
		w.Header().Set("Content-Length", fmt.Sprint(len(body)+100))
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller may be gone
	if shape == "cut" {
		panic(http.ErrAbortHandler)
	}
}

// TestNoCanaryComesOut of a gateway whose vendors echo twelve secrets in errors of every shape, whose connections and
// token endpoints fail (traps 61 to 63): 0 hits in answers, the log, metrics, traces and the admin listener.
func TestNoCanaryComesOut(t *testing.T) {
	seen, out := &outputs{text: map[string]*bytes.Buffer{}}, &outputs{text: map[string]*bytes.Buffer{}}
	vendor, tokens, collector := canaryServer(t, echoing(seen)), canaryServer(t, canaryTokens(seen)), canaryServer(t, func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			out.add("traces", string(body))
		}
	})
	shared := proxy.NewShared()
	log, err := newLogger(configs.Log{Level: "debug", Format: "json"}, shared.Secrets(), out.writer("log"))
	if err != nil {
		t.Fatal(err)
	}
	g := startLogged(t, canaryConfig(t, vendor, tokens, collector), shared, log)
	names := []string{"header", "query", "basic", "client", "password", "refresh", "file", "unreachable", "refused", "proxied"}
	for _, shape := range []string{"json", "problem", "xml", "html", "text", "long", "unauthenticated", "redirect", "gzip", "cut"} {
		for _, name := range names {
			for _, accept := range []string{"", "application/xml"} {
				out.add("answer", canaryCall(t, g.callers+"/"+name+"/"+shape+"?a=1", accept))
			}
		}
	}
	for _, secret := range canaries {
		if kept := seen.text["vendor"].String() + seen.text["endpoint"].String(); !strings.Contains(kept, secret) && secret != canaries["proxy"] {
			t.Errorf("%s was sent nowhere, so its absence shows nothing", secret)
		}
	}
	for _, path := range []string{"/metrics", "/api/v1/status", "/api/v1/failures", "/api/v1/profiles"} {
		out.add("admin "+path, canaryCall(t, g.admin+path, ""))
	}
	canaryOccurrences(t, g, out)
	for _, hit := range out.hits() {
		t.Error(hit)
	}
	for _, name := range []string{"answer", "log", "admin occurrences"} {
		if !strings.Contains(out.text[name].String(), "<secret>") && !strings.Contains(out.text[name].String(), "\\u003csecret") {
			t.Errorf("%s: nothing was taken out, so this test shows nothing", name)
		}
	}
}

func canaryServer(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

// canaryTokens gives tokens that are canaries, and tells of its client where it refuses it.
func canaryTokens(seen *outputs) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, secret, _ := r.BasicAuth()
		secret, _ = url.QueryUnescape(secret)
		seen.add("endpoint", secret)
		for _, values := range r.PostForm {
			seen.add("endpoint", strings.Join(values, "\n"))
		}
		answer := map[string]any{"access_token": canaries["token"], "expires_in": 3600}
		switch r.FormValue("grant_type") {
		case "refresh_token":
			answer["access_token"], answer["refresh_token"] = canaries["rotated-token"], canaries["rotated"]
			seen.add("endpoint", r.FormValue("refresh_token")+"\n"+canaries["rotated"])
		case "password":
			seen.add("endpoint", r.FormValue("password"))
		}
		if r.URL.Path == "/refusing" {
			w.WriteHeader(http.StatusUnauthorized)
			answer = map[string]any{"error": "invalid_client", "error_description": "The secret " + secret + " is wrong, says " + r.Header.Get("Authorization")}
		}
		body, _ := json.Marshal(answer) // of our own
		_, _ = w.Write(body)
	}
}

func canaryConfig(t *testing.T, vendor, tokens, collector string) string {
	t.Helper()
	folder := t.TempDir()
	file := filepath.Join(folder, "secret")
	if err := os.WriteFile(file, []byte(canaries["file"]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	upstream := func(name, url, rest string) string {
		return fmt.Sprintf("  %s:\n    url: %s\n    retry: {attempts: 1}\n    breaker: {enabled: false}\n    throttle: {mode: \"off\"}\n    %s\n", name, url, rest)
	}
	oauth := func(path, rest string) string {
		return fmt.Sprintf("credentials: {oauth2: {token_url: %q, client_id: id, %s}}", tokens+path+"?key="+url.QueryEscape(canaries["query"]), rest)
	}
	return "traces: {otlp: " + collector + "/v1/traces}\nupstreams:\n" +
		upstream("header", vendor, fmt.Sprintf("credentials: {header: {name: X-Key, value: %q}}", canaries["header"])) +
		upstream("query", vendor, fmt.Sprintf("credentials: {query: {name: key, value: %q}}", canaries["query"])) +
		upstream("basic", vendor, fmt.Sprintf("credentials: {basic: {username: me, password: %q}}", canaries["basic"])) +
		upstream("client", vendor, oauth("/", fmt.Sprintf("client_secret: %q", canaries["client"]))) +
		upstream("password", vendor, oauth("/", fmt.Sprintf("grant: password, client_secret: %q, username: me, password: %q", canaries["password-client"], canaries["password"]))) +
		upstream("refresh", vendor, oauth("/", fmt.Sprintf("grant: refresh_token, client_secret: x, refresh_token: %q, state_file: %q", canaries["refresh"], filepath.Join(folder, "state.json")))) +
		upstream("file", vendor, fmt.Sprintf("headers: {set: {X-File: \"${file:%s}\"}}", file)) +
		upstream("unreachable", "http://127.0.0.1:1", fmt.Sprintf("credentials: {query: {name: key, value: %q}}", canaries["query"])) +
		upstream("refused", vendor, oauth("/refusing", fmt.Sprintf("client_secret: %q", canaries["client"]))) +
		upstream("proxied", "http://vendor.invalid", fmt.Sprintf("proxy: %q", "http://user:"+url.QueryEscape(canaries["proxy"])+"@127.0.0.1:1"))
}

// canaryCall returns the whole answer as text.
func canaryCall(t *testing.T, target, accept string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var text strings.Builder
	if err := errors.Join(resp.Header.Write(&text), copyTo(&text, resp.Body)); err != nil {
		t.Fatal(err)
	}
	return resp.Status + "\n" + text.String()
}

func copyTo(w io.Writer, r io.Reader) error {
	_, err := io.Copy(w, r)
	return err
}

// canaryOccurrences reads every failure that is kept with its occurrences.
func canaryOccurrences(t *testing.T, g testGateway, out *outputs) {
	t.Helper()
	read := func(path string, into any) {
		text := canaryCall(t, g.admin+path, "")
		out.add("admin occurrences", text)
		if err := json.Unmarshal([]byte(text[strings.Index(text, "\n{"):]), into); err != nil {
			t.Fatal(path, err, text)
		}
	}
	var list struct{ Groups []struct{ ID string } }
	if !eventually(t, func() bool {
		read("/api/v1/failures?per_page=200", &list)
		return len(list.Groups) >= 50
	}) {
		t.Fatalf("%d kinds of failures are kept", len(list.Groups))
	}
	for _, group := range list.Groups {
		var detail struct{ Occurrences []struct{ Instance string } }
		read("/api/v1/failures/"+group.ID, &detail)
		var ignored any
		read("/api/v1/occurrences?id="+detail.Occurrences[0].Instance, &ignored)
	}
}

// TestNoLogLineHoldsASecret, whoever writes it: in the message, a field's name or value, an error, a stack.
func TestNoLogLineHoldsASecret(t *testing.T) {
	for _, format := range []string{"json", "console"} {
		out := &outputs{text: map[string]*bytes.Buffer{}}
		var secrets []string
		for _, secret := range canaries {
			secrets = append(secrets, secret)
		}
		log, err := newLogger(configs.Log{Level: "debug", Format: format}, credentials.NewRedactor(secrets...), out.writer("log"))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			for _, form := range written(secret) {
				log.Error("panic: "+form, zap.String(form, "x"), zap.String("x", form), zap.Error(errors.New(form)), zap.Any("a", map[string]any{"b": form}),
					zap.ByteString("c", []byte(form)), zap.Stack("stack"))
				serverLog(log).Print("http: panic serving 127.0.0.1: " + form)
			}
		}
		for _, hit := range out.hits() {
			t.Error(format, hit)
		}
		if format != "json" {
			continue
		}
		for line := range strings.Lines(out.text["log"].String()) {
			if strings.TrimSpace(line) != "" && !json.Valid([]byte(line)) {
				t.Fatalf("no JSON: %s", line)
			}
		}
	}
}
