package normalize

import (
	"time"

	"gateway/document"
	"gateway/problem"
)

// Explanation says how an answer was read.
type Explanation struct {
	Reading problem.Reading
	IsError bool
	Note    document.Note
	Missed  []Miss       // the rules that did not match, in order
	Hidden  problem.Type // of an error that is found in a success only where errors_in_success is auto; "": none
}

// Miss is what the answer lacks for a rule, such as "status 404 does not fit".
type Miss struct{ Rule, Lacks string }

// Explain reads a as Read does, and says for every rule before the one that matched what was missing.
func (r *Reader) Explain(a *document.Answer) Explanation {
	if a.Received.IsZero() {
		a.Received = time.Now()
	}
	var e Explanation
	e.Reading, e.IsError, e.Note = r.read(a, false, func(rule, lacks string) {
		e.Missed = append(e.Missed, Miss{rule, lacks})
	})
	if !e.IsError {
		if hidden, found, _ := r.ReadHidden(a); found {
			e.Hidden = hidden.Type
		}
	}
	return e
}
