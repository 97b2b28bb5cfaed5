package wording

import (
	"net/url"
	"strings"
)

// AbsoluteLink returns an address that people can follow, which https:// is put before where it has no scheme; else "".
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

// LooksLikeHost is true for what begins like api.example.com/docs.
func LooksLikeHost(text string) bool {
	host, _, _ := strings.Cut(text, "/")
	return strings.Contains(host, ".") && !strings.ContainsAny(host, " @:") && !strings.HasPrefix(host, ".")
}
