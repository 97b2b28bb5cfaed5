package configs_test

import (
	"bytes"
	"testing"

	"gateway/configs"
	"gateway/draft"
	"gateway/normalize"
)

// FuzzDraftsLoadAndPass: whatever somebody recorded, a draft of it is a profile that loads, reads its own samples as they
// expect and has no rule that none reaches.
func FuzzDraftsLoadAndPass(f *testing.F) {
	for _, seed := range []string{
		"> POST /a?b=c\nHTTP/1.1 400 Bad Request\nContent-Type: application/json\n\n{\"error\": {\"code\": \"E: 1\", \"message\": \"It is wrong.\", \"fields\": [{\"name\": \"a\", \"problem\": \"b\"}]}}",
		"HTTP/1.1 200 OK\nContent-Type: application/json\n\n{\"ok\": false, \"error\": \"invalid_auth\"}",
		"HTTP/1.1 503 Oops\nRetry-After: 5\nX-RateLimit-Reset: 1795341630\n\n<h1>Down</h1>",
		"-- a.http --\nHTTP/1.1 404 Not Found\n\n{\"*\": \"There is no such thing.\"}\n-- b.http --\nHTTP/1.1 404 Not Found\n\n[{\"message\": \"no\", \"code\": \"true\"}]\n",
		`{"log": {"entries": [{"request": {"method": "GET", "url": "https://a.example/x"}, "response": {"status": 500, "content": {"text": "{\"a/b\": \"It broke here.\"}"}}}]}}`,
		`{"openapi": "3.0.0", "paths": {"/a": {"post": {"responses": {"422": {"content": {"application/json": {"example": {"errors": {"x": ["is bad"]}}}}}}}}}}`,
		"swagger: '2.0'\npaths: {/a: {get: {responses: {default: {examples: {application/json: {message: 'No.'}}}}}}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		recorded, err := draft.ParseRecorded("seed", data)
		if err != nil {
			return
		}
		made, err := draft.New("acme", "Acme", recorded)
		if err != nil {
			return
		}
		p, err := configs.ParseProfile("acme.yaml", made.Profile)
		if err != nil {
			t.Fatalf("%v\n%s", err, made.Profile)
		}
		r, err := normalize.NewReader(&p.Profile)
		if err != nil {
			t.Fatal(err)
		}
		for _, failure := range normalize.RunSamples(r, made.Samples) {
			t.Errorf("%s %s\n%s\n%s", failure.Sample, failure.Text, made.Profile, made.Samples)
		}
		if bytes.Contains(made.Profile, []byte{0}) {
			t.Error("a NUL in the profile")
		}
	})
}
