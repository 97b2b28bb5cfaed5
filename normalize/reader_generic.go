package normalize

import (
	"cmp"

	"gateway/generic"
	"gateway/problem"
)

// openness is what a rule leaves to the generic reader, because the rule does not say where it stands.
type openness struct{ detail, code, violations bool }

func (t Take) opens() openness {
	return openness{detail: t.Detail == nil, code: t.Code == nil, violations: t.Violations == nil}
}

// notSaid is what the profile's sources did not find in an answer that no rule matches.
func notSaid(r problem.Reading) openness {
	return openness{detail: r.Detail == "", code: r.Code == "", violations: len(r.Violations) == 0}
}

// any is true if words or codes are left open. The generic reader's type counts too in that case.
func (o openness) any() bool { return o.detail || o.code }

// overGeneric is the generic reading of an answer, overwritten by what a rule or a profile says.
func overGeneric(v *view, said problem.Reading, open openness) problem.Reading {
	out, ok := generic.Read(v.answer, v.doc)
	if !ok {
		return said
	}
	if !open.detail {
		out.Detail, out.Message = said.Detail, said.Message
	}
	if !open.code {
		out.Code = said.Code
	}
	out.RequestID = cmp.Or(said.RequestID, out.RequestID)
	out.Docs = cmp.Or(said.Docs, out.Docs)
	if !open.violations {
		out.Violations = said.Violations
	}
	if said.Status != v.answer.Status {
		out.Status = said.Status
	}
	return out
}
