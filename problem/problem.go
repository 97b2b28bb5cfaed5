package problem

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"gateway/document"
)

// MaxBytes bounds an encoded problem.
const MaxBytes = 16 << 10

// MaxViolations bounds the violations of one problem.
const MaxViolations = 100

// MediaType is that of a problem as JSON (RFC 9457, section 4).
const MediaType = "application/problem+json"

// Origin says who produced an error.
type Origin string

// Who produced the error.
const (
	OriginUpstream Origin = "upstream"
	OriginGateway  Origin = "gateway"
)

// Mapped says how the type of a vendor's error was found.
type Mapped string

// How the type was found.
const (
	MappedRule      Mapped = "rule"      // by a rule of the profile
	MappedStatus    Mapped = "status"    // by the HTTP status alone
	MappedHeuristic Mapped = "heuristic" // by the generic reader
)

// Problem is the document of RFC 9457, section 3, with the gateway's members, in the order they are sent.
type Problem struct {
	Type       string      `json:"type"`
	Title      string      `json:"title"`
	Status     int         `json:"status"`
	Detail     string      `json:"detail,omitempty"`
	Instance   string      `json:"instance"`
	Code       Type        `json:"code"`
	Origin     Origin      `json:"origin"`
	Fault      Fault       `json:"fault"`
	Retryable  bool        `json:"retryable"`
	RetryAfter *int64      `json:"retry_after,omitempty"` // seconds
	RequestID  string      `json:"request_id"`
	Errors     []Violation `json:"errors,omitempty"`
	Hints      []string    `json:"hints,omitempty"`
	Docs       string      `json:"docs,omitempty"`
	Upstream   *Upstream   `json:"upstream,omitempty"`
	Mapped     Mapped      `json:"mapped,omitempty"`

	// Extensions are further members (RFC 9457, section 3.2), sent last and in this order. An extension with the name of a
	// member above, in any case, is left out, and so is one that does not fit the size.
	Extensions []Extension `json:"-"`
}

// Violation is one thing that is wrong with the caller's request.
type Violation struct {
	Detail  string `json:"detail"`
	Field   string `json:"field,omitempty"`   // as the vendor names it
	Pointer string `json:"pointer,omitempty"` // JSON Pointer as a URI fragment (RFC 6901, section 6)
	In      string `json:"in,omitempty"`      // "query" or "header" where it is not the body
	Name    string `json:"name,omitempty"`    // of the parameter or header
	Code    string `json:"code,omitempty"`
}

// Upstream is what the vendor itself sent.
type Upstream struct {
	Name      string `json:"name"`
	Vendor    string `json:"vendor,omitempty"`
	Status    int    `json:"status"`
	Code      string `json:"code,omitempty"`
	Type      string `json:"type,omitempty"`    // of a problem the vendor sent
	Message   string `json:"message,omitempty"` // its own words, where detail differs
	RequestID string `json:"request_id,omitempty"`
}

// Extension is one further member of a problem.
type Extension struct {
	Name  string
	Value any
}

// members are the names that no extension may take.
var members = []string{
	"type", "title", "status", "detail", "instance", "code", "origin", "fault", "retryable", "retry_after", "request_id",
	"errors", "hints", "docs", "upstream", "mapped",
}

// IsMember is true for a name that many decoders confuse with a member's, because they ignore case: Status.
func IsMember(name string) bool {
	return slices.ContainsFunc(members, func(member string) bool { return strings.EqualFold(member, name) })
}

// Encode returns p as one JSON object of at most MaxBytes. What does not fit is left out: first
// extensions, then violations from the end, then hints. It never fails and never changes p.
func (p Problem) Encode() []byte {
	body := p.appendTo(make([]byte, 0, usualProblemBytes))
	for len(body) > MaxBytes && p.shrink() {
		body = p.appendTo(body[:0])
	}
	for _, e := range p.Extensions {
		body = appendMember(body, e)
	}
	return append(body, '\n')
}

// shrink drops the second half of the longest list; false means that nothing is left to drop.
func (p *Problem) shrink() bool {
	switch {
	case len(p.Errors) > 0:
		p.Errors = p.Errors[:len(p.Errors)/2]
	case len(p.Hints) > 0:
		p.Hints = p.Hints[:len(p.Hints)/2]
	case p.Docs != "":
		p.Docs = ""
	case len(p.Detail) > 0:
		p.Detail = document.Clip(p.Detail, len(p.Detail)/2)
	default:
		return false
	}
	return true
}

// appendMember adds one member before the closing brace of object, if it is allowed and fits.
func appendMember(object []byte, e Extension) []byte {
	if e.Name == "" || IsMember(e.Name) || !utf8.ValidString(e.Name) {
		return object
	}
	member, err := json.Marshal(map[string]any{e.Name: e.Value})
	if err != nil || len(object)+len(member) >= MaxBytes {
		return object
	}
	out := append(object[:len(object)-1], ',')
	return append(out, member[1:]...)
}
