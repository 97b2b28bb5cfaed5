package wire_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// responses are what handlers do, by the name that is their path.
var responses = map[string]func(w http.ResponseWriter, r *http.Request){
	"nothing":        func(http.ResponseWriter, *http.Request) {},
	"short":          func(w http.ResponseWriter, _ *http.Request) { write(w, 10) },
	"html":           func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<!doctype html>") },
	"long":           func(w http.ResponseWriter, _ *http.Request) { write(w, 100_000) },
	"at the edge":    func(w http.ResponseWriter, _ *http.Request) { write(w, 2048) },
	"over the edge":  func(w http.ResponseWriter, _ *http.Request) { write(w, 2049) },
	"in pieces":      func(w http.ResponseWriter, _ *http.Request) { write(w, 1000, 1000, 1000, 5000, 20_000) },
	"declared":       func(w http.ResponseWriter, _ *http.Request) { declare(w, "30000"); write(w, 10_000, 20_000) },
	"declared small": func(w http.ResponseWriter, _ *http.Request) { declare(w, "10"); write(w, 10) },
	"less than declared": func(w http.ResponseWriter, _ *http.Request) {
		declare(w, "10000")
		write(w, 9000)
	},
	"more than declared": func(w http.ResponseWriter, _ *http.Request) {
		declare(w, "10")
		write(w, 10)
		if _, err := w.Write([]byte("more")); !errors.Is(err, http.ErrContentLength) {
			panic(err)
		}
	},
	"declared and none": func(w http.ResponseWriter, _ *http.Request) { declare(w, "10") },
	"flushed": func(w http.ResponseWriter, _ *http.Request) {
		flush(w)
		write(w, 10)
		flush(w)
		write(w, 20_000)
		flush(w)
	},
	"flushed, declared": func(w http.ResponseWriter, _ *http.Request) {
		declare(w, "30")
		write(w, 10)
		flush(w)
		write(w, 20)
	},
	"trailer, announced": func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Trailer"] = []string{"X-A, x-b"}
		write(w, 10)
		w.Header().Set("X-A", "1")
		w.Header().Set("X-B", "2")
		w.Header().Set("X-C", "3")
	},
	"trailer, by prefix": func(w http.ResponseWriter, _ *http.Request) {
		write(w, 10)
		flush(w)
		w.Header().Set(http.TrailerPrefix+"X-A", "1")
	},
	"trailer, before": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(http.TrailerPrefix+"X-A", "1")
		w.WriteHeader(http.StatusOK)
	},
	"whole header": func(w http.ResponseWriter, _ *http.Request) {
		give(w, http.Header{"X-A": {"1", "2"}, "Date": {"then"}}) // beside a header that is there
		write(w, 10)
	},
	"whole header alone": func(w http.ResponseWriter, _ *http.Request) {
		clear(w.Header())
		give(w, http.Header{"X-A": {"1", "2"}, "Date": {"then"}, "Content-Length": {"3000"}})
		w.Header().Set("X-B", "3")
		write(w, 3000)
	},
	"whole header and trailer": func(w http.ResponseWriter, _ *http.Request) {
		clear(w.Header())
		give(w, http.Header{"Trailer": {"X-A"}, "Date": {"then"}})
		write(w, 10)
		w.Header().Set("X-A", "1")
	},
	"204": func(w http.ResponseWriter, _ *http.Request) {
		declare(w, "10")
		w.WriteHeader(http.StatusNoContent)
		if _, err := w.Write([]byte("more")); !errors.Is(err, http.ErrBodyNotAllowed) {
			panic(err)
		}
	},
	"205": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusResetContent) },
	"304": func(w http.ResponseWriter, _ *http.Request) {
		declare(w, "10")
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Etag", `"a"`)
		w.WriteHeader(http.StatusNotModified)
	},
	"404":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound); write(w, 10) },
	"599":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(599) },
	"999":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(999); write(w, 5000) },
	"1000": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(1000) },
	"twice": func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.WriteHeader(http.StatusNotFound)
	},
	"early hints": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a>")
		declare(w, "10")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		w.WriteHeader(http.StatusProcessing)
		write(w, 10)
	},
	"header after the body": func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.Header().Set("X-Late", "1")
		declare(w, "3")
		write(w, 10)
	},
	"close":      func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close"); write(w, 10) },
	"keep-alive": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "keep-alive"); write(w, 10) },
	"odd fields": func(w http.ResponseWriter, _ *http.Request) {
		header := w.Header()
		header["X Bad"], header["X-Bad:"], header[""] = []string{"1"}, []string{"2"}, []string{"3"}
		header["X-Line"] = []string{"a\r\nSet-Cookie: b", " c ", "\n"}
		header["x-lower"], header["X-None"] = []string{"d"}, nil
	},
	"no type":      func(w http.ResponseWriter, _ *http.Request) { w.Header()["Content-Type"] = nil; write(w, 10) },
	"coded":        func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Encoding", "br"); write(w, 10) },
	"without date": func(w http.ResponseWriter, _ *http.Request) { w.Header()["Date"] = nil; write(w, 10) },
	"panic":        func(w http.ResponseWriter, _ *http.Request) { write(w, 10); panic("of a test") },
	"abort":        func(w http.ResponseWriter, _ *http.Request) { write(w, 10); panic(http.ErrAbortHandler) },
	"goexit":       func(w http.ResponseWriter, _ *http.Request) { write(w, 10); runtime.Goexit() },
	"abort, begun": func(w http.ResponseWriter, _ *http.Request) {
		declare(w, "20")
		write(w, 10)
		flush(w)
		panic(http.ErrAbortHandler)
	},
	"reads": func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, "%d %v", n, err)
		n, err = io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, "%d %v %v", n, err, r.Body.Close())
	},
	"reads some": func(w http.ResponseWriter, r *http.Request) {
		n, err := r.Body.Read(make([]byte, 10))
		fmt.Fprintf(w, "%d %v", n, err)
	},
	"closes the body": func(w http.ResponseWriter, r *http.Request) {
		err := r.Body.Close()
		_, after := r.Body.Read(make([]byte, 10))
		fmt.Fprintf(w, "%v %t", err, errors.Is(after, http.ErrBodyReadAfterClose))
	},
	"reads after it wrote": func(w http.ResponseWriter, r *http.Request) {
		flush(w)
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, "%d %t", n, err != nil)
	},
	"full duplex": func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
			panic(err)
		}
		flush(w)
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, "%d %v", n, err)
	},
	"bounded body": func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, 5))
		w.Header().Set("Connection", "close") // a lane has no need of it, as the rest is read
		fmt.Fprintf(w, "%d %v", n, err)
	},
}

