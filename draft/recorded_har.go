package draft

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"gateway/document"
)

// readHAR reads the answers of a HAR file (HTTP Archive 1.2), as browsers and proxies save them. Bodies stand there
// decoded; exchanges without an answer are left out.
func readHAR(file string, root *document.Node) []Recorded {
	var out []Recorded
	for i, entry := range root.At("/log/entries").Items {
		r, ok := readEntry(entry)
		if !ok {
			continue
		}
		r.Source = fmt.Sprintf("%s: entry %d", file, i+1)
		out = append(out, r)
	}
	return out
}

func readEntry(entry *document.Node) (Recorded, bool) {
	status, err := strconv.Atoi(textAt(entry, "/response/status"))
	u, urlErr := url.Parse(textAt(entry, "/request/url"))
	if err != nil || urlErr != nil || status < 100 || status > 999 {
		return Recorded{}, false
	}
	a := &document.Answer{
		Method: textAt(entry, "/request/method"), Path: u.EscapedPath(), RequestHeader: headersOf(entry.At("/request/headers")),
		Status: status, Header: headersOf(entry.At("/response/headers")), Body: contentOf(entry.At("/response/content")),
	}
	if a.Path == "" {
		a.Path = "/"
	}
	if u.RawQuery != "" {
		a.Path += "?" + u.RawQuery
	}
	for _, gone := range []string{"Content-Encoding", "Transfer-Encoding", "Content-Length"} { // they told of the coded body
		a.Header.Del(gone)
	}
	if a.Header.Get("Content-Type") == "" {
		setText(a.Header, "Content-Type", textAt(entry, "/response/content/mimeType"))
	}
	a.Received, _ = time.Parse(time.RFC3339Nano, textAt(entry, "/startedDateTime")) // zero where it is missing
	if date, err := http.ParseTime(a.Header.Get("Date")); err == nil {
		a.Received = date
	}
	return Recorded{Name: nameOf(a), Host: u.Hostname(), Answer: a}, true
}

// contentOf returns a body as text or from base64.
func contentOf(content *document.Node) []byte {
	text := textAt(content, "/text")
	if textAt(content, "/encoding") == "base64" {
		if body, err := base64.StdEncoding.DecodeString(text); err == nil {
			return body
		}
	}
	return []byte(text)
}

// headersOf reads a list of {name, value}. HTTP/2's :status and similar names are not headers.
func headersOf(list *document.Node) http.Header {
	h := http.Header{}
	if list == nil {
		return h
	}
	for _, item := range list.Items {
		if name := textAt(item, "/name"); name != "" && name[0] != ':' {
			h.Add(name, textAt(item, "/value"))
		}
	}
	return h
}

func setText(h http.Header, name, value string) {
	if value != "" {
		h.Set(name, value)
	}
}

// textAt returns the text at a pointer; "" if there is none.
func textAt(n *document.Node, pointer string) string {
	text, _ := n.At(pointer).Scalar()
	return text
}

// nameOf names an answer after its request.
func nameOf(a *document.Answer) string {
	path, _, _ := strings.Cut(a.Path, "?")
	return strconv.Itoa(a.Status) + "-" + a.Method + "-" + path
}
