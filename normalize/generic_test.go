package normalize_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"gateway/document"
	"gateway/normalize"
	"gateway/problem"
)

// readBody reads a JSON error that was sent to POST /v1/things without a profile.
func readBody(t *testing.T, status int, body string) problem.Reading {
	t.Helper()
	reader, err := normalize.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	out, ok := readValid(t, reader, &document.Answer{
		Method: http.MethodPost, Path: "/v1/things", Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body),
	})
	if !ok {
		t.Fatalf("not read as an error: %s", body)
	}
	return out
}

// The same error under the names that different vendors give to its parts.
func TestNamesOfMembersDoNotMatter(t *testing.T) {
	for _, body := range []string{
		`{"code":"E7","message":"The name is gone"}`,
		`{"errorCode":"E7","errorMessage":"The name is gone"}`,
		`{"error":{"code":"E7","message":"The name is gone"}}`,
		`{"apiErrorCode":"E7","helpMessage":"The name is gone"}`,
		`{"errors":[{"err_code":"E7","msg":"The name is gone"}]}`,
		`{"Response":{"Error":{"Code":"E7","Message":"The name is gone"}}}`,
		`{"fault":{"faultstring":"The name is gone","detail":{"errorcode":"E7"}}}`,
		`{"fehler":{"code":"E7","meldung":"The name is gone"}}`,
		`{"status":{"code":"E7","description":"The name is gone"},"outputs":[]}`,
		`{"kind":"E7","description":"The name is gone"}`,
		`{"header":{"reason":"The name is gone","error_code":"E7"},"data":null}`,
		`{"status_code":"E7","status_message":"The name is gone"}`,
	} {
		out := readBody(t, 409, body)
		if out.Code != "E7" || out.Detail != "The name is gone" || out.Type != problem.Conflict {
			t.Errorf("%s: code %q, detail %q, type %s", body, out.Code, out.Detail, out.Type)
		}
	}
}

// One complaint about one field in the shapes that vendors have for it.
func TestShapesOfViolations(t *testing.T) {
	for _, body := range []string{
		`{"errors":{"email":["is too long"]}}`,
		`{"errors":{"email":"is too long"}}`,
		`{"errors":[{"field":"email","message":"is too long"}]}`,
		`{"violations":[{"propertyPath":"email","message":"is too long"}]}`,
		`{"invalid-params":[{"name":"email","reason":"is too long"}]}`,
		`{"details":{"fields":[{"name":"email","messages":["is too long"]}]}}`,
		`{"message":{"email":["is too long"]}}`,
		`{"error":{"message":"Validation failed","validationErrors":[{"message":"is too long","members":["email"]}]}}`,
		`{"errors":[{"message":"is too long","target":{"name":"email","type":"field"}}]}`,
		`[{"field":"email","message":"is too long"}]`,
		`{"message":"Bad input","extra":[{"key":"email","message":"is too long"}]}`,
		`{"errors":[{"title":"is too long","meta":{"field":"email"}}]}`,
		`{"message":"is too long","validation":{"source":"payload","keys":["email"]}}`,
		`{"object":"error","message":"A value is not valid.","details":{"email":"is too long"}}`,
		`{"errors":{"common":[],"fields":{"email":["is too long"]}}}`,
		`{"error":"Validation error","fields":[{"field":"email","error":"is too long"}]}`,
		`{"error":"BAD_BODY","detail":{"email":[{"error":"is too long"}]}}`,
		`{"errors":{"email":["is too long"]},"full_messages":["Email is too long"]}`,
		`{"email":[{"msg":["is too long"],"args":[]}]}`,
		`{"email":"is too long"}`,
		`{"message":["is too long"],"validationErrors":[{"field":"email","errors":["is too long"]}]}`,
		`{"errorName":"bad","validationErrors":[{"errorName":"tooLong","message":"is too long","jsonPath":"email"}]}`,
		`{"error":"[\n  {\n \"code\": \"too_big\", \"path\": [\"email\"], \"message\": \"is too long\" }\n]"}`,
		`{"message":"Values were not valid: [{\"name\":\"email\",\"message\":\"is too long\"}]"}`,
	} {
		out := readBody(t, 400, body)
		if got := fmt.Sprint(out.Violations); len(out.Violations) != 1 || out.Violations[0].Field != "email" || out.Violations[0].Detail != "is too long" {
			t.Errorf("%s: %s", body, got)
		}
		if out.Type != problem.ValidationFailed {
			t.Errorf("%s: %s", body, out.Type)
		}
	}
}

