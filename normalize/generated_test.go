package normalize_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"gateway/document"
	"gateway/documenttest"
	"gateway/normalize"
	"gateway/problemtest"
	"gateway/wording"
)

// words is in every generated body; each charset below can write it.
const words = "Das Feld „Größe“ ist ungültig"

// bodyOf are the formats of generated answers, each around words.
var bodyOf = map[string]struct{ contentType, body string }{
	"problem": {"application/problem+json", `{"type":"about:blank","title":"x","status":422,"detail":"` + words + `"}`},
	"nested":  {"application/json", `{"error":{"code":"x","message":"` + words + `","errors":[{"field":"a.b","message":"` + words + `"}]}}`},
	"list":    {"application/json; charset=%s", `[{"errorCode":"x","message":"` + words + `"}]`},
	"xml":     {"application/xml; charset=%s", `<Error><Code>x</Code><Message>` + words + `</Message></Error>`},
	"soap":    {"text/xml; charset=%s", `<s:Envelope xmlns:s="urn:s"><s:Body><s:Fault><faultstring>` + words + `</faultstring></s:Fault></s:Body></s:Envelope>`},
	"yaml":    {"text/x-yaml; charset=%s", "---\nmeta:\n  status: x\n  message: " + words + "\n"},
	"page":    {"text/html; charset=%s", `<html><head><title>x</title></head><body><h1>` + words + `</h1><p>` + words + `</p></body></html>`},
	"text":    {"text/plain; charset=%s", words},
	"bare":    {"", words},
}

// patience is what no answer needs on the slowest machine, and any that takes quadratic time exceeds.
const patience = 20 * time.Second

// inCharset are the charsets of generated answers, by label.
var inCharset = map[string]func(t testing.TB, s string) string{
	"utf-8":        func(_ testing.TB, s string) string { return s },
	"utf-8;mark":   func(_ testing.TB, s string) string { return "\xEF\xBB\xBF" + s },
	"windows-1252": func(t testing.TB, s string) string { return documenttest.Encoded(t, "windows-1252", s) },
	"iso-8859-1":   func(t testing.TB, s string) string { return documenttest.Encoded(t, "windows-1252", s) },
	"gb18030":      func(t testing.TB, s string) string { return documenttest.Encoded(t, "gb18030", s) },
	"utf-16le":     func(t testing.TB, s string) string { return wide(t, unicode.LittleEndian, unicode.IgnoreBOM, s) },
	"utf-16be":     func(t testing.TB, s string) string { return wide(t, unicode.BigEndian, unicode.IgnoreBOM, s) },
	"utf-16":       func(t testing.TB, s string) string { return wide(t, unicode.BigEndian, unicode.UseBOM, s) },
}

// generatedAt is when every generated answer came.
var generatedAt = time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

