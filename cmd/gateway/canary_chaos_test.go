package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// panicking is a gateway that panics with a text in the middle of each exchange whose connection leads to an address.
const (
	panicking  = "gateway-that-panics"
	panicAtEnv = "GATEWAY_TEST_PANIC_AT"
	panicEnv   = "GATEWAY_TEST_PANIC"
)

// mainThatPanics needs no hook in the program: requests inherit what traces their connections from main's context.
func mainThatPanics() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) {
		if c.Conn.RemoteAddr().String() == os.Getenv(panicAtEnv) {
			panic(os.Getenv(panicEnv))
		}
	}})
	code := dispatch(ctx, stdio{os.Stdin, os.Stdout, os.Stderr}, os.Args[1:])
	stop()
	os.Exit(code)
}

// canaryUpstream is one way to the echoing vendor, or to nothing.
type canaryUpstream struct {
	name, url, rest string
	reached         bool // the vendor is
}

// canaryUpstreams put each canary where it belongs. Their token endpoints work, or fail in one of several ways.
func canaryUpstreams(folder, vendor, panics, tokens string) []canaryUpstream {
	oauth := func(path, rest string) string {
		return fmt.Sprintf("credentials: {oauth2: {token_url: %q, client_id: id, %s}}", tokens+path+"?key="+url.QueryEscape(canaries["query"]), rest)
	}
	client := fmt.Sprintf("client_secret: %q", canaries["client"])
	password := fmt.Sprintf("grant: password, client_secret: %q, username: me, password: %q", canaries["password-client"], canaries["password"])
	refresh := func(state string) string {
		return fmt.Sprintf("grant: refresh_token, client_secret: x, refresh_token: %q, state_file: %q", canaries["refresh"], filepath.Join(folder, state))
	}
	query := fmt.Sprintf("credentials: {query: {name: key, value: %q}}", canaries["query"])
	proxy := strings.Replace(vendor, "://", "://user:"+url.QueryEscape(canaries["proxy"])+"@", 1)
	return []canaryUpstream{
		{"header", vendor, fmt.Sprintf("credentials: {header: {name: X-Key, value: %q}}", canaries["header"]), true},
		{"query", vendor, query, true},
		{"basic", vendor, fmt.Sprintf("credentials: {basic: {username: me, password: %q}}", canaries["basic"]), true},
		{"client", vendor, oauth("/", client), true},
		{"password", vendor, oauth("/", password), true},
		{"refresh", vendor, oauth("/", refresh("good.json")), true},
		{"file", vendor, fmt.Sprintf("headers: {set: {X-File: \"${file:%s}\"}}", filepath.Join(folder, "secret")), true},
		{"proxied", "http://vendor.invalid", fmt.Sprintf("proxy: %q", proxy), true},
		{"panics", panics, query, false},
		{"unreachable", "http://127.0.0.1:1", query, false},
		{"proxyless", "https://vendor.invalid", fmt.Sprintf("proxy: %q", "socks5h://user:"+url.QueryEscape(canaries["proxy"])+"@127.0.0.1:1"), false},
		{"refused", vendor, oauth("/refusing", client), false},
		{"broken", vendor, oauth("/broken", password), false},
		{"moved", vendor, oauth("/moved", refresh("bad.json")), false},
		{"cut", vendor, oauth("/cut", password), false},
	}
}

// canaryConfig has retries, breakers and deadlines that bite.
func canaryConfig(upstreams []canaryUpstream, collector string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "problems: {pass_set_cookie: true}\nlog: {level: debug}\ndrain: {announce: 10ms}\ntraces: {otlp: %s/v1/traces, sample: 1}\nupstreams:\n", collector)
	for _, u := range upstreams {
		fmt.Fprintf(&b, "  %s:\n    url: %s/%s\n    timeouts: {header: 1s, error_body: 200ms}\n    retry: {attempts: 2}\n    breaker: {min_requests: 5, open_for: 100ms}\n    %s\n",
			u.name, u.url, u.name, u.rest)
	}
	return b.String()
}

// chaos is a gateway of its own whose vendors and token endpoints echo secrets and fail, with all that comes out of it.
type chaos struct {
	*process
	upstreams []canaryUpstream
	yaml      string // of the configuration, listeners aside
	secret    string // a file
	seen, out *outputs
}