// A password that the data brings is data, and no credential of whoever asks.
func TestCredentialsInData(t *testing.T) {
	for body, want := range map[string]problem.Type{
		`{"errors":[{"field":"password","message":"Password is required"}]}`:   problem.ValidationFailed,
		`{"error":{"message":"Password is required","param":"password"}}`:      problem.ValidationFailed,
		`{"errors":[{"field":"Authorization","message":"Token is missing"}]}`:  problem.Unauthenticated,
		`{"errors":[{"message":"Token is missing"},{"message":"No API key"}]}`: problem.Unauthenticated,
	} {
		if out := readBody(t, 422, body); out.Type != want {
			t.Errorf("%s: %s, not %s", body, out.Type, want)
		}
	}
}

// Data that is not taken is told from a request that is wrong itself.
func TestRefusedDataAndBrokenRequests(t *testing.T) {
	for words, want := range map[string]problem.Type{
		"Recipient zip is not valid.":                    problem.ValidationFailed,
		"El código postal del destinatario no es válido": problem.ValidationFailed,
		"Cannot set the temperature over 90":             problem.ValidationFailed,
		"The cursor is invalid":                          problem.InvalidRequest,
		"Customer id is not valid":                       problem.InvalidRequest,
	} {
		if out := readBody(t, 400, `{"message":"`+words+`"}`); out.Type != want {
			t.Errorf("%s: %s, not %s", words, out.Type, want)
		}
	}
}

// A sentence that begins with a field's name tells which of several words is that name.
func TestFieldsByTheirSentence(t *testing.T) {
	for _, body := range []string{
		`{"errors":[{"error_key":"first_name","category":"invalid_value","message":"First name is too long"}]}`,
		`{"message":"Some values are wrong","errors":[{"Key":"first_name","Value":"First name is too long"}]}`,
		`{"message":"Some values are wrong","errors":{"first_name":"First name is too long","message":"Message is too long"}}`,
	} {
		out := readBody(t, 422, body)
		if len(out.Violations) == 0 || out.Violations[0].Field != "first_name" || out.Violations[0].Detail != "First name is too long" {
			t.Errorf("%s: %v", body, out.Violations)
		}
	}
	out := readBody(t, 409, `{"errors":[{"error_key":"base","category":"stale_version","message":"It was changed since"}]}`)
	if out.Code != "stale_version" {
		t.Errorf("code %q", out.Code)
	}
}

// Numbers and tokens where codes stand, and those that only look like one.
func TestCodesWithoutAWord(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":435,"message":"The line is busy"}`:                                              "435",
		`{"error":404,"message":"The line is busy"}`:                                              "",
		`["error",10100,"The line is busy"]`:                                                      "10100",
		`{"error":{"longText":"The line is busy","primaryCode":9961}}`:                            "9961",
		`{"meta":{"msg":"api.err.LoginRequired"}}`:                                                "api.err.LoginRequired",
		`{"Type":"Raven.Client.Exceptions.ConcurrencyException","Message":"The line is busy"}`:    "",
		`{"message":"The line is busy","category_code":"card-declined"}`:                          "card-declined",
		`{"statusText":"not_found","errors":[{"message":"The line is busy","code":"GONE_AWAY"}]}`: "GONE_AWAY",
	} {
		if out := readBody(t, 400, body); out.Code != want {
			t.Errorf("%s: %q, not %q", body, out.Code, want)
		}
	}
}

