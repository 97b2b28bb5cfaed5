package normalize

// openness is what a rule leaves to the generic reader, as it does not say where that stands.
type openness struct{ detail, code, violations bool }

// allOpen is for answers without a rule.
var allOpen = openness{detail: true, code: true, violations: true}

func (t Take) opens() openness {
	return openness{detail: t.Detail == nil, code: t.Code == nil, violations: t.Violations == nil}
}

// any is true if words or codes are left open; then the generic reader's type counts too.
func (o openness) any() bool { return o.detail || o.code }

// overGeneric is what the generic reader makes of an answer, with what a rule or a profile says in its place.
func overGeneric(v *view, said Reading, open openness) Reading {
	out, ok := readGeneric(v.answer, v.doc)
	if !ok {
		return said
	}
	if !open.detail {
		out.Detail, out.Message = said.Detail, said.Message
	}
	if !open.code {
		out.Code = said.Code
	}
	out.RequestID = firstText(said.RequestID, out.RequestID)
	out.Docs = firstText(said.Docs, out.Docs)
	if len(said.Violations) > 0 || !open.violations {
		out.Violations = said.Violations
	}
	if said.Status != v.answer.Status {
		out.Status = said.Status
	}
	return out
}
