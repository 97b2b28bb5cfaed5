package normalize_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

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

var packers = map[string]func(io.Writer) io.WriteCloser{
	"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
	"raw": func(w io.Writer) io.WriteCloser {
		z, err := flate.NewWriter(w, 9)
		if err != nil {
			panic(err)
		}
		return z
	},
	"br": func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
	"zstd": func(w io.Writer) io.WriteCloser {
		z, err := zstd.NewWriter(w)
		if err != nil {
			panic(err)
		}
		return z
	},
}

func packed(t testing.TB, coding, body string) string {
	t.Helper()
	var buf bytes.Buffer
	w := packers[coding](&buf)
	if _, err := io.WriteString(w, body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func encodedAs(labels string) http.Header { return http.Header{"Content-Encoding": {labels}} }

const twoLines = `{"code":"a","status_code":404}` + "\n" + `{"code":"b","status_code":201}` + "\n"

func TestBatchAnswersInEveryCoding(t *testing.T) {
	want := []string{"a 404 not-found", "b ok"}
	for label, raw := range map[string]string{
		"gzip": packed(t, "gzip", twoLines), "x-gzip": packed(t, "gzip", twoLines), "deflate": packed(t, "deflate", twoLines),
		"Deflate": packed(t, "raw", twoLines), "br": packed(t, "br", twoLines), "zstd": packed(t, "zstd", twoLines),
		"gzip, br": packed(t, "br", packed(t, "gzip", twoLines)), "identity": twoLines, "GZIP": twoLines,
	} {
		t.Run(label, func(t *testing.T) {
			out, seen, err := amend(t, "lines", encodedAs(label), iotest.HalfReader(strings.NewReader(raw)))
			if err != nil || !cmp.Equal(seen, want) || without(out) != twoLines {
				t.Errorf("amended: %v, %q, %q", err, seen, out)
			}
			if seen := watch(t, "lines", encodedAs(label), raw); !cmp.Equal(seen, want) {
				t.Errorf("watched: %q", seen)
			}
		})
	}
}

// TestCodingsThatCannotBeUndone leave a batch answer as it is, and uncounted.
func TestCodingsThatCannotBeUndone(t *testing.T) {
	for _, label := range []string{"compress", "gzip, gzip, gzip", "aes128gcm"} {
		if seen := watch(t, "lines", encodedAs(label), "\x00\x01"); !cmp.Equal(seen, []string{"not watched"}) {
			t.Errorf("%s: %q", label, seen)
		}
		if _, ok := follow(t, "lines", nil, encodedAs(label)).Amend(http.NoBody, problemFor); ok {
			t.Errorf("%s is amended", label)
		}
	}
	if _, ok := follow(t, "lines", document.NewBudget(1<<20), encodedAs("br")).Amend(http.NoBody, problemFor); ok {
		t.Error("amended without memory for the decoder")
	}
	if seen := watch(t, "lines", encodedAs("gzip"), "\x1f\x8b\x08 no gzip"); seen != nil {
		t.Errorf("broken gzip: %q", seen)
	}
}

// TestCutBatchAnswerNeverLooksWhole gives all that came before the error, and the error.
func TestCutBatchAnswerNeverLooksWhole(t *testing.T) {
	broken := errors.New("connection reset")
	zipped := packed(t, "gzip", strings.Repeat(twoLines, 50))
	for n := range len(twoLines) {
		out, _, err := amend(t, "lines", nil, io.MultiReader(strings.NewReader(twoLines[:n]), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) || without(out) != twoLines[:n] {
			t.Errorf("cut at %d: %v, %q", n, err, out)
		}
	}
	for n := range len(zipped) {
		if _, _, err := amend(t, "lines", encodedAs("gzip"), io.MultiReader(strings.NewReader(zipped[:n]), iotest.ErrReader(broken))); err == nil {
			t.Errorf("gzip cut at %d looks whole", n)
		}
		if _, _, err := amend(t, "lines", encodedAs("gzip"), strings.NewReader(zipped[:n])); err == nil && n > 0 {
			t.Errorf("gzip that ends at %d looks whole", n)
		}
	}
}

// TestBatchItemsGoOutAsTheyCome: an item waits for its own end, and for nothing else.
func TestBatchItemsGoOutAsTheyCome(t *testing.T) {
	for form, pieces := range map[string][]string{
		"lines": {`{"status_code":404}`, "\n", `{"status_code":204}`, "\n" + `{"status_code":429}`},
		"list":  {`[`, `{"status_code":404}`, ",", `{"status_code":204}`, `,{"status_code":429}`, `]`},
		"bulk":  {`{"took":1,`, `"items":[`, `{"index":{"status":404}}`, `,{"index":{"status":201}}`, `]`, `}`},
	} {
		for _, coding := range []string{"", "gzip"} {
			t.Run(form+" "+coding, func(t *testing.T) {
				from, to := io.Pipe()
				var w interface {
					io.WriteCloser
					Flush() error
				} = plainWriter{to}
				if coding != "" {
					w = gzip.NewWriter(to)
				}
				amended, ok := follow(t, form, nil, encodedAs(coding)).Amend(from, problemFor)
				if !ok {
					t.Fatal("not amended")
				}
				defer amended.Close()
				var sent, got string
				vendor := make(chan string, len(pieces))
				defer close(vendor)
				go func() {
					for piece := range vendor {
						_, _ = io.WriteString(w, piece) // the reader may be closed
						_ = w.Flush()
					}
				}()
				for i, piece := range pieces {
					vendor <- piece
					sent += piece
					buf := make([]byte, 64<<10)
					for without(got) != sent {
						n, err := amended.Read(buf)
						if err != nil {
							t.Fatalf("piece %d: %v", i, err)
						}
						got += string(buf[:n])
					}
				}
				to.Close()
			})
		}
	}
}

// plainWriter needs no flush.
type plainWriter struct{ io.WriteCloser }

func (plainWriter) Flush() error { return nil }

// TestLongBatchAnswerTakesLittleMemory: 10 MB pass through Amend with a flat heap.
func TestLongBatchAnswerTakesLittleMemory(t *testing.T) {
	failing := `{"line":1,"code":"a","status_code":422,"message":"taken"}` + "\n"
	text := failing + strings.Repeat(`{"line":1,"code":"a","status_code":204,"message":"`+strings.Repeat("words ", 20)+`"}`+"\n", 20)
	blocks := 4 << 20 / len(text)
	source := io.LimitReader(&endless{text: text}, int64(blocks*len(text)))
	failed := 0
	amended, _ := follow(t, "lines", nil, nil).Amend(io.NopCloser(source), func(item normalize.BatchItem) *problem.Problem {
		if item.Failed {
			failed++
		}
		return problemFor(item)
	})
	defer amended.Close()
	buf := make([]byte, 32<<10)
	if _, err := amended.Read(buf); err != nil { // with it come the tables of words, which are made once
		t.Fatal(err)
	}
	before, most := heapBytes(), uint64(0)
	for i := 0; ; i++ {
		if i%100 == 0 {
			most = max(most, heapBytes())
		}
		if _, err := amended.Read(buf); err != nil {
			break
		}
	}
	if failed != blocks {
		t.Errorf("%d items failed, want %d", failed, blocks)
	}
	if grown := int64(most) - int64(before); grown > 2<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}

// heapBytes is what is alive on the heap.
func heapBytes() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// endless repeats a text.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text[e.at:])
	e.at = (e.at + n) % len(e.text)
	return n, nil
}

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