// What only looks like a field is none: a thing's name, a path of the API, a function, a query's path.
func TestWhatIsNoField(t *testing.T) {
	for _, body := range []string{
		`{"message":"taken","conflicts":[{"type":"folder","name":"Contracts"}]}`,
		`{"errors":[{"path":"/v1/things","message":"expired"}]}`,
		`{"error":{"message":"failed","source":"USPS::Auth"}}`,
		`{"message":"taken","holders":[{"name":"Contracts","owner":"Ann"}]}`,
		`{"message":"failed","details":{"account":"Acme Ltd","plan":"basic"}}`,
		`{"errors":[{"message":"no","path":["viewer"],"extensions":{"code":"X_Y","path":"$.a"}}],"data":null}`,
	} {
		if out := readBody(t, 409, body); len(out.Violations) != 0 {
			t.Errorf("%s: %v", body, out.Violations)
		}
	}
}

// Words tell apart what one code or status is used for.
func TestWordsBesideCodes(t *testing.T) {
	for body, want := range map[string]problem.Type{
		`{"code":"over_query_limit","message":"You have exceeded your daily request quota."}`: problem.QuotaExceeded,
		`{"code":"over_query_limit","message":"Slow down."}`:                                  problem.RateLimited,
		`{"code":"resource_in_use","message":"The user exists already"}`:                      problem.AlreadyExists,
		`{"code":"resource_in_use","message":"The volume is attached"}`:                       problem.Conflict,
		`{"message":"Order 500 was not accepted"}`:                                            problem.InvalidRequest,
		`{"error":["Package not found"]}`:                                                     problem.ValidationFailed,
		`{"message":"Unknown command 'go'"}`:                                                  problem.InvalidRequest,
		`{"code":"X7","meta":{"target":["email"]},"message":"Unique constraint failed"}`:      problem.AlreadyExists,
		`{"code":"44","message":"Requested record not found"}`:                                problem.NotFound,
		`{"code":"44","message":"The requested profile does not exist"}`:                      problem.NotFound,
		`{"code":"UNABLE_TO_LOCK_ROW","message":"no exclusive access to this record"}`:        problem.Conflict,
		`{"message":"Per second limit reached."}`:                                             problem.RateLimited,
		`{"message":"The price per second is not a number"}`:                                  problem.ValidationFailed,
	} {
		if out := readBody(t, 400, body); out.Type != want {
			t.Errorf("%s: %s, not %s", body, out.Type, want)
		}
	}
}

// A quota that is whole again within minutes is a limit of the rate, whatever it is called.
func TestQuotasThatLastNoTime(t *testing.T) {
	for body, want := range map[string]problem.Type{
		`{"detail":"You have exhausted your API request quota. Retry after: 21 seconds."}`:           problem.RateLimited,
		`{"detail":"Quota has been exhausted. You can submit the request after 49 seconds"}`:         problem.RateLimited,
		`{"detail":"Your quota has been exhausted, wait 5 minutes"}`:                                 problem.RateLimited,
		`{"detail":"Your quota has been exhausted"}`:                                                 problem.QuotaExceeded,
		`{"detail":"Your quota has been exhausted. Please wait 36000 seconds"}`:                      problem.QuotaExceeded,
		`{"detail":"Your monthly quota has been exhausted. This was answered after 2 milliseconds"}`: problem.QuotaExceeded,
	} {
		if out := readBody(t, 429, body); out.Type != want {
			t.Errorf("%s: %s, not %s", body, out.Type, want)
		}
	}
}

