// Package normalize reads vendors' errors: it tells errors from successes, undoes codings, and finds type, words and
// violations, by the rules of a profile or generically.
package normalize

import (
	"net/http"
	"time"
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

// BodyNote says what happened on reading an error body, for the log line and the metric. The zero value: nothing odd.
type BodyNote string

// What can be odd about a body.
const (
	BodyCut         BodyNote = "cut"         // over a limit, or the connection broke: what came was used
	BodyStalled     BodyNote = "stalled"     // it did not end in time: what came was used
	BodyUndecodable BodyNote = "undecodable" // its coding could not be undone
	BodyUnparsable  BodyNote = "unparsable"  // it is not what its media type says, nor anything else known
)
