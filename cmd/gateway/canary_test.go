package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/url"
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
		out = append(out, coding.EncodeToString([]byte(secret)), coding.EncodeToString([]byte("me:"+secret)))
	}
	return out
}

// marked is how much of a canary's beginning is no other text's: where something was cut, no more of it may be left.
const marked = len("canary-A1")

// outputs collects everything that comes out of a gateway.
type outputs struct {
	mu   sync.Mutex
	text map[string]*bytes.Buffer
}

func newOutputs() *outputs { return &outputs{text: map[string]*bytes.Buffer{}} }

// holds is true where a text came out somewhere under a name.
func (o *outputs) holds(name, text string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text[name] != nil && strings.Contains(o.text[name].String(), text)
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
	for name, buffer := range o.text {
		text := buffer.String()
		for kind, secret := range canaries {
			for _, form := range append(written(secret), secret[:marked]) {
				if i := strings.Index(text, form); i >= 0 {
					found = append(found, fmt.Sprintf("%s: %s as %q: …%s", name, kind, form, text[max(0, i-80):min(len(text), i+120)]))
				}
			}
		}
	}
	return found
}

// TestNoCutLeavesHalfASecret in the log, wherever in a long error it stands.
func TestNoCutLeavesHalfASecret(t *testing.T) {
	out, secrets := newOutputs(), credentials.NewRedactor(canaries["token"])
	log, err := newLogger(configs.Log{Level: "info", Format: "json"}, secrets, out.writer("log"))
	if err != nil {
		t.Fatal(err)
	}
	for before := maxLoggedBytes - 40; before < maxLoggedBytes+2; before++ {
		accessLog(log, secrets)(proxy.Exchange{Err: errors.New(strings.Repeat("x", before) + canaries["token"])})
	}
	if !strings.Contains(out.text["log"].String(), "…") {
		t.Error("no line was cut")
	}
	for _, hit := range out.hits() {
		t.Error(hit)
	}
}

// TestNoLogLineHoldsASecret, whoever writes it: in the message, a field's name or value, an error, a stack.
func TestNoLogLineHoldsASecret(t *testing.T) {
	for _, format := range []string{"json", "console"} {
		out := newOutputs()
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
