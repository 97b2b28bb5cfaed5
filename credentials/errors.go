package credentials

import "time"

// Error reports a request that was not sent, because no credential could be put in, or because the vendor has refused the
// present one too often. It may be shown: its texts contain no secret.
type Error struct {
	Public     string        // for callers
	RetryAfter time.Duration // until another try may help; 0 if unknown
	Rejected   bool          // the vendor refused the credential; else none could be had
	Unfit      bool          // no entry of the list is for the request: the same one never succeeds
	Lacks      []string      // of an unfit request: headers that it does not have, by which entries for its consumer are picked
	Cause      error         // for the log; nil if there is none
}

// Error implements error.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Public
	}
	return e.Public + " " + e.Cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }
