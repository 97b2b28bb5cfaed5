package normalize

import (
	"gateway/document"
	"gateway/meaning"
	"gateway/problem"
)

// Profile describes how one vendor reports errors. It is written in YAML (configs/PROFILES.md) and compiled by
// NewReader; a Profile itself does nothing.
type Profile struct {
	Name   string   `yaml:"name"`
	Vendor string   `yaml:"vendor"` // the company, as people write it
	Docs   string   `yaml:"docs"`   // a page on its errors, offered where an answer has no link of its own
	Hosts  []string `yaml:"hosts"`  // globs of its host names, for profile: auto

	// Take is what every rule takes unless it says otherwise.
	Take `yaml:",inline"`

	// Codes lists the vendor's codes by the type they mean, for rules that say no type and for answers that no rule
	// matches. Case does not matter; * stands for anything, and the longest that fits wins.
	Codes map[problem.Type][]string `yaml:"codes"`
	// Retryable says by type what the vendor itself writes about sending the same request again.
	Retryable map[problem.Type]bool `yaml:"retryable"`
	// Hints are causes and cures in our words, by rule, vendor code or type; the first of these that has some is used.
	Hints map[string][]string `yaml:"hints"`
	// Rules are tried in this order; the first that matches wins.
	Rules []Rule `yaml:"rules"`
	// Batch says which successes tell of many items, and how. The first that matches wins.
	Batch []BatchFrom `yaml:"batch"`
}

// Rule says what one kind of answer means.
type Rule struct {
	Name    string `yaml:"name"`
	Include string `yaml:"include"` // instead of a rule: those of a shared profile, at this place
	Match   Match  `yaml:"match"`
	When    string `yaml:"when"` // CEL, for conditions that match cannot express
	Take    `yaml:",inline"`
	// Codes lists the vendor's codes by the type they mean here; Type is for all others. Without either, the profile's
	// codes, the generic reader and the status decide.
	Codes     map[problem.Type][]string `yaml:"codes"`
	Type      problem.Type              `yaml:"type"`
	Fault     problem.Fault             `yaml:"fault"`
	Retryable *bool                     `yaml:"retryable"`
	Hints     []string                  `yaml:"hints"`
}

// BatchFrom describes a success that tells of many items, of which some may have failed. A failed item is read by the
// rules of the profile as an answer of its own, with its own status; what the entry takes is looked up in the item.
type BatchFrom struct {
	Name  string `yaml:"name"`
	Match Match  `yaml:"match"` // only by the header, so without body and format; default of status: every 2xx but 206
	Items string `yaml:"items"` // "lines", or a pointer to the list; / if the body is the list
	// Item is a pointer inside an item to the object that tells how it went, and that gains a problem; default: the item.
	Item   string          `yaml:"item"`
	Key    []string        `yaml:"key"`    // sources of what names an item
	Failed map[string]Test `yaml:"failed"` // by JSON Pointer; one entry is enough; default: a status of 400 or more
	Take   `yaml:",inline"`
}

// Take says where in an answer things stand, as sources: "/a/b" is a value of the body by JSON Pointer, where * stands
// for all items; "header:NAME"; "auth:NAME" is a parameter of WWW-Authenticate; "text" is the whole of a text body;
// "{/a}/{/b}" puts several together and is there only if all of them are. The first source that is there wins.
type Take struct {
	Status     []string        `yaml:"status"`      // the status, if the body names another one than HTTP
	Detail     []string        `yaml:"detail"`      // what helps the caller most
	Generic    string          `yaml:"generic"`     // RE2 of sentences that say nothing: the next source is used instead
	Code       []string        `yaml:"code"`        // the vendor's machine code
	Violations []ViolationFrom `yaml:"violations"`  // each adds some
	DocsLink   []string        `yaml:"docs_link"`   // a link that the vendor sends; https:// is added if it has no scheme
	RequestID  []string        `yaml:"request_id"`  // the vendor's id of this request
	RetryAfter []string        `yaml:"retry_after"` // seconds, dates or moments; default: every known header
}

// ViolationFrom finds violations in a list, in a map from fields to texts, or in sentences.
type ViolationFrom struct {
	Each    string   `yaml:"each"`    // pointer to the list; the sources below are looked up in each item
	Map     string   `yaml:"map"`     // pointer to a map from a field to one text or several
	Split   string   `yaml:"split"`   // RE2 with groups named field and detail, for items that are sentences
	Field   []string `yaml:"field"`   // sources
	Detail  []string `yaml:"detail"`  // sources
	Code    []string `yaml:"code"`    // sources
	Pointer string   `yaml:"pointer"` // how fields are spelt in the caller's body: same, camel; "": unknown
	In      string   `yaml:"in"`      // query or header, where it is not the body
}

// Match says which answers a rule is for. All that is set must hold; in a list one entry is enough.
type Match struct {
	Status []string          `yaml:"status"` // 404, 4xx or 500-599; default: every error. A 2xx must be named
	Method []string          `yaml:"method"`
	Path   []string          `yaml:"path"`   // globs of the path the vendor saw: * is one segment, ** any number
	Media  []string          `yaml:"media"`  // globs of media types
	Format []document.Format `yaml:"format"` // what the body really is: json, xml, yaml, form, html, text, empty
	Query  map[string]Test   `yaml:"query"`
	Header map[string]Test   `yaml:"header"`
	Body   map[string]Test   `yaml:"body"` // by JSON Pointer, where * stands for all items
}

// Test is a condition on a value. A bare value or list in YAML is short for is. All that is set must hold.
type Test struct {
	Is      []string          `yaml:"is,bare"`
	Matches string            `yaml:"matches"` // RE2
	Says    []meaning.Meaning `yaml:"says"`    // a meaning, in whatever words
	Exists  *bool             `yaml:"exists"`  // null does not exist
	Empty   *bool             `yaml:"empty"`   // nothing in it
	Of      string            `yaml:"of"`      // of several values: any (default), every or none
	Not     *Test             `yaml:"not"`     // must not hold
}
