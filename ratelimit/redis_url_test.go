package ratelimit_test

import (
	"strings"
	"testing"

	"gateway/ratelimit"
)

func TestURLsOfAStore(t *testing.T) {
	for url, says := range map[string]string{
		"redis://127.0.0.1:6379":                                             "",
		"redis://:secret@cache.internal:6379/3":                              "",
		"rediss://user:secret@cache.internal":                                "",
		"rediss://a:1?addr=b:2&addr=c:3":                                     "",
		"redis://a:1?addr=b:2&master_name=gateways&sentinel_password=secret": "",
		"":                               "needs the URL",
		"cache:6379":                     "needs the URL",
		"https://:secret@cache":          "needs the URL",
		"redis://:secret@cache/x":        "database is a number",
		"redis://cache?secret=1":         "only addr",
		"redis://:secret@a:1/3?addr=b:2": "a Cluster has one only",
		"redis://:secret@a?ca=ca.pem":    "only used with rediss://",
		"rediss://:secret@a?ca=none.pem": "cannot be read",
		"rediss://:secret@a?ca=redis.go": "cannot be read, or holds no certificate",
	} {
		err := ratelimit.CheckRedisURL(url)
		switch {
		case says == "" && err != nil:
			t.Errorf("%s: %v", url, err)
		case says != "" && (err == nil || !strings.Contains(err.Error(), says)):
			t.Errorf("%s: %v, want %q", url, err, says)
		case err != nil && strings.Contains(err.Error(), "secret"):
			t.Errorf("%s: the error shows a password: %v", url, err)
		}
	}
}
