package proxy_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"gateway/document"
	"gateway/normalize"
	"gateway/problem"
	"gateway/problemtest"
	"gateway/proxy"
)

const batchLines = `{"code":"a","status_code":204}` + "\r\n" + `{"code":"b","status_code":422,"message":"Wrong."}` + "\n" + `{"code":"c","status_code":413}`

// withBatch gives the upstream a profile whose /batch answers with lines.
func withBatch(t testing.TB, batch string) func(*proxy.Upstream) {
	t.Helper()
	reader, err := normalize.NewReader(&normalize.Profile{
		Vendor: "Acme", Batch: []normalize.BatchFrom{{
			Name: "lines", Match: normalize.Match{Path: []string{"/batch"}}, Items: "lines", Key: []string{"/code"},
			Take: normalize.Take{Status: []string{"/status_code"}, Detail: []string{"/message"}, Code: []string{}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(u *proxy.Upstream) { u.Reader, u.Batch = reader, batch }
}

func answerBatch(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Content-Length", fmt.Sprint(len(batchLines)))
	w.Header().Set("Etag", `"1"`)
	w.Header().Set("Content-Digest", "sha-256=:x:")
	w.Header().Set("X-Request-Id", "vendor-1")
	if r.Header.Get("Range") != "" {
		w.WriteHeader(http.StatusPartialContent)
	}
	_, _ = io.WriteString(w, batchLines)
}

// TestBatchPasses: without batch: problems, and for a caller who opts out, the answer comes as the vendor sent it, and
// is counted.
func TestBatchPasses(t *testing.T) {
	v := vendor(t, answerBatch)
	for mode, headers := range map[string][]string{"pass": nil, "problems": {"Gateway-Errors: passthrough"}} {
		g := startGateway(t, to(v.URL, withBatch(t, mode)))
		a := g.send(t, "PATCH", "/up/batch", nil, headers...)
		if a.body != batchLines || a.Header.Get("Etag") != `"1"` || a.ContentLength != int64(len(batchLines)) || a.Header.Get("Content-Digest") == "" {
			t.Errorf("%s: %v %q", mode, a.Header, a.body)
		}
		x := g.ended(t)
		b := x.Batch
		got := []string{fmt.Sprint(b.OK, b.Failed, b.Statuses)}
		for _, item := range b.Items {
			got = append(got, fmt.Sprintf("%d %s %d %s: %s, of %d %s", item.Index, item.Key, item.Status, item.Problem.Code, item.Problem.Detail,
				item.Answer.Status, item.Answer.Body))
		}
		want := []string{
			"1 map[payload-too-large:1 validation-failed:1] map[204:1 413:1 422:1]",
			`1 b 422 validation-failed: Wrong., of 422 {"code":"b","status_code":422,"message":"Wrong."}`,
			`2 c 413 payload-too-large: The body is too large, or holds too many items., of 413 {"code":"c","status_code":413}`,
		}
		if diff := cmp.Diff(want, got); diff != "" || x.Problem != nil || x.Code != 200 {
			t.Errorf("%s: %s", mode, diff)
		}
	}
}

// TestEveryItemLeadsToItsAnswer: the record keeps some items, but the problem of each has an id that tells the answer.
func TestEveryItemLeadsToItsAnswer(t *testing.T) {
	const items = 60 // of which 20 are kept, and 64 KiB of them
	long := fmt.Sprintf(`{"code":"b","status_code":422,"message":"%s"}`+"\n", strings.Repeat("w", 10_000))
	v := vendor(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-ndjson")
		_, _ = io.WriteString(w, strings.Repeat(long, items))
	})
	g := startGateway(t, to(v.URL, withBatch(t, "problems")))
	a := g.send(t, "PATCH", "/up/batch", nil)
	x := g.ended(t)
	seen, batch := map[string]bool{}, proxy.BatchOf(x.Batch.Items[0].InstanceID)
	for i, line := range strings.Split(strings.TrimSpace(a.body), "\n") {
		var item struct{ Problem struct{ Instance string } }
		if err := json.Unmarshal([]byte(line), &item); err != nil {
			t.Fatal(err)
		}
		id := strings.TrimPrefix(item.Problem.Instance, "urn:uuid:")
		if uuid.Validate(id) != nil || seen[id] || proxy.BatchOf(id) != batch || i < len(x.Batch.Items) && x.Batch.Items[i].InstanceID != id {
			t.Fatalf("item %d has the instance %s", i, item.Problem.Instance)
		}
		seen[id] = true
	}
	kept := 0
	for _, item := range x.Batch.Items {
		if kept += len(item.Answer.Body); item.Answer.Cut != (item.Answer.Body == nil) {
			t.Errorf("item %d: cut is %v for %d bytes", item.Index, item.Answer.Cut, len(item.Answer.Body))
		}
	}
	if len(seen) != items || len(x.Batch.Items) != 20 || kept > 64<<10 || kept < 50<<10 {
		t.Errorf("%d items, of which %d are kept with %d bytes", len(seen), len(x.Batch.Items), kept)
	}
}

// TestBatchGainsProblems: each failed item gets the problem that the vendor's own answer would have been.
func TestBatchGainsProblems(t *testing.T) {
	v := vendor(t, answerBatch)
	g := startGateway(t, to(v.URL, withBatch(t, "problems")))
	a := g.send(t, "PATCH", "/up/batch", nil)
	for _, name := range []string{"Etag", "Content-Digest", "Content-Length"} {
		if got := a.Header.Get(name); got != "" {
			t.Errorf("%s: %s of other bytes", name, got)
		}
	}
	x := g.ended(t)
	lines := strings.SplitAfter(a.body, "\n")
	if len(lines) != 3 || lines[0] != `{"code":"a","status_code":204}`+"\r\n" {
		t.Fatalf("%q", a.body)
	}
	for i, line := range lines[1:] {
		var item struct {
			Code       string
			StatusCode int `json:"status_code"`
			Problem    json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &item); err != nil {
			t.Fatal(err)
		}
		p := problemtest.Decode(t, item.Problem)
		if p.Status != item.StatusCode || p.Code != x.Batch.Items[i].Problem.Code || p.RequestID != x.RequestID || p.Title == "" || p.Detail == "" ||
			p.Instance != "urn:uuid:"+x.Batch.Items[i].InstanceID || p.Origin != "upstream" || p.Mapped != "status" ||
			p.Type != "/.gateway/problems/"+string(p.Code) || p.Upstream.Name != "up" || p.Upstream.Vendor != "Acme" || p.Upstream.RequestID != "vendor-1" {
			t.Errorf("%s", line)
		}
	}
}

// TestBatchIsLeftAlone where there is no body, or only a part of one.
func TestBatchIsLeftAlone(t *testing.T) {
	v := vendor(t, answerBatch)
	g := startGateway(t, to(v.URL, withBatch(t, "problems")))
	part := g.send(t, "GET", "/up/batch", nil, "Range: bytes=0-")
	if part.body != batchLines || part.Header.Get("Etag") != `"1"` {
		t.Errorf("a part came as %v %q", part.Header, part.body)
	}
	head := g.send(t, "HEAD", "/up/batch", nil)
	if head.body != "" || head.Header.Get("Content-Length") != fmt.Sprint(len(batchLines)) {
		t.Errorf("HEAD: %v", head.Header)
	}
	for range 2 {
		if x := g.ended(t); x.Batch != nil {
			t.Errorf("%s was counted: %v", x.Method, x.Batch)
		}
	}
}

func TestBatchInGzip(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, batchLines)
	z.Close()
	v := vendor(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(zipped.Bytes())
	})
	for mode, coding := range map[string]string{"pass": "gzip", "problems": ""} {
		g := startGateway(t, to(v.URL, withBatch(t, mode)))
		a := g.send(t, "PATCH", "/up/batch", nil)
		x := g.ended(t)
		if a.Header.Get("Content-Encoding") != coding || x.Batch.OK != 1 || x.Batch.FailedItems() != 2 || x.Body != "" {
			t.Errorf("%s: %v, %+v", mode, a.Header, x.Batch)
		}
		if (a.body == zipped.String()) != (mode == "pass") || mode == "problems" && strings.Count(a.body, `"problem":{`) != 2 {
			t.Errorf("%s: %q", mode, a.body)
		}
	}
}

func TestBatchInUnknownCodingPassesAndIsTold(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "compress")
		_, _ = io.WriteString(w, batchLines)
	})
	g := startGateway(t, to(v.URL, withBatch(t, "problems")))
	a := g.send(t, "PATCH", "/up/batch", nil)
	if x := g.ended(t); a.body != batchLines || a.Header.Get("Content-Encoding") != "compress" || x.Body != document.Undecodable {
		t.Errorf("%q, %v", a.body, x.Body)
	}
}

