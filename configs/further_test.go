package configs_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gateway/configs"
	"gateway/document"
	"gateway/normalize"
	"gateway/problem"
)

// further is a plausible answer of a vendor that no sample has: another route, or other words with the same meaning.
type further struct {
	Profile, Method, Path, Body string
	Status                      int
	Headers                     map[string]string
	Expect                      understood
}

// understood is what a caller goes by.
type understood struct {
	Type             problem.Type
	Detail           string   `json:",omitempty"` // part of it
	Fields, Pointers []string `json:",omitempty"`
	RetryAfter       *int     `json:"retry_after,omitempty"` // seconds; nil: not looked at
	Retryable        *bool    `json:",omitempty"`            // nil: not looked at
	Status           int      `json:",omitempty"`            // 0: not looked at
}

// TestFurtherAnswersAreUnderstood reads answers of Accelo, Akeneo and apaleo in words that their rules do not quote.
func TestFurtherAnswersAreUnderstood(t *testing.T) {
	data, err := os.ReadFile("testdata/further.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	readers := map[string]*normalize.Reader{}
	for line := range bytes.Lines(data) {
		var f further
		if err := json.Unmarshal(line, &f); err != nil {
			t.Fatal(err)
		}
		if readers[f.Profile] == nil {
			readers[f.Profile] = readerOf(t, f.Profile)
		}
		reading, isError := readers[f.Profile].Read(f.answer())
		if diff := cmp.Diff(f.Expect, f.Expect.of(reading)); !isError || diff != "" {
			t.Errorf("%s, %s %s, %d %s: an error: %t, by rule %q:\n%s", f.Profile, f.Method, f.Path, f.Status, f.Body, isError, reading.Rule, diff)
		}
		if len(reading.Hints) == 0 {
			t.Errorf("%s, %d %s: no hints", f.Profile, f.Status, f.Body)
		}
	}
}

func readerOf(t *testing.T, profile string) *normalize.Reader {
	t.Helper()
	p, err := configs.FindProfile(profile)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := normalize.NewReader(&p.Profile)
	if err != nil {
		t.Fatal(err)
	}
	return reader
}

func (f further) answer() *document.Answer {
	a := &document.Answer{Method: f.Method, Path: f.Path, Status: f.Status, Header: http.Header{}, Body: []byte(f.Body)}
	for name, value := range f.Headers {
		a.Header.Set(name, value)
	}
	return a
}

// of tells of a reading what u tells.
func (u understood) of(r problem.Reading) understood {
	got := understood{Type: r.Type}
	for _, v := range r.Violations {
		got.Fields = append(got.Fields, v.Field)
		if u.Pointers != nil {
			got.Pointers = append(got.Pointers, v.Pointer)
		}
	}
	if strings.Contains(r.Detail, u.Detail) {
		got.Detail = u.Detail
	}
	if u.RetryAfter != nil {
		got.RetryAfter = new(int(r.RetryAfter.Seconds()))
	}
	if u.Retryable != nil {
		got.Retryable = &r.Retryable
	}
	if u.Status != 0 {
		got.Status = r.Status
	}
	return got
}
