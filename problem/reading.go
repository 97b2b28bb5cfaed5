package problem

import "time"

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
	// HasRetryAfter is true if the vendor named a time, even 0 s.
	HasRetryAfter bool
	AskedWait     time.Duration // what the vendor named, where RetryAfter is cut to less; else 0
	Mapped        Mapped
	Rule          string // name of the rule that matched; "" if none
	Extensions    []Extension
}

// WireStatus returns the status for the caller if the vendor's is kept: that of its answer, which is answered. An error that
// was hidden in a success gets the one that the body names, or its type's own if it names none; so does an error with a status
// that HTTP does not know, as 999.
func (r Reading) WireStatus(answered int) int {
	for _, status := range []int{answered, r.Status} {
		if status >= 400 && status <= 599 {
			return status
		}
	}
	info, _ := r.Type.Info()
	return info.Status
}
