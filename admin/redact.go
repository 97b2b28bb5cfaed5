package admin

import (
	"net/url"
	"regexp"
	"strings"
)

// hidden replaces a secret.
const hidden = "<secret>"

// secretNames match the end of names of headers, parameters and members whose values are secrets, whoever they belong to.
const secretNames = `(?:authorization|cookie2?|token|secret|password|passwd|passphrase|pwd|api[_-]?key|access[_-]?key|` +
	`private[_-]?key|signature|credentials?|session[_-]?id|jwt)`

var (
	// secretName matches such a name as a whole.
	secretName = regexp.MustCompile(`(?i)` + secretNames + `$|^key$`)
	// secretMember matches such a member of JSON or YAML with its value.
	secretMember = regexp.MustCompile(`(?i)("?[\w.-]*` + secretNames + `"?\s*:\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,}\]"'][^\s,}\]]*)`)
	// secretElement matches such an XML element with its text.
	secretElement = regexp.MustCompile(`(?i)(<[\w.:-]*` + secretNames + `(?:\s[^>]*)?>)[^<]+`)
	// secretPair matches such a parameter of a query or form.
	secretPair = regexp.MustCompile(`(?i)([?&;]|^)([\w.-]*` + secretNames + `=)[^&\s"'<>;]+`)
	// bearer matches what looks like a token: a value after its scheme, or a JWT.
	bearer = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{12,}|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?`)
)

// redaction removes secrets from what is kept: those that the gateway knows, and whatever looks like a secret by its name
// or form, because callers' own keys are not known here.
type redaction func(string) string

// text redacts a body or sentence.
func (r redaction) text(s string) string {
	if r != nil {
		s = r(s)
	}
	s = secretMember.ReplaceAllStringFunc(s, hideMember)
	s = secretElement.ReplaceAllStringFunc(s, hideElement)
	s = secretPair.ReplaceAllString(s, "${1}${2}"+hidden)
	return bearer.ReplaceAllString(s, hidden)
}

// hideMember keeps the name and the value's quotes, so that the body keeps its format. Without quotes the value may be a
// word of a sentence, as in "invalid token: expired".
func hideMember(member string) string {
	parts := secretMember.FindStringSubmatch(member)
	switch name, value := parts[1], parts[2]; {
	case value[0] == '"':
		return name + `"` + hidden + `"`
	case value[0] == '\'':
		return name + "'" + hidden + "'"
	case len(value) >= minBareSecretBytes && strings.ContainsAny(value, "0123456789"):
		return name + hidden
	default:
		return member
	}
}

// hideElement keeps the tag. A value that is already hidden looks like one.
func hideElement(element string) string {
	if tag := secretElement.FindStringSubmatch(element)[1]; tag != hidden {
		return tag + hidden
	}
	return element
}

// minBareSecretBytes is the length of the shortest unquoted value that is treated as a secret.
const minBareSecretBytes = 8

// header redacts one header's value.
func (r redaction) header(name, value string) string {
	if name == "Www-Authenticate" || name == "Proxy-Authenticate" {
		return r.text(value) // a challenge, no secret
	}
	if secretName.MatchString(name) {
		return hidden
	}
	return r.text(value)
}

// path redacts the values in a path's query.
func (r redaction) path(path string) string {
	before, query, ok := strings.Cut(path, "?")
	if !ok {
		return r.text(path)
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, _, valued := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); valued && (err != nil || secretName.MatchString(plain)) {
			pairs[i] = name + "=" + hidden
		}
	}
	return r.text(before + "?" + strings.Join(pairs, "&"))
}