// wide returns s as UTF-16.
func wide(t testing.TB, e unicode.Endianness, b unicode.BOMPolicy, s string) string {
	t.Helper()
	out, err := unicode.UTF16(e, b).NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// damage is what happens to generated answers on their way.
var damage = []func(r *rand.Rand, body []byte, h http.Header) []byte{
	func(_ *rand.Rand, body []byte, _ http.Header) []byte { return body },
	func(r *rand.Rand, body []byte, _ http.Header) []byte { return body[:r.IntN(len(body))] },
	func(r *rand.Rand, body []byte, _ http.Header) []byte {
		for range 1 + r.IntN(4) {
			body[r.IntN(len(body))] ^= 1 << r.IntN(8)
		}
		return body
	},
	func(r *rand.Rand, body []byte, _ http.Header) []byte {
		return append(body, documenttest.Noise(1+r.IntN(50))...)
	},
	func(r *rand.Rand, body []byte, _ http.Header) []byte {
		return append(documenttest.Noise(1+r.IntN(50)), body...)
	},
	func(r *rand.Rand, body []byte, _ http.Header) []byte {
		at := r.IntN(len(body))
		return slices.Concat(body[:at], documenttest.Noise(1+r.IntN(50)), body[at:])
	},
	func(r *rand.Rand, body []byte, h http.Header) []byte {
		wrong := []string{"gzip", "br", "zstd", "deflate", "compress", "gzip, br", "gzip, gzip, gzip", ""}
		h.Set("Content-Encoding", wrong[r.IntN(len(wrong))])
		return body
	},
	func(r *rand.Rand, body []byte, h http.Header) []byte {
		wrong := []string{"", ";", "text/html; charset=utf-16", "application/json; charset=klingon", "image/png", "a/b; c"}
		h.Set("Content-Type", wrong[r.IntN(len(wrong))])
		return body
	},
	func(r *rand.Rand, body []byte, _ http.Header) []byte { return bytes.Repeat(body, 1+r.IntN(400)) },
}

// generate makes the nth answer; whole is true if nothing is wrong with it.
func generate(t testing.TB, n int) (a *document.Answer, name string, whole bool) {
	t.Helper()
	r := rand.New(rand.NewPCG(7, uint64(n)))
	format := pick(r, bodyOf)
	charset := pick(r, inCharset)
	var codings, names []string
	for range r.IntN(3) {
		coding := pick(r, documenttest.Labels)
		codings, names = append(codings, coding), append(names, documenttest.Labels[coding])
	}
	label, _, _ := strings.Cut(charset, ";")
	contentType := bodyOf[format].contentType
	if strings.Contains(contentType, "%s") {
		contentType = fmt.Sprintf(contentType, label)
	}
	h := http.Header{"Content-Type": {contentType}}
	if len(names) > 0 {
		h.Set("Content-Encoding", strings.Join(names, ", "))
	}
	body := documenttest.Encode(t, []byte(inCharset[charset](t, bodyOf[format].body)), codings...)
	kind := r.IntN(len(damage))
	body = damage[kind](r, bytes.Clone(body), h)
	statuses := []int{400, 401, 403, 404, 409, 422, 429, 500, 502, 503}
	a = &document.Answer{Method: "GET", Path: "/", Status: statuses[r.IntN(len(statuses))], Header: h, Body: body, Received: generatedAt}
	told := charset != "gb18030" || strings.Contains(contentType, label) // what is neither told nor Unicode is guessed
	return a, fmt.Sprintf("%d: %s in %s as %v, damage %d", n, format, charset, codings, kind), kind == 0 && told
}

// pick returns one of m's keys.
func pick[V any](r *rand.Rand, m map[string]V) string {
	keys := slices.Sorted(maps.Keys(m))
	return keys[r.IntN(len(keys))]
}

// Ten thousand answers: what is whole is understood, and no damage does harm.
func TestGeneratedAnswers(t *testing.T) {
	t.Parallel()
	reader, err := normalize.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	slowest := time.Duration(0)
	step := 1
	if underRace { // which finds nothing here, as all is sequential, and takes ten times as long
		step = 4
	}
	for n := 0; n < 10_000; n += step {
		a, name, whole := generate(t, n)
		start := time.Now()
		d := document.DefaultLimits().Open(a.Header, a.Body, a.Cut)
		documenttest.Check(t, d)
		if whole && (!strings.Contains(d.Text, words) || d.Note != "") {
			t.Errorf("%s: %q, note %q", name, d.Text, d.Note)
		}
		if text, ok := readValid(t, reader, a); !ok || text.Type == "" || !utf8.ValidString(text.Detail) || len(text.Detail) > wording.MaxTextBytes {
			t.Errorf("%s: read as %+v", name, text)
		}
		if took := time.Since(start); took > slowest {
			slowest = took
		}
		if t.Failed() {
			t.Fatal(name)
		}
	}
	if slowest > patience {
		t.Errorf("the slowest took %v", slowest)
	}
	t.Logf("the slowest took %v", slowest)
}

// A vendor's bytes stay as they were, whatever was understood of them.
func TestGeneratedAnswersPassTheTransportUnchanged(t *testing.T) {
	reader, err := normalize.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 500 {
		a, name, _ := generate(t, n)
		transport := &normalize.Transport{Next: answering{a}, Reader: reader, OnPanic: func(_ *http.Request, cause any) {
			t.Errorf("%s: panic: %v", name, cause)
		}}
		req, _ := http.NewRequestWithContext(t.Context(), a.Method, "http://vendor"+a.Path, nil)
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		outcome := normalize.OutcomeOf(resp)
		raw, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || outcome == nil || outcome.Untouched || !bytes.Equal(raw, a.Body) || resp.StatusCode != a.Status {
			t.Fatalf("%s: %v, outcome %+v, %d bytes of %d", name, err, outcome, len(raw), len(a.Body))
		}
		problemtest.CheckReading(t, outcome.Answer, outcome.Reading)
	}
}

// answering is a vendor that always gives the same answer.
type answering struct{ answer *document.Answer }

func (v answering) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: v.answer.Status, Header: v.answer.Header.Clone(), ContentLength: int64(len(v.answer.Body)),
		Body: io.NopCloser(bytes.NewReader(v.answer.Body)), Request: req,
	}, nil
}

func FuzzOpen(f *testing.F) {
	for n := range 300 {
		a, _, _ := generate(f, n)
		f.Add(a.Header.Get("Content-Type"), a.Header.Get("Content-Encoding"), a.Body)
	}
	xmlLaughs, yamlLaughs := documenttest.Laughs()
	f.Add("text/xml", "", []byte(xmlLaughs))
	f.Add("text/yaml", "", []byte(yamlLaughs))
	f.Fuzz(func(t *testing.T, contentType, coding string, body []byte) {
		a := &document.Answer{Status: 400, Header: http.Header{"Content-Type": {contentType}}, Body: body}
		a.Header.Set("Content-Encoding", coding)
		limits := document.Limits{DecodedBytes: 64 << 10, Depth: 20, Nodes: 500}
		start := time.Now()
		d := limits.Open(a.Header, a.Body, a.Cut)
		if took := time.Since(start); took > patience {
			t.Errorf("took %v", took)
		}
		documenttest.Check(t, d)
		if len(d.Text) > 3*64<<10 { // a byte of an old charset may become three
			t.Errorf("%d bytes of text", len(d.Text))
		}
		if depthOf(d.Root) > 20 {
			t.Errorf("%d levels", depthOf(d.Root))
		}
	})
}

// depthOf counts the levels of a tree.
func depthOf(n *document.Node) int {
	if n == nil {
		return 0
	}
	deepest := 0
	for _, m := range n.Members {
		deepest = max(deepest, depthOf(m.Value))
	}
	for _, item := range n.Items {
		deepest = max(deepest, depthOf(item))
	}
	return deepest + 1
}
