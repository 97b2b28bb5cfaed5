package credentials

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Set holds the credentials of one upstream for one configuration. It is immutable.
type Set struct {
	list  []credential
	owned owned
}

// credential is one entry of the list.
type credential struct {
	consumer      string // "" for all
	header, value string // the caller's header that picks it; "" for any request
	place         place
	scheme        string // in front of the value
	account       string
	source        *source
	transport     http.RoundTripper // to the token endpoint; nil where there is none
}

// New prepares a valid list. It reuses what the store keeps for the same credentials; nothing live changes before
// Store.Keep. connect returns the transport to a token endpoint, which must keep no idle connections.
func New(list []Config, store *Store, connect func(endpoint *url.URL) (http.RoundTripper, error)) (*Set, error) {
	set := &Set{owned: newOwned(list)}
	for i, c := range list {
		one, err := newCredential(c, store, connect)
		if err != nil {
			return nil, fmt.Errorf("credentials[%d].oauth2.token_url: %w", i, err)
		}
		set.list = append(set.list, one)
	}
	return set, nil
}

func newCredential(c Config, store *Store, connect func(*url.URL) (http.RoundTripper, error)) (credential, error) {
	one := credential{consumer: c.Consumer, place: c.place(), account: c.account()}
	one.header, one.value, _ = c.condition()
	if c.OAuth2 != nil {
		target, err := url.Parse(c.OAuth2.TokenURL)
		if err != nil {
			return one, err
		}
		if one.transport, err = connect(target); err != nil {
			return one, err
		}
		if c.OAuth2.Header == "" {
			one.scheme = "Bearer "
		}
	}
	one.source = store.source(c, one.transport)
	return one, nil
}

// Caller is what a credential is chosen by.
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

// unfit reports that no entry fits, and what to do about it.
func (s *Set) unfit(by Caller) *Error {
	e := &Error{Unfit: true}
	for _, c := range s.list {
		isFor := c.consumer == "" || c.consumer == by.Consumer
		if isFor && by.Header.Get(c.header) == "" && !slices.Contains(e.Lacks, c.header) {
			e.Lacks = append(e.Lacks, c.header)
		}
	}
	e.Public = "None of the upstream's credentials is for the consumer " + by.Consumer + " and this request. "
	if len(e.Lacks) > 0 {
		e.Public += "They are picked by " + strings.Join(e.Lacks, " or ") + ", which it lacks: send that header."
	} else {
		e.Public += "Whoever operates the gateway adds an entry for it to the upstream's credentials, or one for all at their end."
	}
	return e
}