// TestBatchLinesReachTheCallerOneByOne: the vendor sends a line only after the caller has seen the one before.
func TestBatchLinesReachTheCallerOneByOne(t *testing.T) {
	seen := make(chan bool)
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		for i := range 5 {
			fmt.Fprintf(w, `{"code":"%d","status_code":%d}`, i, 404-200*(i%2))
			_ = http.NewResponseController(w).Flush()
			select {
			case <-seen:
			case <-r.Context().Done():
				return
			}
			_, _ = io.WriteString(w, "\n")
		}
	})
	g := startGateway(t, to(v.URL, withBatch(t, "problems")))
	req, err := http.NewRequestWithContext(t.Context(), "PATCH", g.URL+"/up/batch", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := g.caller.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	dec := json.NewDecoder(resp.Body) // gives an object with its last brace
	for i := range 5 {
		var item struct{ Problem *problem.Problem }
		if err := dec.Decode(&item); err != nil {
			t.Fatalf("item %d: %v", i, err)
		}
		if (item.Problem != nil) != (i%2 == 0) {
			t.Errorf("item %d: %v", i, item.Problem)
		}
		seen <- true
	}
}

// TestCutBatchDoesNotLookWhole is trap 23: the vendor's connection ends within the answer.
func TestCutBatchDoesNotLookWhole(t *testing.T) {
	for _, head := range []string{"Content-Length: 500", "Transfer-Encoding: chunked"} {
		for _, mode := range []string{"pass", "problems"} {
			body := batchLines
			if strings.HasPrefix(head, "T") {
				body = fmt.Sprintf("%x\r\n%s\r\n", len(batchLines), batchLines)
			}
			v := answering(t, "HTTP/1.1 200 OK\r\n"+head+"\r\n\r\n"+body)
			g := startGateway(t, to(v.URL, withBatch(t, mode)))
			resp, err := g.caller.Get(g.URL + "/up/batch")
			if err == nil {
				err = readAnswer(resp).err
			}
			if err == nil {
				t.Errorf("%s, %s: looks whole", head, mode)
			}
			if x := g.ended(t); x.Batch.OK != 1 || x.Batch.Failed[problem.ValidationFailed] != 1 {
				t.Errorf("%s, %s: %+v", head, mode, x.Batch)
			}
		}
	}
}

// TestCallerLeavesBatch: the exchange ends, and so does the vendor's.
func TestCallerLeavesBatch(t *testing.T) {
	gone := make(chan struct{})
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		defer close(gone)
		_, _ = io.WriteString(w, batchLines)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	g := startGateway(t, to(v.URL, withBatch(t, "problems")))
	conn := g.dial(t)
	_, _ = io.WriteString(conn, "PATCH /up/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
	if _, err := bufio.NewReader(conn).ReadString('}'); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	select {
	case <-gone:
	case <-time.After(patience):
		t.Fatal("the vendor is still answering")
	}
	if x := g.ended(t); x.Batch == nil {
		t.Error("not recorded")
	}
}
