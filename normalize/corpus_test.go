package normalize_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gateway/normalize"
	"gateway/problem"
	"gateway/problemtest"
)

// labelled is one answer of testdata/corpus with what it means.
type labelled struct {
	ID      string
	Request struct{ Method, Path string }

	Response struct {
		Status  int
		Headers map[string]string
		Body    string
	}
	Expect expected
}

// expected is the reading that people gave an answer. A nil Type: it is no error.
type expected struct {
	Type, Detail   *string
	UpstreamCode   *string            `json:"upstream_code"`
	Violations     []labelledComplain // nil: not judged
	Retryable      bool
	RetryAfter     *int64  `json:"retry_after"`
	DocURL         *string `json:"doc_url"`
	RequestID      *string `json:"request_id"`
	UpstreamStatus *int    `json:"upstream_status"`
}

// labelledComplain is one violation; a nil Field is one that the vendor did not name.
type labelledComplain struct{ Field, Detail string }

// RoundTrip answers with the sample.
func (l labelled) RoundTrip(req *http.Request) (*http.Response, error) {
	h := http.Header{}
	for name, value := range l.Response.Headers {
		h.Set(name, value)
	}
	return &http.Response{
		StatusCode: l.Response.Status, Header: h, ContentLength: int64(len(l.Response.Body)), Request: req,
		Body: io.NopCloser(strings.NewReader(l.Response.Body)),
	}, nil
}

// read sends the sample through the stage that reads errors, without a profile and with 2xx looked into.
func (l labelled) read(t testing.TB, reader *normalize.Reader) *normalize.Outcome {
	t.Helper()
	stage := normalize.Transport{Next: l, Reader: reader, Successes: "auto"}
	req, err := http.NewRequestWithContext(t.Context(), l.Request.Method, "http://vendor.example"+l.Request.Path, nil)
	if err != nil {
		t.Fatalf("%s: %v", l.ID, err)
	}
	resp, err := stage.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s: %v", l.ID, err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || string(body) != l.Response.Body {
		t.Errorf("%s: the body changed: %v", l.ID, err)
	}
	defer resp.Body.Close()
	out := normalize.OutcomeOf(resp)
	if out != nil {
		problemtest.CheckReading(t, out.Answer, out.Reading)
	}
	return out
}

// score counts the samples that are read as labelled.
type score struct{ all, types, whole int }

// String tells the score as the issue asks for it.
func (s score) String() string {
	return fmt.Sprintf("type right in %d of %d (%.1f of 100), whole in %d (%.1f of 100)",
		s.types, s.all, s.percent(s.types), s.whole, s.percent(s.whole))
}

func (s score) percent(n int) float64 { return 100 * float64(n) / float64(max(s.all, 1)) }

// atLeast fails for a score below what is promised, in percent.
func (s score) atLeast(t *testing.T, types, whole float64) {
	t.Helper()
	if s.all == 0 || s.percent(s.types) < types || s.percent(s.whole) < whole {
		t.Errorf("%v; promised are %.0f and %.0f", s, types, whole)
	}
}

// measure reads the samples of files without a profile and tells which differ.
func measure(t *testing.T, pattern string) (s score) {
	t.Helper()
	reader, err := normalize.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range samplesIn(t, pattern) {
		faults := l.Expect.faults(l.read(t, reader))
		s.all++
		if len(faults) == 0 {
			s.whole++
		}
		if len(faults) == 0 || !strings.HasPrefix(faults[0], "type") {
			s.types++
		}
		if len(faults) > 0 {
			t.Logf("%s: %s", l.ID, strings.Join(faults, "; "))
		}
	}
	return s
}

// samplesIn returns the samples of all files that a pattern below testdata/corpus matches.
func samplesIn(t testing.TB, pattern string) (samples []labelled) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "corpus", pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			var l labelled
			if err := json.Unmarshal(line, &l); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			samples = append(samples, l)
		}
	}
	return samples
}

// faults tells how what was understood differs from the label; a wrong type comes first.
func (e expected) faults(out *normalize.Outcome) (faults []string) {
	switch {
	case (out == nil) != (e.Type == nil):
		return []string{fmt.Sprintf("type: taken for an error: %t", out != nil)}
	case out == nil:
		return nil
	}
	r := out.Reading
	check := func(what string, ok bool, got any) {
		if !ok {
			faults = append(faults, fmt.Sprintf("%s %q", what, fmt.Sprint(got)))
		}
	}
	check("type, not "+*e.Type+",", string(r.Type) == *e.Type, r.Type)
	check("detail", e.isDetail(r.Detail), r.Detail)
	check("code", r.Code == textOr(e.UpstreamCode), r.Code)
	check("violations", e.areViolations(r.Violations), r.Violations)
	check("retryable", r.Retryable == e.Retryable, r.Retryable)
	check("retry_after", (e.RetryAfter != nil) == r.HasRetryAfter && (e.RetryAfter == nil || int64(r.RetryAfter.Seconds()) == *e.RetryAfter), r.RetryAfter)
	check("docs", r.Docs == textOr(e.DocURL), r.Docs)
	check("request_id", r.RequestID == textOr(e.RequestID), r.RequestID)
	check("status", e.UpstreamStatus == nil || r.Status == *e.UpstreamStatus, r.Status)
	return faults
}

func (e expected) isDetail(got string) bool {
	if e.Detail == nil {
		return !strings.Contains(got, "<")
	}
	return strings.Contains(spaced(got), spaced(*e.Detail))
}

func (e expected) areViolations(got []problem.Violation) bool {
	return e.Violations == nil || slices.EqualFunc(got, e.Violations, func(g problem.Violation, w labelledComplain) bool {
		return g.Field == w.Field && spaced(g.Detail) == spaced(w.Detail)
	})
}

func spaced(s string) string { return strings.Join(strings.Fields(s), " ") }

func textOr(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// The public vendors, each read as if nobody had written a profile for it.
func TestReadsPublicVendorsWithoutAProfile(t *testing.T) {
	s := measure(t, "public/*.jsonl")
	t.Logf("public vendors without a profile: %v", s)
	s.atLeast(t, 95, 85)
}

// Vendors that no case of the public corpus comes from. Those that are measured serve to measure alone: nothing was
// changed for their sake, so their score is what to expect of a vendor that nobody here has seen. Errors in a success are
// understood worse than others, as many of them are taken for successes: testdata/corpus/README.md has what fresh ones
// scored on their first run. All successes among them pass.
func TestReadsUnseenVendors(t *testing.T) {
	for name, least := range map[string][2]float64{"tuned": {95, 85}, "measured": {95, 85}} {
		t.Run(name, func(t *testing.T) {
			s := measure(t, "unseen/"+name+".jsonl")
			t.Logf("unseen vendors, %s: %v", name, s)
			s.atLeast(t, least[0], least[1])
		})
	}
}

// Successes that look like errors.
func TestLeavesControlsUntouched(t *testing.T) {
	s := measure(t, "controls*.jsonl")
	t.Logf("controls without a profile: %v", s)
	s.atLeast(t, 100, 100)
}
