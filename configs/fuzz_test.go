package configs_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"gateway/configs"
	"gateway/document"
	"gateway/normalize"
	"gateway/problemtest"
)

// FuzzAnswer reads strangers' answers by every profile of the three vendors and without one. Whatever comes: no panic,
// one valid JSON object within its limit, plain text, a status that is none of a success. Seeds are the samples.
func FuzzAnswer(f *testing.F) {
	readers := []*normalize.Reader{genericReader(f)}
	for _, name := range []string{"accelo", "akeneo", "apaleo"} {
		p, err := configs.FindProfile(name)
		if err != nil {
			f.Fatal(err)
		}
		r, err := normalize.NewReader(&p.Profile)
		if err != nil {
			f.Fatal(err)
		}
		readers = append(readers, r)
		for _, file := range txtar.Parse(p.Samples).Files {
			if a, err := document.ParseAnswer(file.Data); err == nil {
				f.Add(a.Method, a.Path, a.Status, a.Header.Get("Content-Type"), a.Header.Get("X-Status-Reason"), a.Header.Get("Www-Authenticate"), a.Header.Get("Retry-After"), a.Body)
			}
		}
	}
	f.Fuzz(func(t *testing.T, method, path string, status int, media, reason, challenge, retryAfter string, body []byte) {
		a := &document.Answer{
			Method: method, Path: path, Status: 200 + abs(status)%400, Body: body,
			Header: http.Header{"Content-Type": {media}, "X-Status-Reason": {reason}, "Www-Authenticate": {challenge}, "Retry-After": {retryAfter}},
		}
		for _, r := range readers {
			if reading, isError := r.Read(a); isError {
				problemtest.CheckReading(t, a, reading)
			} else if a.Status >= 400 {
				t.Errorf("%d is taken for a success", a.Status)
			}
		}
	})
}

func genericReader(t testing.TB) *normalize.Reader {
	t.Helper()
	r, err := normalize.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func abs(n int) int { return max(n, -n, 0) }

// FuzzProfile loads strangers' profiles: no panic, and either a profile that works or an error that names the file.
func FuzzProfile(f *testing.F) {
	for _, seed := range []string{
		"name: a\nvendor: A\nrules:\n  - include: oauth2\n  - include: html-front\n",
		"name: a\nvendor: A\ndetail: [/error/message, text]\ncode: [\"header:X-Code\", \"{/a}: {/b}\"]\nviolations:\n  - {each: /errors, field: [/a], detail: [/b], pointer: same}\n" +
			"rules:\n  - name: a\n    match: {status: [422, 4xx], body: {/error/message: {says: already-exists, not: {matches: '^x'}}}}\n    type: already-exists\n",
		"name: a\nvendor: A\ncodes: {conflict: [\"9*\", x]}\nhints: {x: [y]}\nthrottle: {limits: [{requests: 1, per: 1s}]}\nrules:\n  - {name: a, when: 'status == 422', type: gone}\n",
		"name: a\nvendor: A\nrules:\n  - {name: a, match: &m {method: [GET], path: [/x/**], query: {a: b}}, violations: [{map: /e}, {each: /errors/*/a, split: '(?P<field>a)(?P<detail>b)'}]}\n  - {name: b, match: *m}\n",
	} {
		f.Add([]byte(seed))
	}
	file := filepath.Join(f.TempDir(), "fuzz.yaml")
	answer := &document.Answer{Method: "GET", Path: "/x?a=b", Status: 422, Header: http.Header{}, Body: []byte(`{"error":{"code":"x","message":"no"},"errors":[{"a":"b"}]}`)}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := configs.FindProfile(file)
		if err != nil {
			if !strings.Contains(err.Error(), file) {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		r, err := normalize.NewReader(&p.Profile)
		if err != nil {
			t.Fatalf("is loaded, and yet: %v", err)
		}
		if reading, isError := r.Read(answer); isError {
			problemtest.CheckReading(t, answer, reading)
		}
	})
}
