package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gateway/problemtest"
)

// corpusCase is one labelled answer; normalize/testdata/corpus holds them, one a line.
type corpusCase struct {
	ID      string
	Vendor  string
	Request struct {
		Method, Path string
		Headers      map[string]string
	}
	Response struct {
		Status  int
		Headers map[string]string
		Body    string
	}
	Expect corpusExpect
}

// corpusExpect is what the gateway should make of the answer. A nil Type: it passes unchanged.
type corpusExpect struct {
	Type           *string
	Detail         *string
	UpstreamCode   *string           `json:"upstream_code"`
	Violations     []corpusViolation // nil: not judged
	Retryable      bool
	RetryAfter     *int64  `json:"retry_after"`
	DocURL         *string `json:"doc_url"`
	UpstreamStatus *int    `json:"upstream_status"`
	RequestID      *string `json:"request_id"`
	Items          []corpusItem
}

// corpusItem is a failed item of a batch answer. It is found by its line, which is counted from 1, or its index.
type corpusItem struct {
	Line, Index *int
	Status      int
	Type        string
	Detail      string
	Violations  []corpusViolation
}

type corpusViolation struct{ Field, Detail string }

// corpusProblem is what is compared of the problem that came.
type corpusProblem struct {
	Status     int
	Code       string
	Detail     string
	Retryable  bool
	RetryAfter *int64 `json:"retry_after"`
	Errors     []corpusViolation
	Docs       string
	Upstream   struct {
		Status    int
		Code      string
		RequestID string `json:"request_id"`
	}
}

// TestCorpusThroughGateway sends every labelled answer of the three vendors through a gateway on real sockets.
// `make corpus` prints what it counts.
func TestCorpusThroughGateway(t *testing.T) {
	passed, all := 0, 0
	for _, vendor := range []string{"accelo", "akeneo", "apaleo"} {
		t.Run(vendor, func(t *testing.T) {
			p, n := runCorpus(t, vendor, vendor, "profile")
			passed, all = passed+p, all+n
		})
	}
	t.Logf("%d of %d", passed, all)
}

// TestControlsThroughGateway: successes that look like errors pass untouched, whether 2xx are looked into or not.
func TestControlsThroughGateway(t *testing.T) {
	t.Parallel()
	for _, profile := range []string{"", "accelo", "akeneo", "apaleo"} {
		for _, successes := range []string{"profile", "auto"} {
			t.Run(profile+" "+successes, func(t *testing.T) {
				passed, all := runCorpus(t, "controls", profile, successes)
				own, allOwn := runCorpus(t, "controls-own", profile, successes)
				t.Logf("controls with profile %q: %d of %d", profile, passed+own, all+allOwn)
			})
		}
	}
}

// runCorpus counts the cases that are as labelled, and reports the others.
func runCorpus(t *testing.T, name, profile, successes string) (passed, all int) {
	cases := readCorpus(t, name)
	upstream := fmt.Sprintf("{url: %q, profile: %q, errors_in_success: %s, throttle: {mode: \"off\"}, retry: {attempts: 1}, breaker: {enabled: false}",
		replayVendor(t, cases), profile, successes)
	gw := startGateway(t, "upstreams:\n  v: "+upstream+"}\n  b: "+upstream+", batch: problems}\n")
	for i, c := range cases {
		if faults := append(c.judge(t, gw.callers+"/v", i), c.judgeItems(t, gw.callers+"/b", i)...); len(faults) > 0 {
			t.Errorf("%s differs: %s", c.ID, strings.Join(faults, "; "))
			continue
		}
		passed++
	}
	return passed, len(cases)
}

// judge sends the case to an upstream of the gateway and says what is not as labelled.
func (c corpusCase) judge(t *testing.T, upstream string, index int) []string {
	t.Helper()
	resp, body := c.send(t, upstream+c.Request.Path, index)
	if c.Expect.Type == nil {
		return c.judgeUntouched(resp, body)
	}
	if err := problemtest.Validate(body); err != nil {
		return []string{fmt.Sprintf("no valid problem came: %v: %s", err, body)}
	}
	var p corpusProblem
	if err := json.Unmarshal(body, &p); err != nil {
		return []string{fmt.Sprintf("no problem came: %v: %s", err, body)}
	}
	faults := c.Expect.judge(p)
	if p.Status != resp.StatusCode || resp.StatusCode < 400 {
		faults = append(faults, fmt.Sprintf("status %d on the wire, %d in the problem", resp.StatusCode, p.Status))
	}
	return faults
}

// send asks for the case and reads the answer.
func (c corpusCase) send(t *testing.T, url string, index int) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), c.Request.Method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Case", fmt.Sprint(index))
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

func (c corpusCase) judgeUntouched(resp *http.Response, body []byte) (faults []string) {
	if resp.StatusCode != c.Response.Status {
		faults = append(faults, fmt.Sprintf("status %d", resp.StatusCode))
	}
	if string(body) != c.Response.Body {
		faults = append(faults, fmt.Sprintf("body %q", body))
	}
	for name, value := range c.Response.Headers {
		if got := resp.Header.Get(name); got != value && name != "Date" && name != "Connection" {
			faults = append(faults, fmt.Sprintf("header %s: %q", name, got))
		}
	}
	return faults
}