func startChaos(t *testing.T) *chaos {
	t.Helper()
	c := &chaos{seen: newOutputs(), out: newOutputs(), secret: filepath.Join(t.TempDir(), "secret")}
	c.rotate(t, canaries["file"])
	vendor, panics, tokens := canaryServer(t, echoing(c.seen)), canaryServer(t, echoing(c.seen)), canaryServer(t, canaryTokens(c.seen))
	collector := canaryServer(t, func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil {
			c.out.add("traces", string(body))
		}
	})
	c.upstreams = canaryUpstreams(filepath.Dir(c.secret), vendor, panics, tokens)
	c.yaml = canaryConfig(c.upstreams, collector)
	var all []string
	for _, secret := range canaries {
		all = append(all, written(secret)...)
	}
	c.process = startProgram(t, panicking, c.yaml, c.out.writer("process"), panicAtEnv+"="+strings.TrimPrefix(panics, "http://"), panicEnv+"="+strings.Join(all, " "))
	return c
}

// rotate puts another secret into the file.
func (c *chaos) rotate(t *testing.T, secret string) {
	t.Helper()
	if err := os.WriteFile(c.secret, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// call keeps the whole answer to a request, with what came before and after it.
func (c *chaos) call(t *testing.T, name, method, target, accept string) string {
	t.Helper()
	var text strings.Builder
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
		fmt.Fprintln(&text, code, header)
		return nil
	}}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), method, target, nil)
	if err != nil {
		t.Error(err)
		return ""
	}
	req.Header.Set("Accept", accept)
	resp, err := (&http.Transport{DisableKeepAlives: true, DisableCompression: true}).RoundTrip(req)
	if err != nil {
		t.Errorf("%s: %v", target, err)
		return ""
	}
	defer resp.Body.Close()
	_, cut := io.Copy(&text, resp.Body) // of a success that broke off
	fmt.Fprintln(&text, "\n", resp.Status, cut)
	if err := errors.Join(resp.Header.Write(&text), resp.Trailer.Write(&text)); err != nil {
		t.Error(err)
	}
	c.out.add(name, text.String())
	return text.String()
}

// sweep asks every upstream for every shape, eight requests at a time.
func (c *chaos) sweep(t *testing.T, wanted func(path string) bool) {
	t.Helper()
	paths := make(chan string)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for path := range paths {
				for _, accept := range []string{"application/json", "application/problem+xml"} {
					c.call(t, "answer", http.MethodGet, c.callers+path+"?a=1", accept)
				}
			}
		})
	}
	for _, shape := range canaryShapes {
		for _, u := range c.upstreams {
			if path := "/" + u.name + "/" + shape; wanted(path) {
				paths <- path
			}
		}
	}
	close(paths)
	workers.Wait()
}