// A moment to come back at counts from the vendor's own clock.
func TestMomentsToRetryAt(t *testing.T) {
	reader, err := normalize.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{
		`{"error":"TooMany","metadata":{"recommendedRetryTime":"2022-05-31T09:00:52.361Z"}}`,
		`{"title":"Too many","rateLimitNext":"2022-05-31T09:00:52.361Z"}`,
	} {
		out, ok := readValid(t, reader, &document.Answer{
			Method: http.MethodGet, Path: "/v1/things", Status: 429, Body: []byte(body),
			Header: http.Header{"Content-Type": {"application/json"}, "Date": {"Tue, 31 May 2022 09:00:00 GMT"}},
		})
		if !ok || out.RetryAfter != 53*time.Second {
			t.Errorf("%s: %v, %s", body, ok, out.RetryAfter)
		}
	}
}

// A code that only spells the status says no more than the status: words beside it count.
func TestCodeThatSpellsTheStatus(t *testing.T) {
	for body, want := range map[string]problem.Type{
		`{"code":"Forbidden","message":"The access token expired"}`:    problem.Unauthenticated,
		`{"code":"Forbidden","message":"Ask somebody else"}`:           problem.PermissionDenied,
		`{"code":"AccessDenied","message":"The access token expired"}`: problem.PermissionDenied,
	} {
		if out := readBody(t, 403, body); out.Type != want {
			t.Errorf("%s: %s, not %s", body, out.Type, want)
		}
	}
}

// Words are found where no name tells of them, as long as there is nothing better and only one such text.
func TestWordsUnderUnknownNames(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":"Bad Request","troubleshoot":"first_name is missing"}`:                         "first_name is missing",
		`{"code":"E7","value":{"messages":[{"default_message":"The line is busy"}]}}`:            "The line is busy",
		`{"header":{"statut":400,"message":"The line is busy"}}`:                                 "The line is busy",
		`{"message":"The line is busy","troubleshoot":"Call the help desk now"}`:                 "The line is busy",
		`{"error":"Bad Request","happened":"Tuesday the 24th at 23:43:34"}`:                      "Bad Request",
		`{"error":"Bad Request","owner":"Ann and Bob Smith","place":"Room 7 of building 4"}`:     "Bad Request",
		`{"message":"The upstream said: {\"error\":{\"code\":\"E7\",\"message\":\"No line\"}}"}`: "The upstream said: No line",
	} {
		if out := readBody(t, 400, body); out.Detail != want {
			t.Errorf("%s: %q, not %q", body, out.Detail, want)
		}
	}
}

// Prose is told whatever its media type says; a piece of a structure is not.
func TestProseUnderAnotherMediaType(t *testing.T) {
	for body, want := range map[string]string{"The line is busy": "The line is busy", `{"message":"The li`: ""} {
		if out := readBody(t, 400, body); out.Detail != want {
			t.Errorf("%s: %q", body, out.Detail)
		}
	}
}

// A bot wall tells programs where its challenge is.
func TestChallengeForPrograms(t *testing.T) {
	if out := readBody(t, 403, `{"url":"https://geo.wall.example/captcha/?cid=1"}`); out.Type != problem.EdgeChallenge || out.Docs != "" {
		t.Errorf("%s, docs %q", out.Type, out.Docs)
	}
}

// A problem of type about:blank says no more than its status; a link to what was asked for is no documentation.
func TestWhatTellsNothing(t *testing.T) {
	out := readBody(t, 400, `{"type":"about:blank","title":"Bad Request","status":400,"detail":"'name' is a required property"}`)
	if out.Type != problem.InvalidRequest {
		t.Errorf("about:blank: %s", out.Type)
	}
	out = readBody(t, 403, `{"code":"403 Forbidden","title":"no_access_here"}`)
	if out.Code != "no_access_here" || out.Detail != "Forbidden" && out.Detail != "403 Forbidden" {
		t.Errorf("code %q, detail %q", out.Code, out.Detail)
	}
	out = readBody(t, 400, `{"code":"E7","message":"Amount is missing","url":"https://api.vendor.example/v1/things"}`)
	if out.Docs != "" {
		t.Errorf("docs: %s", out.Docs)
	}
	if out = readBody(t, 400, `{"code":"E7","message":"Amount is missing","url":"https://vendor.example/docs/E7"}`); out.Docs != "https://vendor.example/docs/E7" {
		t.Errorf("docs: %q", out.Docs)
	}
}

