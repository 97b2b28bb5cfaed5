package normalize

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// ParseAnswer reads an HTTP answer as curl -si prints it, or a sample: lines that begin with # are comments, and
// "> PATCH /path" before the answer is the request line, further "> Name: value" lines its headers. Answers that only
// announce another (100, 103, a proxy's 200 to CONNECT, a redirect that curl followed) are skipped. Lines may end in LF
// or CRLF; what is chunked is expected to be joined already, as curl does.
func ParseAnswer(raw []byte) (*Answer, error) {
	a := &Answer{Method: http.MethodGet, Path: "/", RequestHeader: http.Header{}, Received: time.Now()}
	rest, err := a.parseRequest(raw)
	if err != nil {
		return nil, err
	}
	for {
		if rest, err = a.parseHead(rest); err != nil {
			return nil, err
		}
		if !bytes.HasPrefix(rest, []byte("HTTP/")) {
			break
		}
	}
	a.Body = rest
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
		case !strings.HasPrefix(line, "#") && (line != "" || len(rest) == 0):
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
	fields := strings.Fields(line)
	if len(fields) < 2 || !strings.HasPrefix(fields[1], "/") {
		return fmt.Errorf("the request line %q is not of the form PATCH /path", line)
	}
	a.Method, a.Path = fields[0], fields[1]
	return nil
}

// parseHead reads a status line and the headers behind it.
func (a *Answer) parseHead(raw []byte) (rest []byte, err error) {
	line, rest := cutLine(raw)
	fields := strings.Fields(line)
	if len(fields) < 2 || !strings.HasPrefix(fields[0], "HTTP/") {
		return nil, errors.New(`it has to begin with a status line such as "HTTP/1.1 404 Not Found"`)
	}
	if a.Status, err = strconv.Atoi(fields[1]); err != nil || a.Status < 100 || a.Status > 599 {
		return nil, fmt.Errorf("%q is no HTTP status", fields[1])
	}
	a.Header = http.Header{}
	for {
		line, rest = cutLine(rest)
		if line == "" {
			return rest, nil
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("%q is no header line; is the empty line before the body missing?", clip(line, 80))
		}
		name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))
		a.Header[name] = append(a.Header[name], strings.TrimSpace(value))
	}
}

// cutLine returns the first line without its end, and what follows.
func cutLine(raw []byte) (line string, rest []byte) {
	before, after, _ := bytes.Cut(raw, []byte("\n"))
	return strings.TrimSuffix(string(before), "\r"), after
}
