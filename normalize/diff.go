package normalize

import (
	"cmp"
	"fmt"
	"strings"

	"gateway/document"
	"gateway/problem"
)

// Change is one member of a reading that differs under a changed profile; "" stands for a missing member.
type Change struct{ Member, Old, New string }

// Diff returns what a changed profile reads differently in one answer. successes is the upstream's errors_in_success; ""
// means "profile". Another rule is not a difference by itself: it is reported only beside others.
func Diff(old, changed *Reader, a *document.Answer, successes string) []Change {
	was, wasError := old.ReadAs(a, successes)
	is, isError := changed.ReadAs(a, successes)
	var out []Change
	add := func(member, old, changed string) {
		if old != changed {
			out = append(out, Change{member, old, changed})
		}
	}
	add("error", fmt.Sprint(wasError), fmt.Sprint(isError))
	add("type", string(was.Type), string(is.Type))
	add("status", number(was.Status), number(is.Status))
	add("detail", was.Detail, is.Detail)
	add("message", was.Message, is.Message)
	add("code", was.Code, is.Code)
	add("fault", string(was.Fault), string(is.Fault))
	add("retryable", fmt.Sprint(was.Retryable), fmt.Sprint(is.Retryable))
	add("retry_after", secondsOf(was), secondsOf(is))
	add("violations", violationText(was.Violations), violationText(is.Violations))
	add("hints", strings.Join(was.Hints, " · "), strings.Join(is.Hints, " · "))
	add("docs", was.Docs, is.Docs)
	add("request_id", was.RequestID, is.RequestID)
	if len(out) > 0 {
		add("rule", ruleText(was), ruleText(is))
	}
	return out
}

// ReadAs is Read of a complete answer; successes are searched for errors as errors_in_success says.
func (r *Reader) ReadAs(a *document.Answer, successes string) (problem.Reading, bool) {
	if a.Status < 400 && !r.LooksInto(a, int64(len(a.Body)), successes) {
		return problem.Reading{}, false
	}
	reading, isError, _ := r.read(a, looksEverywhere(a, successes), nil)
	return reading, isError
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// secondsOf is the wait that a reading names.
func secondsOf(r problem.Reading) string {
	if !r.HasRetryAfter {
		return ""
	}
	return fmt.Sprint(int64(r.RetryAfter.Seconds()))
}

// ruleText is the rule, or without one, how the type was found.
func ruleText(r problem.Reading) string { return cmp.Or(r.Rule, string(r.Mapped)) }

func violationText(violations []problem.Violation) string {
	texts := make([]string, len(violations))
	for i, v := range violations {
		texts[i] = v.Detail
		if v.Field != "" {
			texts[i] = v.Field + ": " + v.Detail
		}
	}
	return strings.Join(texts, " · ")
}
