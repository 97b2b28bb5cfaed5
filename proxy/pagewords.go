package proxy

import (
	"maps"
	"reflect"

	"gateway/problem"
)

// PageWords are the fixed texts of the pages on types.
type PageWords struct {
	All      string                   `yaml:"all"`  // heading of the list
	Back     string                   `yaml:"back"` // link to the list
	Code     string                   `yaml:"code"`
	Act      string                   `yaml:"act"`
	Retry    string                   `yaml:"retry"`
	RetryYes string                   `yaml:"retry_yes"`
	RetryNo  string                   `yaml:"retry_no"`
	Cause    string                   `yaml:"cause"`
	Cure     string                   `yaml:"cure"`
	Vendors  string                   `yaml:"vendors"`
	Codes    string                   `yaml:"codes"`
	Rules    string                   `yaml:"rules"`
	Example  string                   `yaml:"example"`
	Acts     map[problem.Fault]string `yaml:"acts"` // who must act, by fault
}

var englishPage = PageWords{
	All: "Types of problems", Back: "All types", Code: "Code", Act: "Who must act",
	Retry: "Does a retry help?", RetryYes: "Yes, later; retry_after says when, if that is known.",
	RetryNo: "No: the same request will fail again.", Cause: "Cause", Cure: "Cure",
	Vendors: "Vendors that report it", Codes: "Codes", Rules: "Rules", Example: "Example",
	Acts: map[problem.Fault]string{
		problem.FaultCaller:      "The caller: change the request.",
		problem.FaultAccount:     "The owner of the account: change setup, rights or billing at the vendor.",
		problem.FaultCredentials: "Who keeps the credentials: fix the key or token.",
		problem.FaultVendor:      "The vendor: wait, or write to its support.",
		problem.FaultGateway:     "Who operates the gateway.",
	},
}

// over returns w, with empty texts filled in from base.
func (w PageWords) over(base PageWords) PageWords {
	own := w.Acts
	out, from := reflect.ValueOf(&w).Elem(), reflect.ValueOf(base)
	for i := range out.NumField() {
		if out.Field(i).IsZero() {
			out.Field(i).Set(from.Field(i))
		}
	}
	w.Acts = map[problem.Fault]string{}
	maps.Copy(w.Acts, base.Acts)
	maps.Copy(w.Acts, own)
	return w
}
