package credentials

import (
	"net/http"
	"slices"
)

// Set is the credentials of one upstream by one configuration. It is immutable.
type Set struct {
	list      []credential
	owned     owned
	transport http.RoundTripper // to token endpoints
}

// credential is one entry of the list.
type credential struct {
	consumer      string // "" for all
	header, value string // the caller's header that picks it; "" for any request
	place         place
	scheme        string // in front of the value
	account       string
	source        *source
}

// New prepares a valid list. What the store keeps of the same credentials is used again; nothing that is live changes
// before Store.Keep. Token endpoints are reached through transport, which must follow no proxy or rule of its own.
func New(list []Config, store *Store, transport http.RoundTripper) *Set {
	set := &Set{owned: newOwned(list), transport: transport}
	for _, c := range list {
		one := credential{consumer: c.Consumer, place: c.place(), account: c.account(), source: store.source(c, transport)}
		one.header, one.value, _ = c.condition()
		if c.OAuth2 != nil && c.OAuth2.Header == "" {
			one.scheme = "Bearer "
		}
		set.list = append(set.list, one)
	}
	return set
}

// Caller is what credentials are chosen by.
type Caller struct {
	Consumer string
	Header   http.Header // of the caller's own request
}

// choose returns the first entry that fits; nil if none does.
func (s *Set) choose(by Caller) *credential {
	i := slices.IndexFunc(s.list, func(c credential) bool {
		return (c.consumer == "" || c.consumer == by.Consumer) && (c.header == "" || by.Header.Get(c.header) == c.value)
	})
	if i < 0 {
		return nil
	}
	return &s.list[i]
}
