package admin_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"gateway/admin"
	"gateway/document"
	"gateway/problem"
	"gateway/proxy"
)

// failed is an exchange that a vendor refused with these words; n makes its ids.
func failed(n int, words string) proxy.Exchange {
	return proxy.Exchange{
		Start: time.Now(), RequestID: fmt.Sprint("request-", n), InstanceID: fmt.Sprintf("0198f1c0-0000-7000-8000-%012d", n),
		Consumer: "checkout", Upstream: "akeneo", Method: http.MethodPatch, Path: "/akeneo/products/top", Code: 422, BytesIn: 9,
		Duration: 120 * time.Millisecond, UpstreamDuration: 100 * time.Millisecond, Rule: "violations",
		Attempts: []proxy.Attempt{{Code: 503, Retry: "upstream-unavailable"}, {Code: 422, Duration: 100 * time.Millisecond}},
		Problem: &problem.Problem{
			Title: "Validation failed", Status: 422, Detail: words, Code: problem.ValidationFailed, Origin: problem.OriginUpstream,
			Fault: problem.FaultCaller, Mapped: problem.MappedRule, RequestID: fmt.Sprint("request-", n),
			Upstream: &problem.Upstream{Name: "akeneo", Status: 422, Code: "E17", RequestID: fmt.Sprint("vendor/", n)},
		},
		Answer: &document.Answer{
			Method: http.MethodPatch, Path: "/products/top?locale=en&api_key=of-the-caller",
			RequestHeader: http.Header{
				"Accept": {"application/json"}, "Authorization": {"Bearer the-gateways-own-key"}, "X-Api-Key": {"of-the-caller"},
			},
			Status: 422, Header: http.Header{"Content-Type": {"application/json"}, "Set-Cookie": {"sid=of-the-vendor"}},
			Body: []byte(`{"message":"` + words + `","token":"of-the-vendor"}`),
		},
	}
}

// observe tells the ring of the exchanges and waits until it holds that many failures in all.
func (l *listener) observe(t *testing.T, want int, exchanges ...proxy.Exchange) {
	t.Helper()
	for _, x := range exchanges {
		l.ring.Observe(x)
	}
	until(t, "as many failures as there were", func() bool {
		return l.get(t, "/api/v1/status", nil)["kept"].(map[string]any)["occurrences"] == float64(want)
	})
}

// until waits for what comes on any machine in much less than a minute.
func until(t *testing.T, what string, isThere func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !isThere(); {
		if time.Now().After(end) {
			t.Fatal(what, "never came")
		}
	}
}

// get reads JSON from the API; into may be nil.
func (l *listener) get(t *testing.T, path string, into any) map[string]any {
	t.Helper()
	resp, body := l.send(t, call{http.MethodGet, path, nil, ""})
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s: %s", path, resp.Status, body)
	}
	var any map[string]any
	if into == nil {
		into = &any
	}
	if err := json.Unmarshal([]byte(body), into); err != nil {
		t.Fatalf("%s: %v: %s", path, err, body)
	}
	return any
}

func (l *listener) groups(t *testing.T, query string) admin.GroupList {
	t.Helper()
	var list admin.GroupList
	l.get(t, "/api/v1/failures?"+query, &list)
	return list
}

func TestFailuresAreGroupedByFingerprint(t *testing.T) {
	l := listen(t, nil)
	other := failed(3, "The value 'x' of attribute 7 is wrong")
	other.Problem.Upstream.Code = "E18"
	batch := failed(4, "The value 'yy' of attribute 12345 is wrong")
	batch.Consumer = "nightly-sync"
	l.observe(t, 4, failed(1, "The value 'a' of attribute 1 is wrong"), failed(2, "Something else"), other, batch)
	list := l.groups(t, "sort=count")
	if list.Total != 3 {
		t.Fatalf("%d groups: %+v", list.Total, list.Groups)
	}
	g := list.Groups[0]
	if g.Template != "The value “…” of attribute # is wrong" || g.Count != 2 || g.Detail != batch.Problem.Detail || g.Code != "E17" {
		t.Errorf("%+v", g)
	}
	if diff := gocmp.Diff(map[string]int64{"checkout": 1, "nightly-sync": 1}, g.Consumers); diff != "" {
		t.Error(diff)
	}
	var sum int64
	for _, n := range g.Spark.Counts {
		sum += n
	}
	if sum != 2 || g.LastSeen.Before(g.FirstSeen) {
		t.Errorf("%d in the sparkline, first %s, last %s", sum, g.FirstSeen, g.LastSeen)
	}
	var detail admin.GroupDetail
	l.get(t, "/api/v1/failures/"+g.ID, &detail)
	if len(detail.Occurrences) != 2 || detail.Occurrences[0].RequestID != "request-4" {
		t.Errorf("the newest is not first: %+v", detail.Occurrences)
	}
}

