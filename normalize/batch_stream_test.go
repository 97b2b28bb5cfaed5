package normalize_test

import (
	"compress/gzip"
	"io"
	"runtime"
	"strings"
	"testing"

	"gateway/normalize"
	"gateway/problem"
)

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
