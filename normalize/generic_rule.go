package normalize

// isOpen is true for a rule that says neither where words nor where codes stand: what it does not say is read as
// generically as an answer without a rule.
func (t Take) isOpen() bool { return t.Detail == nil && t.Code == nil }

// overGeneric is what the generic reader makes of an answer, with what a rule or a profile says in its place.
func overGeneric(v *view, said Reading) Reading {
	out, ok := readGeneric(v.answer, v.doc)
	if !ok {
		return said
	}
	out.RequestID = firstText(said.RequestID, out.RequestID)
	out.Docs = firstText(said.Docs, out.Docs)
	if len(said.Violations) > 0 {
		out.Violations = said.Violations
	}
	if said.Status != v.answer.Status {
		out.Status = said.Status
	}
	return out
}