func TestFailuresAreFilteredAndPaged(t *testing.T) {
	l := listen(t, nil)
	unmapped := failed(1, "nobody knows this")
	unmapped.Rule, unmapped.Problem.Mapped = "", problem.MappedStatus
	elsewhere := failed(2, "it is elsewhere")
	elsewhere.Upstream = "apaleo"
	ours := failed(3, "we failed")
	ours.Problem.Origin, ours.Problem.Code, ours.Problem.Fault = problem.OriginGateway, problem.GatewayError, problem.FaultGateway
	ours.Problem.Mapped, ours.Answer = "", nil
	l.observe(t, 3, unmapped, elsewhere, ours)
	for query, want := range map[string][]string{
		"":                      {"we failed", "it is elsewhere", "nobody knows this"},
		"sort=first":            {"we failed", "it is elsewhere", "nobody knows this"},
		"upstream=apaleo":       {"it is elsewhere"},
		"unmapped=true":         {"nobody knows this"},
		"type=gateway-error":    {"we failed"},
		"fault=caller":          {"it is elsewhere", "nobody knows this"},
		"q=ELSE":                {"it is elsewhere"},
		"q=e17&upstream=apaleo": {"it is elsewhere"},
		"per_page=2":            {"we failed", "it is elsewhere"},
		"per_page=2&page=2":     {"nobody knows this"},
		"page=9":                nil,
	} {
		var got []string
		for _, g := range l.groups(t, query).Groups {
			got = append(got, g.Detail)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	for query, word := range map[string]string{"page=0": "page", "per_page=1000": "per_page", "sort=odd": "sort", "page=x": "page"} {
		resp, body := l.send(t, call{http.MethodGet, "/api/v1/failures?" + query, nil, ""})
		if resp.StatusCode != http.StatusBadRequest || !strings.Contains(body, word) {
			t.Errorf("%s: %s: %s", query, resp.Status, body)
		}
	}
}

func (l *listener) find(t *testing.T, id string) []admin.Occurrence {
	t.Helper()
	var found struct{ Occurrences []admin.Occurrence }
	l.get(t, "/api/v1/occurrences?id="+url.QueryEscape(id), &found)
	return found.Occurrences
}

func TestAnOccurrenceIsFoundByEachOfItsIDs(t *testing.T) {
	l := listen(t, nil)
	l.observe(t, 2, failed(1, "one"), failed(2, "two"))
	for _, id := range []string{
		"0198f1c0-0000-7000-8000-000000000002", "urn:uuid:0198f1c0-0000-7000-8000-000000000002",
		"https://admin.example/#/occurrences/0198F1C0-0000-7000-8000-000000000002", "request-2", "vendor/2", " request-2 ",
	} {
		if found := l.find(t, id); len(found) != 1 || found[0].RequestID != "request-2" {
			t.Errorf("%s leads to %+v", id, found)
		}
	}
}

// A caller chooses its request ids: none of them may hide another's occurrence.
func TestRequestIDsThatAreUsedAgainHideNothing(t *testing.T) {
	l := listen(t, nil)
	first := failed(1, "one")
	var all []proxy.Exchange
	for n := range 50 {
		x := failed(n+2, "two")
		x.RequestID = first.InstanceID
		all = append(all, x)
	}
	l.observe(t, 51, append([]proxy.Exchange{first}, all...)...)
	if found := l.find(t, first.InstanceID); len(found) != 1 || found[0].RequestID != "request-1" {
		t.Errorf("%d others are found", len(found))
	}
}

func TestAnOccurrenceTellsAllButSecrets(t *testing.T) {
	l := listen(t, nil)
	l.observe(t, 1, failed(1, "the-gateways-own-key is no good"))
	o := l.find(t, "request-1")[0]
	wantAnswer := `> PATCH /products/top?locale=en&api_key=<secret>
HTTP/1.1 422 Unprocessable Entity
Content-Type: application/json
Set-Cookie: <secret>

{"message":"<secret> is no good","token":"<secret>"}`
	if diff := gocmp.Diff(wantAnswer, o.Answer); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	wantCurl := `curl -si -X PATCH 'http://gateway:8080/akeneo/products/top?locale=en&api_key=<secret>' -H 'Accept: application/json' ` +
		`-H "Authorization: $AUTHORIZATION" --data-binary @body`
	if diff := gocmp.Diff(wantCurl, o.Curl); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var p problem.Problem
	if err := json.Unmarshal(o.Problem, &p); err != nil || p.Detail != "<secret> is no good" {
		t.Errorf("%v: the problem says %q", err, p.Detail)
	}
	if o.Seconds != 0.12 || o.Attempts != 2 || o.Tries[0].Retry != "upstream-unavailable" || o.Rule != "violations" {
		t.Errorf("%+v", o)
	}
	_, body := l.send(t, call{http.MethodGet, "/api/v1/occurrences?id=request-1", nil, ""})
	for _, secret := range []string{"own-key", "of-the-caller", "of-the-vendor"} {
		if strings.Contains(body, secret) {
			t.Errorf("%s is shown in %s", secret, body)
		}
	}
}

func TestBodiesAreKeptOnlyIfConfigured(t *testing.T) {
	l := listen(t, func(c *admin.Config) { c.Ring = newRing(t, admin.Limits{}) })
	l.observe(t, 1, failed(1, "words"))
	if o := l.find(t, "request-1")[0]; !strings.HasSuffix(o.Answer, "Set-Cookie: <secret>\n\n") || strings.Contains(o.Answer, "message") {
		t.Errorf("kept: %q", o.Answer)
	}
}

func TestLongBodiesAreCutAndCodedOnesDecoded(t *testing.T) {
	l := listen(t, nil)
	long, coded := failed(1, "words"), failed(2, "words")
	long.Answer.Body = []byte(strings.Repeat("long ", 1<<16))
	coded.Answer.Header = http.Header{"Content-Encoding": {"gzip"}, "Content-Length": {"9"}, "Content-Type": {"text/plain"}}
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	_, _ = io.WriteString(w, "what it says")
	_ = w.Close()
	coded.Answer.Body = buf.Bytes()
	l.observe(t, 2, long, coded)
	if o := l.find(t, "request-1")[0]; !o.AnswerCut || len(o.Answer) > 17<<10 {
		t.Errorf("%d bytes are kept of a long body, told as cut: %t", len(o.Answer), o.AnswerCut)
	}
	if o := l.find(t, "request-2")[0]; !strings.HasSuffix(o.Answer, "Content-Type: text/plain\n\nwhat it says") || strings.Contains(o.Answer, "Content-Encoding") {
		t.Errorf("the coded answer reads %q", o.Answer)
	}
}

// An answer as it is kept is one that gateway explain and the playground read.
func TestKeptAnswersCanBeReadAgain(t *testing.T) {
	l := listen(t, nil)
	l.observe(t, 1, failed(1, "words"))
	a, err := document.ParseAnswer([]byte(l.find(t, "request-1")[0].Answer))
	if err != nil {
		t.Fatal(err)
	}
	if a.Method != http.MethodPatch || a.Status != 422 || a.Header.Get("Content-Type") != "application/json" || !json.Valid(a.Body) {
		t.Errorf("%+v", a)
	}
}
