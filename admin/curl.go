package admin

import (
	"net/http"
	"strings"
)

// repeatable are the request headers that shape an answer and identify nobody. Of other headers not even the name is kept.
var repeatable = []string{
	"Accept", "Accept-Language", "Content-Type", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since",
	"Prefer", "Range", "X-Http-Method-Override",
}

// repeatableHead copies what is needed to repeat a request: that there was an Authorization header, but not its value.
func repeatableHead(h http.Header) http.Header {
	out := clippedHead(h, repeatable)
	if h.Get("Authorization") != "" {
		out.Set("Authorization", "$AUTHORIZATION")
	}
	return out
}

// curl is a command line that repeats the request through the gateway. It contains no secret: in place of an Authorization
// it names a variable, which matters only if the gateway adds no credential of its own. The user must put a body into a
// file.
func (r redaction) curl(o *occurrence, callers string) string {
	words := []string{"curl", "-si"}
	if o.Method != http.MethodGet {
		words = append(words, "-X", quoted(oneLine(o.Method)))
	}
	words = append(words, quoted(callers+oneLine(r.path(o.target()))))
	if a := o.Answer; a != nil {
		for _, name := range sortedNames(a.RequestHeader) {
			for _, value := range a.RequestHeader[name] {
				words = append(words, "-H", headerWord(name, oneLine(r.text(value))))
			}
		}
	}
	if o.BytesIn > 0 {
		words = append(words, "--data-binary", "@body")
	}
	return strings.Join(words, " ")
}

// headerWord writes a header so that the shell fills in a variable.
func headerWord(name, value string) string {
	if value == "$AUTHORIZATION" {
		return `"` + name + `: ` + value + `"`
	}
	return quoted(name + ": " + value)
}

// target is what the caller asked for, with the query that the vendor saw.
func (o *occurrence) target() string {
	if o.Answer == nil {
		return o.Path
	}
	_, query, ok := strings.Cut(o.Answer.Path, "?")
	if !ok {
		return o.Path
	}
	return o.Path + "?" + query
}

const plainInShell = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:@"

// quoted is s as one word of a shell.
func quoted(s string) string {
	if s != "" && strings.Trim(s, plainInShell) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
