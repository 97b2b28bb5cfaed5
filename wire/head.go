package wire

import (
	"fmt"
	"net/http"
	"net/textproto"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// malformed reports an answer that is not valid HTTP/1. It quotes the whole text, because half a secret would not be
// redacted.
func malformed(what, text string) error { return fmt.Errorf("wire: malformed %s: %q", what, text) }

// versionOne begins every answer (RFC 9112, section 4).
const versionOne = "HTTP/1."

// parseHead reads a status line and its fields up to the empty line (RFC 9112, sections 4 and 5). The strings of the
// response share the memory of text.
func parseHead(text string, lines int) (*http.Response, error) {
	line, rest := cutLine(text)
	resp := &http.Response{ProtoMajor: 1}
	proto, status, _ := strings.Cut(line, " ")
	resp.Proto, resp.Status = proto, strings.TrimLeft(status, " ")
	minor, isOne := strings.CutPrefix(proto, versionOne)
	if !isOne || len(minor) != 1 || !isDigit(minor[0]) {
		return nil, malformed("version", line)
	}
	resp.ProtoMinor = int(minor[0] - '0')
	code, _, _ := strings.Cut(resp.Status, " ")
	if len(code) != 3 || !isDigit(code[0]) || !isDigit(code[1]) || !isDigit(code[2]) {
		return nil, malformed("status", line)
	}
	resp.StatusCode = int(code[0]-'0')*100 + int(code[1]-'0')*10 + int(code[2]-'0')
	var err error
	resp.Header, err = parseFields(rest, lines-1)
	return resp, err
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// cutLine returns the first line without its end. A line may end in LF alone (RFC 9112, section 2.2).
func cutLine(text string) (line, rest string) {
	line, rest, _ = strings.Cut(text, "\n")
	return strings.TrimSuffix(line, "\r"), rest
}

// parseFields reads at most lines fields, up to an empty line.
func parseFields(text string, lines int) (http.Header, error) {
	fields := newFields(lines)
	for line, rest := cutLine(text); line != ""; line, rest = cutLine(rest) {
		if isBlank(line[0]) || !strings.Contains(line, ":") {
			return nil, malformed("header line", line)
		}
		if isFolded(rest) {
			line, rest = unfold(line, rest)
		}
		name, value, err := parseField(line)
		if err != nil {
			return nil, err
		}
		if name != "" {
			fields.add(name, value)
		}
	}
	return fields.header, nil
}

// fields is a header that is being filled.
type fields struct {
	header http.Header
	values []string // one allocation for those that come once
}

// newFields has room for a usual number of fields.
func newFields(lines int) fields {
	const usual = 1000
	return fields{make(http.Header, min(lines, usual)), make([]string, min(lines, usual))}
}

func (f *fields) add(name, value string) {
	before := f.header[name]
	if before != nil || len(f.values) == 0 {
		f.header[name] = append(before, value)
		return
	}
	f.values[0] = value
	f.header[name], f.values = f.values[:1:1], f.values[1:]
}

// parseField returns a field with its name in canonical form; without a name, leave it out. White space between name and
// colon is removed (RFC 9112, section 5.1).
func parseField(line string) (name, value string, err error) {
	name, value, _ = strings.Cut(line, ":")
	name, value = strings.TrimRight(name, " \t"), trim(value)
	if name == "" || !httpguts.ValidHeaderFieldValue(value) {
		return "", "", malformed("header line", line)
	}
	form := formOf(name)
	if form == canonical {
		return name, value, nil
	}
	if form == token {
		return textproto.CanonicalMIMEHeaderKey(name), value, nil
	}
	if httpguts.ValidHeaderFieldName(strings.ReplaceAll(name, " ", "-")) {
		return "", "", nil // nobody can pass it on
	}
	return "", "", malformed("header line", line)
}

// form is the spelling of a name.
type form int

const (
	invalid form = iota
	token
	canonical // as net/http writes it: a capital first and behind each dash, and nowhere else
)

func formOf(name string) form {
	result, capital := canonical, true
	for i := range len(name) {
		c := name[i]
		switch {
		case 'a' <= c && c <= 'z':
			if capital {
				result = token
			}
		case 'A' <= c && c <= 'Z':
			if !capital {
				result = token
			}
		case !httpguts.IsTokenRune(rune(c)):
			return invalid
		}
		capital = c == '-'
	}
	return result
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// isFolded is true if the line continues in the next one.
func isFolded(rest string) bool { return rest != "" && isBlank(rest[0]) }

// unfold joins a field that continues over several lines with spaces (RFC 9112, section 5.2).
func unfold(line, rest string) (whole, behind string) {
	parts := []string{trim(line)}
	for isFolded(rest) {
		line, rest = cutLine(rest)
		parts = append(parts, trim(line))
	}
	return strings.Join(parts, " "), rest
}

// trim removes optional white space (RFC 9110, section 5.6.3).
func trim(s string) string { return strings.Trim(s, " \t") }
