package normalize_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"gateway/document"
	"gateway/normalize"
	"gateway/problem"
	"gateway/problemtest"
)

// batches is a profile with each form of batch answer, found by path.
func batches(t testing.TB) *normalize.Reader {
	t.Helper()
	form := func(name, items, item string, take normalize.Take, failed map[string]normalize.Test) normalize.BatchFrom {
		return normalize.BatchFrom{
			Name: name, Match: normalize.Match{Path: []string{"/" + name}}, Items: items, Item: item,
			Key: []string{"/code", "/_id"}, Take: take, Failed: failed,
		}
	}
	r, err := normalize.NewReader(&normalize.Profile{
		Vendor: "Acme",
		Rules:  []normalize.Rule{{Name: "taken", Match: normalize.Match{Body: map[string]normalize.Test{"/message": {Is: []string{"taken"}}}}, Type: problem.AlreadyExists}},
		Batch: []normalize.BatchFrom{
			form("lines", "lines", "", normalize.Take{Status: []string{"/status_code"}, Detail: []string{"/message"}}, nil),
			form("list", "/", "", normalize.Take{Status: []string{"/status_code"}, Detail: []string{"/message"}}, nil),
			form("bulk", "/items", "/*", normalize.Take{Status: []string{"/status"}, Detail: []string{"/error/reason"}}, nil),
			form("deep", "/data/all/rows", "", normalize.Take{Status: []string{"/status_code"}, Detail: []string{"/message"}}, nil),
			form("flags", "/", "", normalize.Take{Detail: []string{"/message"}}, map[string]normalize.Test{"/ok": {Is: []string{"false"}}}),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// follow returns the batch answer of a form; nil if it is none.
func follow(t testing.TB, form string, budget *document.Budget, header http.Header) *normalize.Batch {
	t.Helper()
	if header == nil {
		header = http.Header{}
	}
	return batches(t).Batch(&document.Answer{Method: "POST", Path: "/" + form, Status: 200, Header: header}, budget, func(cause any) {
		t.Errorf("panic: %v", cause)
	})
}

// short says what an item told: its key, "unread" or "ok" or its type.
func short(item normalize.BatchItem) string {
	what := "ok"
	switch {
	case item.Unread:
		what = "unread"
	case item.Failed:
		what = fmt.Sprintf("%d %s", item.Status, item.Reading.Type)
	}
	return strings.TrimSpace(item.Key + " " + what)
}

// problemFor is a small problem that shows for which item it was made.
func problemFor(item normalize.BatchItem) *problem.Problem {
	if !item.Failed {
		return nil
	}
	return &problem.Problem{Status: item.Reading.WireStatus(item.Answer.Status), Code: item.Reading.Type, Detail: fmt.Sprint("item ", item.Index)}
}

// amend runs body through Amend in pieces of random size and returns what came out, what was seen, and the error.
func amend(t testing.TB, form string, header http.Header, body io.Reader) (out string, seen []string, err error) {
	t.Helper()
	budget := document.NewBudget(64 << 20)
	amended, ok := follow(t, form, budget, header).Amend(io.NopCloser(body), func(item normalize.BatchItem) *problem.Problem {
		seen = append(seen, short(item))
		if item.Failed {
			problemtest.CheckReading(t, item.Answer, item.Reading)
		}
		return problemFor(item)
	})
	if !ok {
		t.Fatal("not amended")
	}
	data, err := io.ReadAll(amended)
	amended.Close()
	if n := budget.HeldBytes(); n != 0 {
		t.Errorf("%d bytes are still held", n)
	}
	return string(data), seen, err
}

// added is what a problem of problemFor looks like in an item.
var added = regexp.MustCompile(`,?"problem":\{"type":"","title":"","status":\d+,"detail":"item \d+","instance":"","code":"[a-z-]+",` +
	`"origin":"","fault":"","retryable":false,"request_id":""\}`)

// without takes the problems of problemFor out again.
func without(amended string) string { return added.ReplaceAllString(amended, "") }

// chunked gives body in pieces of random size.
func chunked(body string, r *rand.Rand) io.Reader {
	var pieces []io.Reader
	for body != "" {
		n := min(1+r.IntN(7), len(body))
		pieces = append(pieces, strings.NewReader(body[:n]))
		body = body[n:]
	}
	return io.MultiReader(pieces...)
}

func TestBatchItems(t *testing.T) {
	huge := `{"code":"h","status_code":422,"message":"` + strings.Repeat("x", 300<<10) + `"}`
	large := `{"code":"l","status_code":422,"message":"` + strings.Repeat("x", 100<<10) + `"}`
	for name, c := range map[string]struct {
		form, body string
		want       []string
	}{
		"lines":           {"lines", `{"code":"a","status_code":204}` + "\n" + `{"code":"b","status_code":422,"message":"taken"}` + "\n" + `{"status_code":413}`, []string{"a ok", "b 422 already-exists", "413 payload-too-large"}},
		"CRLF":            {"lines", "{\"code\":\"a\",\"status_code\":404}\r\n{\"code\":\"b\",\"status_code\":201}\r\n", []string{"a 404 not-found", "b ok"}},
		"empty lines":     {"lines", "\n\n{\"status_code\":404}\n\n\n", []string{"404 not-found"}},
		"BOM":             {"lines", "\uFEFF{\"status_code\":404}\n{}", []string{"404 not-found", "ok"}},
		"broken lines":    {"lines", "{\"code\":\"a\",\"status_code\":\n{\"code\":\"b\",\"status_code\":404}\nnot json\n{\"c\":1}}\n{\"status_code\":500}", []string{"unread", "b 404 not-found", "unread", "ok", "500 upstream-error"}},
		"line cut":        {"lines", `{"status_code":404}` + "\n" + `{"status_co`, []string{"404 not-found", "unread"}},
		"no objects":      {"lines", "1\n\"x\"\nnull\n[1]\n", []string{"unread", "unread", "unread", "unread"}},
		"huge line":       {"lines", huge + "\n" + large + "\n" + `{"code":"a","status_code":404}`, []string{"unread", "l 422 validation-failed", "a 404 not-found"}},
		"strings":         {"lines", `{"code":"}\"{\\","status_code":404}` + "\n", []string{`}"{\ 404 not-found`}},
		"invalid UTF-8":   {"lines", "{\"code\":\"\xff\",\"status_code\":404}", []string{"404 not-found"}},
		"status as text":  {"lines", `{"status_code":"404"}` + "\n" + `{"status_code":"x"}` + "\n" + `{"status_code":40400}`, []string{"404 not-found", "ok", "ok"}},
		"its own problem": {"lines", `{"status_code":404,"problem":"mine"}`, []string{"404 not-found"}},
		"list":            {"list", "[ {\"code\":\"a\",\"status_code\":422,\"message\":\"taken\"} ,\n{\"code\":\"b\",\"status_code\":204}]\n", []string{"a 422 already-exists", "b ok"}},
		"list of list":    {"list", `[[{"status_code":404}],12,"a,b",null,{"status_code":404}]`, []string{"unread", "unread", "unread", "unread", "404 not-found"}},
		"empty list":      {"list", `[]`, nil},
		"no list":         {"list", `{"items":[{"status_code":404}]}`, nil},
		"list cut":        {"list", `[{"status_code":404},{"status_code":4`, []string{"404 not-found", "unread"}},
		"bulk":            {"bulk", `{"took":3,"errors":true,"items":[{"index":{"_id":"1","status":201}},{"create":{"_id":"2","status":409,"error":{"type":"version_conflict_engine_exception","reason":"exists"}}}],"items":[{"index":{"status":404}}]}`, []string{"1 ok", "2 409 conflict"}},
		"bulk decoys":     {"bulk", `{"a":{"items":[{"i":{"status":404}}]},"b":"items","c":["items",{"items":[]}],"items":null,"items":{"items":[1]},"items":[{"i":{"status":404}}]}`, []string{"404 not-found"}},
		"bulk other":      {"bulk", `{"items":[{"index":null},{},{"index":{"status":404}}]}`, []string{"unread", "unread", "404 not-found"}},
		"deep":            {"deep", `{"data":{"rows":[1],"all":{"x":{"rows":[1]},"rows":[{"status_code":404}]}},"rows":[1]}`, []string{"404 not-found"}},
		"deep in another": {"deep", `{"data":{"all":{}},"x":{"all":{"rows":[1]}}}`, nil},
		"escaped name":    {"bulk", `{"\"items":[1],"items\\":[1],"items":[{"i":{"status":404}}]}`, []string{"404 not-found"}},
		"flags":           {"flags", `[{"ok":true,"code":"a"},{"ok":false,"code":"b","message":"taken"},{"ok":false}]`, []string{"a ok", "b 0 already-exists", "0 invalid-request"}},
		"empty body":      {"lines", "", nil},
		"text":            {"list", "all is well", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var want string
			for seed := range uint64(5) {
				body := chunked(c.body, rand.New(rand.NewPCG(seed, 1)))
				if len(c.body) > 64<<10 {
					body = strings.NewReader(c.body)
				}
				out, seen, err := amend(t, c.form, nil, body)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, seen); diff != "" {
					t.Error(diff)
				}
				if got := without(out); got != c.body {
					t.Errorf("without its problems it is %.300q\nwant %.300q", got, c.body)
				}
				if seed > 0 && out != want {
					t.Errorf("other pieces give another answer: %.300q", out)
				}
				want = out
			}
			watched := watch(t, c.form, nil, c.body)
			if diff := cmp.Diff(c.want, watched); diff != "" {
				t.Errorf("watched: %s", diff)
			}
		})
	}
}

// watch runs body through Watch, which must not change it, and returns what was seen.
func watch(t testing.TB, form string, header http.Header, body string) (seen []string) {
	t.Helper()
	budget := document.NewBudget(64 << 20)
	watched, ok := follow(t, form, budget, header).Watch(io.NopCloser(iotest.OneByteReader(strings.NewReader(body))), func(item normalize.BatchItem) {
		seen = append(seen, short(item))
	})
	if !ok {
		seen = append(seen, "not watched")
	}
	got, err := io.ReadAll(watched)
	watched.Close()
	if err != nil || string(got) != body {
		t.Errorf("watching changed the answer: %v, %d bytes of %d", err, len(got), len(body))
	}
	if n := budget.HeldBytes(); n != 0 {
		t.Errorf("%d bytes are still held", n)
	}
	return seen
}

func TestAmendedItem(t *testing.T) {
	out, _, err := amend(t, "bulk", nil, strings.NewReader(`{"items":[{"index":{"_id":"1","status":404 }}, {"index":{"status":201}}]}`))
	want := `{"items":[{"index":{"_id":"1","status":404 ,"problem":{"type":"","title":"","status":404,"detail":"item 0","instance":"","code":"not-found","origin":"","fault":"","retryable":false,"request_id":""}}}, {"index":{"status":201}}]}`
	if err != nil || out != want {
		t.Errorf("%v\n got %s\nwant %s", err, out, want)
	}
}

// FuzzBatch: whatever comes, in whatever pieces, comes out again with problems added and nothing else changed.
func FuzzBatch(f *testing.F) {
	for _, body := range []string{
		twoLines, `[{"status_code":404}, {"status_code":201}]`, `{"took":1,"items":[{"index":{"status":409}}]}`,
		`{"data":{"all":{"rows":[{"status_code":500}]}}}`, `[{"ok":false},{}]`, "{\"a\":\n[}\"\\", `[1,"]",[[{"status_code":404}]]]`,
	} {
		for form := range 5 {
			f.Add(body, form, uint64(1))
		}
	}
	forms := []string{"lines", "list", "bulk", "deep", "flags"}
	f.Fuzz(func(t *testing.T, body string, form int, seed uint64) {
		name := forms[uint(form)%uint(len(forms))]
		out, seen, err := amend(t, name, nil, chunked(body, rand.New(rand.NewPCG(seed, 0))))
		if err != nil {
			t.Fatal(err)
		}
		if got := without(out); got != body && !strings.Contains(body, `"problem"`) {
			t.Errorf("%q came out of %q", got, body)
		}
		if watched := watch(t, name, nil, body); !cmp.Equal(watched, seen) {
			t.Errorf("watched %q, amended %q", watched, seen)
		}
	})
}

// BenchmarkBatch reads an item of a batch answer that went well, one that a rule reads, and one that none does.
func BenchmarkBatch(b *testing.B) {
	for name, item := range map[string]string{
		"ok":      `{"line":1,"code":"a","status_code":204}`,
		"rule":    `{"line":1,"code":"a","status_code":422,"message":"taken"}`,
		"generic": `{"line":1,"code":"a","status_code":422,"message":"Property \"group\" expects a valid code."}`,
	} {
		b.Run(name, func(b *testing.B) {
			source := io.LimitReader(&endless{text: item + "\n"}, int64(b.N*(len(item)+1)))
			amended, _ := follow(b, "lines", nil, nil).Amend(io.NopCloser(source), problemFor)
			b.SetBytes(int64(len(item) + 1))
			b.ReportAllocs()
			b.ResetTimer()
			if _, err := io.Copy(io.Discard, amended); err != nil {
				b.Fatal(err)
			}
			_ = amended.Close()
		})
	}
}