// The place of a parameter is told apart from its name, so that a program finds it among those that it sent.
func TestParametersByTheirLocation(t *testing.T) {
	for place, want := range map[string]problem.Violation{
		`"query","limit"`:       {Detail: "Input should be a number", Field: "limit", In: "query", Name: "limit"},
		`"header","x-tenant"`:   {Detail: "Input should be a number", Field: "x-tenant", In: "header", Name: "x-tenant"},
		`"body","items",0,"id"`: {Detail: "Input should be a number", Field: "body.items.0.id", Pointer: "#/items/0/id"},
	} {
		out := readBody(t, 422, `{"errors":[{"msg":"Input should be a number","loc":[`+place+`]}]}`)
		if len(out.Violations) == 1 {
			want.Pointer = out.Violations[0].Pointer // which goes by the method
		}
		if !slices.Equal(out.Violations, []problem.Violation{want}) {
			t.Errorf("%s: %+v", place, out.Violations)
		}
	}
}

// Members of a problem that are the vendor's own stay, but no markup comes with them.
func TestExtensionsHoldNoMarkup(t *testing.T) {
	out := readBody(t, 403, `{"type":"https://vendor.example/credit","detail":"Your balance is 30","balance":30,"range":"10 < x","page":"<p>Pay <a href='/x'>here</a></p>","deep":{"list":["<script>x</script>"]}}`)
	var names []string
	for _, e := range out.Extensions {
		names = append(names, e.Name)
	}
	if !slices.Equal(names, []string{"balance", "range"}) {
		t.Errorf("%q", names)
	}
}

// A fault that SOAP blames on the caller is no failure of the vendor's, although all have status 500.
func TestFaultOfTheCallerInSOAP(t *testing.T) {
	for fault, want := range map[string]problem.Type{
		`<faultcode>s:Client</faultcode><faultstring>Sorry</faultstring>`:                                   problem.InvalidRequest,
		`<faultcode>s:Client.Order</faultcode><faultstring>The amount must be positive</faultstring>`:       problem.ValidationFailed,
		`<faultcode>s:Client</faultcode><faultstring>No such order</faultstring>`:                           problem.NotFound,
		`<faultcode>s:Server</faultcode><faultstring>Sorry</faultstring>`:                                   problem.UpstreamError,
		`<Code><Value>s:Sender</Value></Code><Reason><Text>Sorry</Text></Reason>`:                           problem.InvalidRequest,
		`<Code><Value>s:Receiver</Value></Code><Reason><Text>Please try later; we are down</Text></Reason>`: problem.UpstreamError,
	} {
		body := `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>` + fault + `</s:Fault></s:Body></s:Envelope>`
		if out := readBody(t, 500, body); out.Type != want {
			t.Errorf("%s: %s, not %s", fault, out.Type, want)
		}
	}
}

// 423 and 451 have a name that says what is wrong, whatever the body.
func TestStatusesOutsideTheTaxonomy(t *testing.T) {
	for status, want := range map[int]problem.Type{423: problem.Conflict, 451: problem.PermissionDenied, 418: problem.InvalidRequest} {
		for _, body := range []string{``, `{}`, `{"message":"No"}`, `<D:error xmlns:D="DAV:"><D:lock-token-submitted/></D:error>`} {
			if out := readBody(t, status, body); out.Type != want {
				t.Errorf("%d %s: %s, not %s", status, body, out.Type, want)
			}
		}
	}
}

// Beside a status that says nothing, the name of another one does.
func TestStatusNamedInWords(t *testing.T) {
	if out := readBody(t, 419, `{"message":"Unauthorized"}`); out.Type != problem.Unauthenticated {
		t.Errorf("%s", out.Type)
	}
}