// judgeItems sends the case to an upstream that adds problems to items, and says which are not as labelled.
func (c corpusCase) judgeItems(t *testing.T, upstream string, index int) (faults []string) {
	t.Helper()
	if c.Expect.Items == nil {
		return nil
	}
	_, body := c.send(t, upstream+c.Request.Path, index)
	got := itemProblems(t, body)
	if len(got) != len(c.Expect.Items) {
		faults = append(faults, fmt.Sprintf("%d items have a problem, want %d", len(got), len(c.Expect.Items)))
	}
	for _, want := range c.Expect.Items {
		at := 0
		if want.Line != nil {
			at = *want.Line - 1
		} else {
			at = *want.Index
		}
		p := got[at]
		if p.Code != want.Type || p.Status != want.Status || !strings.Contains(p.Detail, want.Detail) || !slices.Equal(p.Errors, want.Violations) {
			faults = append(faults, fmt.Sprintf("item %d is %+v", at, p))
		}
	}
	return faults
}

// itemProblems finds the problems, which must be valid, in lines or a list, by index.
func itemProblems(t *testing.T, body []byte) map[int]corpusProblem {
	type item struct{ Problem json.RawMessage }
	var items []item
	if json.Unmarshal(body, &items) != nil {
		items = nil
		for line := range bytes.Lines(body) {
			var i item
			_ = json.Unmarshal(line, &i) // what is no item has no problem
			items = append(items, i)
		}
	}
	found := map[int]corpusProblem{}
	for i, item := range items {
		var p corpusProblem
		if item.Problem == nil {
			continue
		}
		if err := errors.Join(problemtest.Validate(item.Problem), json.Unmarshal(item.Problem, &p)); err != nil {
			t.Errorf("item %d: %v: %s", i, err, item.Problem)
		}
		found[i] = p
	}
	return found
}

func (want corpusExpect) judge(p corpusProblem) (faults []string) {
	check := func(what string, ok bool, got any) {
		if !ok {
			faults = append(faults, fmt.Sprintf("%s is %#v", what, got))
		}
	}
	check("type", p.Code == *want.Type, p.Code)
	if want.Detail != nil {
		check("detail", strings.Contains(collapse(p.Detail), collapse(*want.Detail)), p.Detail)
	} else {
		check("detail", !strings.Contains(p.Detail, "<"), p.Detail)
	}
	check("upstream.code", p.Upstream.Code == deref(want.UpstreamCode), p.Upstream.Code)
	check("errors", want.Violations == nil || slices.Equal(p.Errors, want.Violations), p.Errors)
	check("retryable", p.Retryable == want.Retryable, p.Retryable)
	check("retry_after", equal(p.RetryAfter, want.RetryAfter), p.RetryAfter)
	check("docs", want.DocURL == nil || p.Docs == *want.DocURL, p.Docs)
	check("upstream.request_id", want.RequestID == nil || p.Upstream.RequestID == *want.RequestID, p.Upstream.RequestID)
	check("upstream.status", want.UpstreamStatus == nil || p.Upstream.Status == *want.UpstreamStatus, p.Upstream.Status)
	return faults
}

func collapse(s string) string { return strings.Join(strings.Fields(s), " ") }

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func equal(a, b *int64) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

func readCorpus(t *testing.T, name string) []corpusCase {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "normalize", "testdata", "corpus", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []corpusCase
	for line := range bytes.Lines(data) {
		var c corpusCase
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

// replayVendor answers each request with the case that its X-Case names, exactly as it is written down.
func replayVendor(t *testing.T, cases []corpusCase) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var index int
		if _, err := fmt.Sscan(r.Header.Get("X-Case"), &index); err != nil {
			t.Errorf("X-Case did not arrive: %v", err)
			return
		}
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		writeRaw(conn, rw.Writer, r.Method, cases[index])
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func writeRaw(conn net.Conn, w *bufio.Writer, method string, c corpusCase) {
	defer conn.Close()
	fmt.Fprintf(w, "HTTP/1.1 %d %s\r\nConnection: close\r\n", c.Response.Status, http.StatusText(c.Response.Status))
	for name, value := range c.Response.Headers {
		if name != "Content-Length" && name != "Connection" {
			fmt.Fprintf(w, "%s: %s\r\n", name, value)
		}
	}
	if c.Response.Status != http.StatusNotModified {
		fmt.Fprintf(w, "Content-Length: %d\r\n", len(c.Response.Body))
	}
	io.WriteString(w, "\r\n")
	if method != http.MethodHead {
		io.WriteString(w, c.Response.Body)
	}
	w.Flush()
}

// Whatever vendors send that no profile knows, callers get problems that the schema allows.
func TestProblemsOfUnseenVendorsAreValid(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"unseen/tuned", "unseen/measured"} {
		cases := readCorpus(t, name)
		gw := startGateway(t, fmt.Sprintf("upstreams:\n  v: {url: %q, errors_in_success: auto, throttle: {mode: \"off\"}, retry: {attempts: 1}, breaker: {enabled: false}}\n",
			replayVendor(t, cases)))
		for i, c := range cases {
			resp, body := c.send(t, gw.callers+"/v"+c.Request.Path, i)
			if resp.StatusCode < 400 {
				continue // not seen as an error: its bytes are the vendor's
			}
			if err := problemtest.Validate(body); err != nil {
				t.Errorf("%s: %v", c.ID, err)
			}
		}
	}
}
