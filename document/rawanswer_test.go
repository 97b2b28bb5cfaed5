package document_test

import (
	"strings"
	"testing"

	"gateway/document"
)

const gone = `{"message":"gone"}`

// TestParseAnswerReadsWhatPeoplePaste: whatever curl -si prints, and what is copied along with it.
func TestParseAnswerReadsWhatPeoplePaste(t *testing.T) {
	final := "HTTP/1.1 410 Gone\nContent-Type: application/json\nX-A: b\n\n" + gone
	for name, raw := range map[string]string{
		"plain":               final,
		"CRLF":                strings.ReplaceAll(final, "\n", "\r\n"),
		"HTTP/2":              strings.Replace(final, "HTTP/1.1 410 Gone", "HTTP/2 410 ", 1),
		"HTTP/3, no reason":   strings.Replace(final, "HTTP/1.1 410 Gone", "HTTP/3 410", 1),
		"lower case names":    strings.Replace(final, "X-A", "x-a", 1),
		"100 Continue":        "HTTP/1.1 100 Continue\r\n\r\n" + final,
		"several 1xx":         "HTTP/2 103 \nlink: </a>; rel=preload\n\nHTTP/2 103 \n\n" + final,
		"a proxy's CONNECT":   "HTTP/1.1 200 Connection established\r\nProxy-Agent: x\r\n\r\n" + final,
		"followed redirects":  "HTTP/1.1 302 Found\nLocation: /b\nContent-Length: 99\n\nHTTP/2 307 \nlocation: /c\n\n" + final,
		"challenged first":    "HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Digest x\n\n" + final,
		"folded header":       strings.Replace(final, "X-A: b", "X-B: c\n  d\nX-A: b", 1),
		"byte order mark":     "\ufeff" + final,
		"the curl line":       "$ curl -si https://api.example.com/x\n" + final,
		"comments":            "# from the docs\n\n# of 2024\n" + final,
		"request and headers": "> GET /x HTTP/1.1\n> Accept: */*\n" + final,
		"chunks":              "HTTP/1.1 410 Gone\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n9\r\n" + gone[:9] + "\r\n9;ext=1\r\n" + gone[9:] + "\r\n0\r\n\r\n",
		"chunks, cut":         "HTTP/1.1 410 Gone\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n9\r\n" + gone[:9] + "\r\n20\r\n" + gone[9:],
		"chunks, joined":      strings.Replace(final, "X-A", "Transfer-Encoding: chunked\nX-A", 1),
	} {
		t.Run(name, func(t *testing.T) {
			a, err := document.ParseAnswer([]byte(raw))
			if err != nil {
				t.Fatal(err)
			}
			if a.Status != 410 || a.Header.Get("X-A") != "b" || string(a.Body) != gone {
				t.Errorf("status %d, X-A %q, body %q", a.Status, a.Header.Get("X-A"), a.Body)
			}
		})
	}
}

func TestParseAnswerWithoutBody(t *testing.T) {
	for name, raw := range map[string]string{
		"empty line": "HTTP/2 403 \r\ncontent-length: 0\r\n\r\n", "no empty line": "HTTP/2 403\ncontent-length: 0", "status line alone": "HTTP/1.1 403 Forbidden",
	} {
		if a, err := document.ParseAnswer([]byte(raw)); err != nil || a.Status != 403 || len(a.Body) != 0 {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	if a, err := document.ParseAnswer([]byte("HTTP/1.1 505 x\n\nHTTP/1.1 is what we speak")); err != nil || a.Status != 505 || !strings.HasPrefix(string(a.Body), "HTTP/1.1 is") {
		t.Errorf("a body that begins like a status line: %+v, %v", a, err)
	}
}

func TestParseAnswerReadsTheRequest(t *testing.T) {
	for line, want := range map[string]string{
		"PATCH /a?b=c": "PATCH /a?b=c", "patch /a HTTP/1.1": "PATCH /a", "GET https://api.example.com/a?b=c": "GET /a?b=c", "GET /%2F": "GET /%2F",
	} {
		a, err := document.ParseAnswer([]byte("> " + line + "\nHTTP/1.1 404 x\n\n"))
		if err != nil || a.Method+" "+a.Path != want {
			t.Errorf("%s: %+v, %v", line, a, err)
		}
	}
}

func TestParseAnswerSaysWhatIsWrong(t *testing.T) {
	for raw, want := range map[string]string{
		"":                          `it has to begin with a status line such as "HTTP/1.1 404 Not Found"`,
		gone:                        `it has to begin with a status line such as "HTTP/1.1 404 Not Found"`,
		"HTTP/1.1 abc\n\n":          `"abc" is no HTTP status`,
		"HTTP/1.1 099 x\n\n":        `"099" is no HTTP status`,
		"HTTP/1.1 404 x\n{\"a\"}\n": `"{\"a\"}" is no header line; is the empty line before the body missing?`,
		"> PATCH\nHTTP/1.1 404 x":   `the request line "PATCH" is not of the form PATCH /path`,
		"> GET a b\nHTTP/1.1 404 x": `the request line "GET a b" is not of the form PATCH /path`,
	} {
		if _, err := document.ParseAnswer([]byte(raw)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", raw, err, want)
		}
	}
}
