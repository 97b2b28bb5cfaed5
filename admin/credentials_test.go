package admin_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gateway/admin"
	"gateway/credentials"
	"gateway/proxy"
)

// The page tells of each credential what helps whoever keeps it.
func TestStatusTellsOfCredentials(t *testing.T) {
	issued := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	l := listen(t, func(c *admin.Config) {
		c.Status = func() proxy.Status {
			return proxy.Status{Upstreams: map[string]proxy.UpstreamStatus{"up": {Credentials: []credentials.Status{
				{Account: "0123456789abcdef", Kind: "header", Rejections: 12, HeldBackFor: 1500 * time.Millisecond},
				{Account: "fedcba9876543210", Kind: "password", Issued: issued, Expires: issued.Add(time.Hour), LastError: "it answered 503"},
			}}}}
		}
	})
	got := l.get(t, "/api/v1/status", nil)["upstreams"].(map[string]any)["up"].(map[string]any)["credentials"]
	want := []any{
		map[string]any{"kind": "header", "account": "0123456789ab", "rejections": 12.0, "held_back": 1.5},
		map[string]any{
			"kind": "password", "account": "fedcba987654", "issued": "2026-11-24T12:00:00Z", "expires": "2026-11-24T13:00:00Z",
			"last_error": "it answered 503", "rejections": 0.0,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
