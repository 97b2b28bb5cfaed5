package admin

import (
	"time"

	"gateway/credentials"
)

// CredentialStatus is what is known of one credential. It holds no secret.
type CredentialStatus struct {
	Kind       string     `json:"kind"`                 // header, query, basic, or the grant of OAuth 2
	Account    string     `json:"account"`              // the beginning of a hash of what the vendor counts by
	Issued     *time.Time `json:"issued,omitempty"`     // of the token
	Expires    *time.Time `json:"expires,omitempty"`    // missing where the vendor does not say
	RetryAt    *time.Time `json:"retry_at,omitempty"`   // the token endpoint is not asked before
	LastError  string     `json:"last_error,omitempty"` // of the last call of the token endpoint
	Rejections int64      `json:"rejections"`           // by the vendor, since it last took the credential
	HeldBack   float64    `json:"held_back,omitempty"`  // seconds until it is sent again, after many rejections
}

// shownAccountDigits is enough to distinguish accounts, and no more.
const shownAccountDigits = 12

func credentialStatuses(list []credentials.Status) []CredentialStatus {
	out := make([]CredentialStatus, len(list))
	for i, c := range list {
		out[i] = CredentialStatus{
			Kind: c.Kind, Account: c.Account[:shownAccountDigits], Issued: known(c.Issued), Expires: known(c.Expires), RetryAt: known(c.RetryAt),
			LastError: c.LastError, Rejections: c.Rejections, HeldBack: c.HeldBackFor.Seconds(),
		}
	}
	return out
}

// known is nil for the zero time.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
