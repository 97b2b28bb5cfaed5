// Package normalize reads vendors' errors: it tells errors from successes, undoes codings, and finds type, words and
// violations, by the rules of a profile or generically.
package normalize

import (
	"net/http"
	"time"

	"gateway/document"
)

// Answer is one answer of a vendor with what matters of the request that led to it.
type Answer struct {
	Method        string
	Path          string      // escaped path as the vendor saw it, with the query
	RequestHeader http.Header // may be nil
	Status        int
	Header        http.Header
	Body          []byte // as received, still coded by Content-Encoding
	Cut           bool   // the body ended early: limit, stall or broken connection
	Received      time.Time
}

// open undoes the codings of the body and parses it.
func (a *Answer) open(l document.Limits) document.Document { return l.Open(a.Header, a.Body, a.Cut) }

// mayHaveSentBody is true for methods whose requests have one.
func (a *Answer) mayHaveSentBody() bool {
	return a.Method == http.MethodPost || a.Method == http.MethodPut || a.Method == http.MethodPatch
}
