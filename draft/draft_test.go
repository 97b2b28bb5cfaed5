package draft_test

import (
	"strings"
	"testing"

	"gateway/draft"

	"github.com/google/go-cmp/cmp"
)

const harFile = `{"log": {"version": "1.2", "entries": [
 {"startedDateTime": "2026-11-22T10:00:00.000Z",
  "request": {"method": "POST", "url": "https://api.acme.example/v1/orders?token=secret", "headers": [{"name": ":method", "value": "POST"}, {"name": "Authorization", "value": "Bearer secret"}]},
  "response": {"status": 429, "headers": [{"name": "Content-Encoding", "value": "gzip"}, {"name": "X-RateLimit-Remaining", "value": "0"}, {"name": "X-RateLimit-Reset", "value": "1795341630"}, {"name": "Set-Cookie", "value": "sid=secret"}],
   "content": {"mimeType": "application/json", "text": "{\"message\": \"Too many requests.\"}"}}},
 {"request": {"method": "GET", "url": "https://api.acme.example"},
  "response": {"status": 404, "headers": [], "content": {"mimeType": "application/json", "encoding": "base64", "text": "eyJtZXNzYWdlIjogIk5vdCBoZXJlLiJ9"}}},
 {"request": {"method": "GET", "url": "https://api.acme.example/blocked"}, "response": {"status": 0}},
 {"request": {"method": "GET", "url": "https://api.acme.example/ok"}, "response": {"status": 200, "content": {"mimeType": "application/json", "text": "{\"id\": 1}"}}}
]}}`

const openAPIFile = `openapi: 3.0.3
servers: [{url: "https://api.acme.example/v2"}]
paths:
  /orders/{id}:
    parameters: []
    get:
      responses:
        "200": {description: fine, content: {application/json: {example: {id: 1}}}}
        "404": {$ref: "#/components/responses/Missing"}
        4XX:
          content:
            application/json:
              examples:
                taken: {value: {code: ORDER_EXISTS, message: The order exists already.}}
                shared: {$ref: "#/components/examples/Shared"}
        default:
          content:
            application/json: {schema: {$ref: "#/components/schemas/Error"}}
            text/csv: {example: {a: 1}}
components:
  responses:
    Missing: {content: {application/problem+json: {example: {title: Missing, status: 404, detail: There is no such order.}}}}
  examples:
    Shared: {value: {code: RATE_LIMITED, message: Slow down.}}
  schemas:
    Error:
      allOf:
        - {properties: {code: {type: string, example: BAD_FIELD}}}
        - {properties: {message: {example: A field is wrong.}, inner: {$ref: "#/components/schemas/Error"}, tags: {items: {example: a}}}}
`

