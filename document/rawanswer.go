package document

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// ParseAnswer reads an HTTP answer as curl -si prints it, or a sample: lines that begin with # or $ are comments, and
// "> PATCH /path" before the answer is the request line, further "> Name: value" lines its headers. Answers that only
// announce another (100, 103, a proxy's 200 to CONNECT, a redirect that curl followed) are skipped. Lines may end in LF
// or CRLF. Chunks are joined where the bytes are those of the wire; curl has joined them already.
func ParseAnswer(raw []byte) (*Answer, error) {
	a := &Answer{Method: http.MethodGet, Path: "/", RequestHeader: http.Header{}, Received: time.Now()}
	rest, err := a.parseRequest(bytes.TrimPrefix(raw, []byte("\ufeff")))
	if err != nil {
		return nil, err
	}
	for {
		if rest, err = a.parseHead(rest); err != nil {
			return nil, err
		}
		if !statusLine.Match(rest) {
			break
		}
	}
	a.Body = rest
	if strings.EqualFold(a.Header.Get("Transfer-Encoding"), "chunked") {
		a.Body = joinChunks(rest)
	}
	if date, err := http.ParseTime(a.Header.Get("Date")); err == nil {
		a.Received = date
	}
	return a, nil
}

// parseRequest reads comments and the request's lines.
func (a *Answer) parseRequest(raw []byte) (rest []byte, err error) {
	for rest = raw; ; {
		line, after := cutLine(rest)
		request, isRequest := strings.CutPrefix(line, "> ")
		switch {
		case isRequest:
			err = errors.Join(err, a.requestLine(request))
		case !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "$ ") && (line != "" || len(rest) == 0):
			return rest, err
		}
		rest = after
	}
}

func (a *Answer) requestLine(line string) error {
	if name, value, ok := strings.Cut(line, ": "); ok && !strings.Contains(name, " ") {
		a.RequestHeader.Add(name, value)
		return nil
	}
	return a.SetRequest(line)
}

// SetRequest sets the request: a method and a path or URL, such as PATCH /path.
func (a *Answer) SetRequest(line string) error {
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return fmt.Errorf("the request line %q is not of the form PATCH /path", line)
	}
	target, err := url.ParseRequestURI(fields[1])
	if err != nil || strings.ContainsAny(fields[0], "/:") {
		return fmt.Errorf("the request line %q is not of the form PATCH /path", line)
	}
	a.Method, a.Path = strings.ToUpper(fields[0]), target.RequestURI()
	return nil
}

// statusLine matches the start of another answer where a body would be.
var statusLine = regexp.MustCompile(`^HTTP/[0-9](?:\.[0-9])? [1-9][0-9][0-9](?: [^\r\n]*)?\r?\n`)

// parseHead reads a status line and the headers behind it.
func (a *Answer) parseHead(raw []byte) (rest []byte, err error) {
	line, rest := cutLine(raw)
	fields := strings.Fields(line)
	if len(fields) < 2 || !strings.HasPrefix(fields[0], "HTTP/") {
		return nil, errors.New(`it has to begin with a status line such as "HTTP/1.1 404 Not Found"`)
	}
	if a.Status, err = strconv.Atoi(fields[1]); err != nil || a.Status < 100 || a.Status > 999 {
		return nil, fmt.Errorf("%q is no HTTP status", fields[1])
	}
	a.Header = http.Header{}
	last := ""
	for {
		line, rest = cutLine(rest)
		if line == "" {
			return rest, nil
		}
		if last != "" && strings.TrimLeft(line, " \t") != line { // a folded line (RFC 9112, section 5.2)
			values := a.Header[last]
			values[len(values)-1] += " " + strings.TrimSpace(line)
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("%q is no header line; is the empty line before the body missing?", Clip(line, 80))
		}
		name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))
		a.Header[name] = append(a.Header[name], strings.TrimSpace(value))
		last = name
	}
}

// joinChunks undoes chunked framing (RFC 9112, section 7.1). It returns a body without chunks as it is, and decodes one
// that is cut after its first chunk as far as possible.
func joinChunks(body []byte) []byte {
	var out []byte
	for rest := body; ; {
		line, after := cutLine(rest)
		size, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseUint(strings.TrimSpace(size), 16, 31)
		switch {
		case out == nil && (err != nil || int(n) > len(after)):
			return body
		case err != nil, n == 0:
			return out
		case int(n) > len(after):
			return append(out, after...)
		}
		out = append(out, after[:n]...)
		_, rest = cutLine(after[n:])
	}
}

// cutLine returns the first line without its end, and what follows.
func cutLine(raw []byte) (line string, rest []byte) {
	before, after, _ := bytes.Cut(raw, []byte("\n"))
	return strings.TrimSuffix(string(before), "\r"), after
}
