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

// Reading is what was understood of an Answer.
type Reading struct {
	Type       Type
	Status     int // the status that the body names, where it differs from the answer's; else the answer's
	Detail     string
	Message    string // the vendor's own words, where Detail differs
	Code       string // the vendor's machine code
	ProblemURI string // type of a problem document the vendor sent
	RequestID  string // the vendor's
	Violations []Violation
	Hints      []string
	HintsOn    string // the rule, code or type that Hints are on, by which their translation is found
	Docs       string
	Fault      Fault
	Retryable  bool
	RetryAfter time.Duration // meaningful if HasRetryAfter
	// HasRetryAfter is true where the vendor named a time, 0 s included.
	HasRetryAfter bool
	Mapped        Mapped
	Rule          string // name of the rule that matched; "" if none
	Extensions    []Extension
}
