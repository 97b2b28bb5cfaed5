package credentials_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gateway/credentials"
)

const canary = `cAn/ary+9 <42>&"é=`

func TestRedactorFindsEveryForm(t *testing.T) {
	r := credentials.NewRedactor(canary, "another-secret", "short")
	percent := regexp.MustCompile(`%..`)
	quoted, err := json.Marshal(canary)
	if err != nil {
		t.Fatal(err)
	}
	for name, form := range map[string]string{
		"plain":           canary,
		"base64":          base64.StdEncoding.EncodeToString([]byte(canary)),
		"base64 raw":      base64.RawStdEncoding.EncodeToString([]byte(canary)),
		"base64 url":      base64.URLEncoding.EncodeToString([]byte(canary)),
		"base64 url raw":  base64.RawURLEncoding.EncodeToString([]byte(canary)),
		"query":           url.QueryEscape(canary),
		"query, spaces":   strings.ReplaceAll(url.QueryEscape(canary), "+", "%20"),
		"path":            url.PathEscape(canary),
		"lower-case hex":  percent.ReplaceAllStringFunc(url.QueryEscape(canary), strings.ToLower),
		"nested query":    url.QueryEscape(url.QueryEscape(canary)),
		"JSON":            string(quoted[1 : len(quoted)-1]),
		"JSON, plain":     strings.ReplaceAll(canary, `"`, `\"`),
		"HTML attribute":  html.EscapeString(canary),
		"hex":             hex.EncodeToString([]byte(canary)),
		"hex, upper case": fmt.Sprintf("%X", canary),
		"masked":          "****" + canary[len(canary)-4:],
		"masked with x":   "XXXXXXXX" + canary[len(canary)-6:],
		"middle masked":   "cAn...." + canary[len(canary)-5:],
		"another":         "another-secret",
	} {
		got := r.String("it was '" + form + "', twice " + form)
		if strings.Contains(got, form) || strings.Count(got, "<secret>") < 2 {
			t.Errorf("%s: %q stays in %q", name, form, got)
		}
	}
}

func TestRedactorFindsBasicPairs(t *testing.T) {
	r := credentials.NewRedactor("s3cr3t-of-the-vendor")
	for _, user := range []string{"", "a", "ab", "abc", "client_1"} {
		pair := base64.StdEncoding.EncodeToString([]byte(user + ":s3cr3t-of-the-vendor"))
		got := r.String("Basic " + pair + " was wrong")
		if left := strings.Fields(strings.ReplaceAll(got, "<secret>", ""))[1]; len(left) > len(pair)-24 {
			t.Errorf("%q: too much is left in %q", pair, got)
		}
	}
}

func TestRedactorLeavesTheRest(t *testing.T) {
	r := credentials.NewRedactor("0123456789", "short", "")
	for _, text := range []string{"", "short", "6789", "012345678", "5 * 6789", "<secret>"} {
		if got := r.String(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	var none *credentials.Redactor
	none.Add("0123456789")
	if got := none.String("0123456789"); got != "0123456789" {
		t.Errorf("no Redactor gave %q", got)
	}
}

// TestRedactorForgetsWhatIsLongRemoved lets exchanges end that began with a secret which is no longer live.
func TestRedactorForgetsWhatIsLongRemoved(t *testing.T) {
	r := credentials.NewRedactor("0123456789", "0123456789")
	r.Remove("0123456789")
	for n := range 40 {
		if got := r.String("0123456789"); got != "<secret>" {
			t.Fatalf("still live, but %q after %d others", got, n)
		}
		other := fmt.Sprintf("another-%d", n)
		r.Add(other)
		r.Remove(other)
	}
	r.Remove("0123456789")
	if got := r.String("0123456789"); got != "<secret>" {
		t.Errorf("just removed, but %q", got)
	}
	for n := range 40 {
		other := fmt.Sprintf("yet-another-%d", n)
		r.Add(other)
		r.Remove(other)
	}
	if got := r.String("0123456789 another-39"); got != "0123456789 another-39" {
		t.Errorf("removed long ago, but %q", got)
	}
}

// TestRedactorOfACutText: half a secret at the end of a text goes too, also one that is removed already.
func TestRedactorOfACutText(t *testing.T) {
	r := credentials.NewRedactor("live-secret-1", "old-secret-2")
	r.Remove("old-secret-2")
	for _, text := range []string{"it is live-secre", "it is old-secre"} {
		if got := r.CutString(text); strings.Contains(got, "-secre") {
			t.Errorf("%q is left of %q", got, text)
		}
	}
}

func TestRedactorOfBytesAndHeaders(t *testing.T) {
	r := credentials.NewRedactor("0123456789")
	if got := string(r.Bytes([]byte(`{"key":"0123456789"}`))); got != `{"key":"<secret>"}` {
		t.Errorf("got %s", got)
	}
	h := http.Header{"Location": {"/?key=0123456789", "/"}, "X": {"1"}}
	r.Header(h)
	if diff := cmp.Diff(http.Header{"Location": {"/?key=<secret>", "/"}, "X": {"1"}}, h); diff != "" {
		t.Error(diff)
	}
}

func TestRedactorLeavesNoSecretWhatever(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secrets := rapid.SliceOfN(rapid.StringN(6, 40, 80), 1, 5).Draw(t, "secrets")
		r := credentials.NewRedactor(secrets...)
		var text strings.Builder
		for range rapid.IntRange(0, 5).Draw(t, "parts") {
			text.WriteString(rapid.String().Draw(t, "between"))
			text.WriteString(url.QueryEscape(rapid.SampledFrom(secrets).Draw(t, "secret")))
		}
		got := r.String(text.String())
		for _, secret := range secrets {
			if len(secret) >= 6 && strings.Contains(strings.ReplaceAll(got, "<secret>", "\x00"), secret) {
				t.Fatalf("%q stays in %q", secret, got)
			}
		}
	})
}

func TestRedactorIsConcurrent(t *testing.T) {
	r := credentials.NewRedactor("0123456789")
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			token := fmt.Sprintf("token-%d-of-many", n)
			r.Add(token)
			if got := r.String(token + " 0123456789"); got != "<secret> <secret>" {
				t.Errorf("got %q", got)
			}
			r.Remove(token)
		})
	}
	all.Wait()
}

func BenchmarkRedactor(b *testing.B) {
	r := credentials.NewRedactor()
	for n := range 12 {
		r.Add(strings.Repeat(fmt.Sprintf("%c-secret", 'a'+n), 20))
	}
	text := strings.Repeat(`{"detail":"the vendor's words, cleaned","status":422},`, 20)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r.String(text)
	}
}
