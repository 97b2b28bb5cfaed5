package wording

import (
	"net/url"
	"strings"
)

// AbsoluteLink returns an address that people can follow, with https:// added if it has no scheme; "" if text is none.
func AbsoluteLink(text string) string {
	text = strings.TrimSpace(text)
	u, err := url.Parse(text)
	if err == nil && u.Scheme == "" && u.Host == "" && LooksLikeHost(text) {
		text = "https://" + text
		u, err = url.Parse(text)
	}
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" || len(text) > MaxTextBytes {
		return ""
	}
	return text
}

// LooksLikeHost is true for text that begins like api.example.com/docs.
func LooksLikeHost(text string) bool {
	host, _, _ := strings.Cut(text, "/")
	return strings.Contains(host, ".") && !strings.ContainsAny(host, " @:") && !strings.HasPrefix(host, ".")
}