func write(w http.ResponseWriter, sizes ...int) {
	for _, n := range sizes {
		_, _ = io.WriteString(w, strings.Repeat("x", n))
	}
}

// give hands a header over where the server takes it, and adds it where not.
func give(w http.ResponseWriter, header http.Header) {
	if taker, can := w.(interface{ TakeHeader(http.Header) bool }); can && taker.TakeHeader(header) {
		return
	}
	for name, values := range header {
		w.Header()[name] = append(w.Header()[name], values...)
	}
}

func declare(w http.ResponseWriter, length string) { w.Header().Set("Content-Length", length) }

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// bodies of requests: as they are sent with the head, with a second piece, and too long to be read for nothing.
var bodies = map[string]string{
	"none": "", "short": strings.Repeat("x", 100), "beyond the buffer": strings.Repeat("x", 30_000), "long": strings.Repeat("x", 1<<20),
}

// TestResponsesAreThoseOfNetHTTP sends each request to both servers, with another one behind it.
func TestResponsesAreThoseOfNetHTTP(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", "today")
		if response, ok := responses[r.URL.Query().Get("do")]; ok {
			response(w, r)
		}
	})
	std, lane := startServer(t, false, handler), startServer(t, true, handler)
	for name := range responses {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			for kind, body := range bodies {
				if method != "POST" && kind != "none" {
					continue
				}
				raw := fmt.Sprintf("%s /?do=%s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%sGET /after HTTP/1.1\r\nHost: a\r\n\r\n",
					method, strings.ReplaceAll(name, " ", "+"), len(body), body)
				t.Run(name+" "+method+" "+kind, func(t *testing.T) {
					t.Parallel()
					want, wantCut := said(t, std.address, raw)
					got, cut := said(t, lane.address, raw)
					if got != want || cut != wantCut && kind != "long" { // which one may still be sent when the connection ends
						t.Errorf("net/http: %.2000s, cut %t\nlane:     %.2000s, cut %t", want, wantCut, got, cut)
					}
				})
			}
		}
	}
}
