package document

import (
	"net/http"
	"time"
)

// Answer is one answer of a vendor, with what matters of the request that led to it.
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

// Open undoes the codings of the body and parses it.
func (a *Answer) Open(l Limits) Document { return l.Open(a.Header, a.Body, a.Cut) }

// MayHaveSentBody is true for methods whose requests may have a body.
func (a *Answer) MayHaveSentBody() bool {
	return a.Method == http.MethodPost || a.Method == http.MethodPut || a.Method == http.MethodPatch
}