func TestRecordedAnswersAreFoundInEveryKindOfFile(t *testing.T) {
	tests := map[string]struct {
		data string
		want []string // name, host, method and path, body
	}{
		"curl.txt":  {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\ngone", []string{"404-curl||GET /|gone"}},
		"set.txtar": {"-- a.http --\n> PUT /x\nHTTP/1.1 409 Conflict\n\n{}\n-- a.json --\n{}\n", []string{"a||PUT /x|{}\n"}},
		"x.har": {harFile, []string{
			`429-post-v1-orders|api.acme.example|POST /v1/orders?token=secret|{"message": "Too many requests."}`,
			`404-get|api.acme.example|GET /|{"message": "Not here."}`,
			`200-get-ok|api.acme.example|GET /ok|{"id": 1}`,
		}},
		"api.yaml": {openAPIFile, []string{
			`404-get-orders-id|api.acme.example|GET /orders/id|{"title":"Missing","status":404,"detail":"There is no such order."}`,
			`400-get-orders-id|api.acme.example|GET /orders/id|{"code":"ORDER_EXISTS","message":"The order exists already."}`,
			`400-get-orders-id-2|api.acme.example|GET /orders/id|{"code":"RATE_LIMITED","message":"Slow down."}`,
		}},
		"swagger.json": {
			`{"swagger": "2.0", "host": "old.example", "paths": {"/a": {"post": {"responses": {"422": {"examples": {"application/json": {"message": "No."}}}}}}}}`,
			[]string{`422-post-a|old.example|POST /a|{"message":"No."}`},
		},
	}
	for file, test := range tests {
		recorded, err := draft.ParseRecorded(file, []byte(test.data))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		var got []string
		for _, r := range recorded {
			if !strings.HasPrefix(r.Source, file) {
				t.Errorf("%s: the source is %q", file, r.Source)
			}
			got = append(got, strings.Join([]string{r.Name, r.Host, r.Answer.Method + " " + r.Answer.Path, string(r.Answer.Body)}, "|"))
		}
		if len(got) > len(test.want) && file == "api.yaml" {
			// The schema that contains itself: how deep it is unfolded is no matter, that it ends is.
			if last := got[len(got)-1]; !strings.Contains(last, `"code":"BAD_FIELD"`) || !strings.Contains(last, `"tags":["a"]`) {
				t.Errorf("put together from a schema: %s", last)
			}
			got = got[:len(got)-1]
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", file, diff)
		}
	}
}

func TestFilesWithoutRecordedAnswersSayWhatIsWanted(t *testing.T) {
	for data, want := range map[string]string{
		`{"a": 1}`:              `x: it is JSON, and neither HAR ("log" with "entries") nor OpenAPI ("openapi" with "paths")`,
		"hello":                 "x: this is no HTTP answer as `curl -si` prints it, no HAR and no OpenAPI document: it has to begin with a status line",
		"-- a.http --\nhello\n": "x: a.http: it has to begin with a status line",
	} {
		_, err := draft.ParseRecorded("x", []byte(data))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v", data, err)
		}
	}
}

// TestADraftHoldsNoSecret: what identifies a caller stays out of samples.
func TestADraftHoldsNoSecret(t *testing.T) {
	recorded, err := draft.ParseRecorded("x.har", []byte(harFile))
	if err != nil {
		t.Fatal(err)
	}
	d, err := draft.New("acme", "Acme", recorded)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(d.Profile) + string(d.Samples); strings.Contains(text, "secret") {
		t.Error(text)
	}
	// The wait until a moment is told from when the answer came, whenever the sample is read.
	if !strings.Contains(string(d.Samples), `"retry_after": 30`) {
		t.Errorf("no wait in %s", d.Samples)
	}
}

func TestNothingIsDraftedWithoutErrors(t *testing.T) {
	recorded, err := draft.ParseRecorded("x", []byte("HTTP/1.1 200 OK\n\n{}"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = draft.New("acme", "Acme", recorded); err == nil || err.Error() != "none of the 1 answers is an error" {
		t.Error(err)
	}
}

func TestAnAnswerThatNoSampleCanHoldIsLeftOut(t *testing.T) {
	recorded, err := draft.ParseRecorded("x", []byte("HTTP/1.1 500 Oops\n\n-- trace.txt --\nat main"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := draft.New("acme", "Acme", append(recorded, recorded[0]))
	if err == nil || len(d.Skipped) != 1 || !strings.Contains(d.Skipped[0], "lines that begin with --") {
		t.Errorf("%v %v", d.Skipped, err)
	}
}

// What a document says of many statuses at once, and of headers, is as much of an example as a body is.
func TestOpenAPIRangesChoicesAndHeaders(t *testing.T) {
	recorded, err := draft.ParseRecorded("api.json", []byte(`{"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {
		"default": {"content": {"application/json": {"example": {"status": 422, "error": "No."}}}},
		"429": {"headers": {"Retry-After": {"schema": {"type": "integer", "example": 30}}},
			"content": {"application/json": {"schema": {"oneOf": [{"properties": {"message": {"const": "Slow down."}, "status": {"const": 400}}}]}}}}}}}}}`))
	if err != nil || len(recorded) != 2 {
		t.Fatalf("%d answers: %v", len(recorded), err)
	}
	if status := recorded[0].Answer.Status; status != 422 {
		t.Errorf("the status that an example of any error names: %d", status)
	}
	slow := recorded[1].Answer
	if slow.Status != 429 || slow.Header.Get("Retry-After") != "30" || string(slow.Body) != `{"message":"Slow down.","status":400}` {
		t.Errorf("%d, %v, %s", slow.Status, slow.Header, slow.Body)
	}
}