// unasked are the upstreams and shapes that have not reached the vendor yet: breakers and lost tokens are in the way.
func (c *chaos) unasked() (paths []string) {
	for _, u := range c.upstreams {
		for _, shape := range canaryShapes {
			if path := "/" + u.name + "/" + shape; u.reached && !c.seen.holds("asked", path+"\n") {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// TestNoCanaryComesOut of a process under chaos (traps 61 to 63): vendors echo twelve secrets in answers of every shape and
// break off, token endpoints fail, the gateway itself panics, and the configuration is loaded again meanwhile. 0 hits in
// answers, both outputs of the process, metrics, traces, the admin listener and what explain makes of what is kept there.
func TestNoCanaryComesOut(t *testing.T) {
	t.Parallel() // it waits
	c := startChaos(t)
	events := c.follow(t)
	for _, u := range []string{"/client/", "/password/", "/refresh/"} { // the panics tell of tokens, which the gateway has to know first
		c.call(t, "answer", http.MethodGet, c.callers+u+"success", "application/json")
	}
	c.sweep(t, func(string) bool { return true })
	c.reload(t)
	if !eventually(t, func() bool {
		left := c.unasked()
		c.sweep(t, func(path string) bool { return slices.Contains(left, path) })
		return len(left) == 0
	}) {
		t.Fatalf("the vendor was never asked for %q", c.unasked())
	}
	c.lookAround(t)
	events()
	c.end(t)
	c.checkThatItTells(t)
	for _, hit := range c.out.hits() {
		t.Error(hit)
	}
}

// end lets the process say its last words.
func (c *chaos) end(t *testing.T) {
	t.Helper()
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := c.ended(t); err != nil {
		t.Error(err)
	}
}

// reload rotates a secret, with the old one in errors that are still kept, and tries a file that has a secret in a wrong
// place.
func (c *chaos) reload(t *testing.T) {
	t.Helper()
	const listeners = "listen: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0}\n"
	c.configure(t, listeners+strings.Replace(c.yaml, "header: 1s", fmt.Sprintf("header: %q", canaries["header"]), 1))
	if answer := c.call(t, "reload", http.MethodPost, c.admin+"/-/reload", ""); !strings.Contains(answer, "400 Bad Request") {
		t.Errorf("a broken configuration was taken: %s", answer)
	}
	c.rotate(t, canaries["file"]+", the next")
	c.configure(t, listeners+c.yaml)
	if answer := c.call(t, "reload", http.MethodPost, c.admin+"/-/reload", ""); !strings.Contains(answer, "200 OK") {
		t.Errorf("the configuration was not taken: %s", answer)
	}
}

// follow keeps what the page is told while it is open, until the returned func is called.
func (c *chaos) follow(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.admin+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Transport{}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer resp.Body.Close()
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			c.out.add("events", lines.Text())
		}
	}()
	return func() { cancel(); <-done }
}

// lookAround reads everything that the admin listener has to tell, each kept failure too.
func (c *chaos) lookAround(t *testing.T) {
	t.Helper()
	for _, path := range []string{"/", "/metrics", "/readyz", "/api/v1/status", "/api/v1/profiles", "/api/v1/failures?q=canary"} {
		c.call(t, "admin", http.MethodGet, c.admin+path, "")
	}
	for _, path := range []string{"/.gateway/problems/upstream-credentials-rejected", "/nowhere"} {
		c.call(t, "answer", http.MethodGet, c.callers+path, "text/html")
	}
	var list struct{ Groups []struct{ ID string } }
	c.read(t, "/api/v1/failures?per_page=200", &list)
	for _, group := range list.Groups {
		var detail struct{ Occurrences []struct{ Instance string } }
		c.read(t, "/api/v1/failures/"+group.ID, &detail)
		c.call(t, "admin", http.MethodGet, c.admin+"/api/v1/failures/"+group.ID+"/draft", "")
		var found struct {
			Occurrences []struct{ Answer string }
		}
		c.read(t, "/api/v1/occurrences?id="+detail.Occurrences[0].Instance, &found)
		for _, o := range found.Occurrences {
			c.explain(t, o.Answer)
		}
	}
}

func (c *chaos) read(t *testing.T, path string, into any) {
	t.Helper()
	text := c.call(t, "admin", http.MethodGet, c.admin+path, "")
	if err := json.NewDecoder(strings.NewReader(text)).Decode(into); err != nil {
		t.Fatal(path, err, text)
	}
}

// explain puts a kept answer into the command, as an engineer would.
func (c *chaos) explain(t *testing.T, answer string) {
	t.Helper()
	if answer == "" {
		return // none came
	}
	var out bytes.Buffer
	if err := explainCommand(t.Context(), stdio{strings.NewReader(answer), &out, &out}, []string{"--why"}); err != nil {
		t.Error(err)
	}
	c.out.add("explain", out.String())
}

// checkThatItTells makes sure that the absence of canaries means something: each was sent, and each output has something
// to tell of it.
func (c *chaos) checkThatItTells(t *testing.T) {
	t.Helper()
	for kind, secret := range canaries {
		if !c.seen.holds("vendor", secret) && !c.seen.holds("endpoint", secret) {
			t.Errorf("the secret of %s was sent nowhere", kind)
		}
	}
	for name, telling := range map[string]string{
		"answer": "secret", "process": "panic: <secret>", "admin": "<secret>", "events": "data:", "traces": "vendor.invalid", "explain": "<secret>", "reload": "<secret>",
	} {
		if !c.out.holds(name, telling) {
			t.Errorf("%s: holds no %q, so nothing was hidden there", name, telling)
		}
	}
}
