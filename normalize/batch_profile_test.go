package normalize_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"gateway/document"
	"gateway/normalize"
)

// TestWhatIsNoBatchAnswer: other methods, statuses and parts of an answer.
func TestWhatIsNoBatchAnswer(t *testing.T) {
	for _, a := range []document.Answer{
		{Method: "POST", Path: "/other", Status: 200},
		{Method: "HEAD", Path: "/lines", Status: 200},
		{Method: "POST", Path: "/lines", Status: 206},
		{Method: "POST", Path: "/lines", Status: 204},
		{Method: "POST", Path: "/lines", Status: 422},
		{Method: "POST", Path: "/lines", Status: 304},
	} {
		if batches(t).Batch(&a, nil, nil) != nil {
			t.Errorf("%s %s with %d is a batch answer", a.Method, a.Path, a.Status)
		}
	}
	if follow(t, "lines", nil, nil) == nil {
		t.Error("a batch answer is none")
	}
}

// TestBatchOfWrongProfiles: each mistake has its sentence.
func TestBatchOfWrongProfiles(t *testing.T) {
	good := normalize.BatchFrom{Name: "x", Match: normalize.Match{Path: []string{"/x"}}, Items: "lines", Take: normalize.Take{Status: []string{"/s"}}}
	for want, change := range map[string]func(*normalize.BatchFrom){
		"batch[0].name":   func(b *normalize.BatchFrom) { b.Name = "X y" },
		"takes no body":   func(b *normalize.BatchFrom) { b.Match.Body = map[string]normalize.Test{"/a": {}} },
		"needs a path":    func(b *normalize.BatchFrom) { b.Match = normalize.Match{Status: []string{"200"}} },
		"batch[0].status": func(b *normalize.BatchFrom) { b.Status = nil },
		"batch[0].items":  func(b *normalize.BatchFrom) { b.Items = "" },
		"must not have":   func(b *normalize.BatchFrom) { b.Items = "/a/*/b" },
		"is no pointer":   func(b *normalize.BatchFrom) { b.Item = "result" },
		"batch[0].key":    func(b *normalize.BatchFrom) { b.Key = []string{"code"} },
		"another entry":   nil,
	} {
		p := &normalize.Profile{Vendor: "Acme", Batch: []normalize.BatchFrom{good}}
		if change != nil {
			change(&p.Batch[0])
		} else {
			p.Batch = append(p.Batch, good)
		}
		if _, err := normalize.NewReader(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestBatchAnswerIsNoHiddenError: with errors_in_success: auto, the one line of a batch answer looks like an error from
// head to foot; labelling rule 9 says that the answer is none.
func TestBatchAnswerIsNoHiddenError(t *testing.T) {
	body := `{"status_code":404,"error":{"code":"not_found","message":"There is no such thing."}}`
	next := roundTripFunc(func(r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: 200, Request: r, Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		}, nil
	})
	for path, hidden := range map[string]bool{"/lines": false, "/other": true} {
		transport := &normalize.Transport{Next: next, Reader: batches(t), Successes: "auto"}
		req, err := http.NewRequestWithContext(t.Context(), "POST", "https://acme.example"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if got := normalize.OutcomeOf(resp) != nil; got != hidden {
			t.Errorf("%s: hidden error %t", path, got)
		}
		resp.Body.Close()
	}
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
