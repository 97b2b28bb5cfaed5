package credentials

import (
	"encoding/base64"
	"strings"
)

// fixed is the value of a credential other than a token.
func (c Config) fixed() string {
	switch {
	case c.Header != nil:
		return c.Header.Value.Reveal()
	case c.Query != nil:
		return c.Query.Value.Reveal()
	}
	return "Basic " + basicPair(c.Basic.Username, c.Basic.Password.Reveal())
}

// basicPair encodes user and password (RFC 7617, section 2).
func basicPair(user, password string) string {
	return base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
}

// headerSecrets are a header's value, and the same without its scheme (RFC 9110, section 11.4).
func headerSecrets(value string) []string {
	out := []string{value}
	scheme, rest, ok := strings.Cut(value, " ")
	if !ok {
		return out
	}
	out = append(out, strings.TrimSpace(rest))
	if pair, err := base64.StdEncoding.DecodeString(rest); err == nil && strings.EqualFold(scheme, "Basic") {
		if _, password, ok := strings.Cut(string(pair), ":"); ok {
			out = append(out, password)
		}
	}
	return out
}
