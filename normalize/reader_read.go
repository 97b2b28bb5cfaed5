package normalize

import (
	"cmp"

	"gateway/document"
	"gateway/generic"
	"gateway/problem"
	"gateway/ratehint"
	"gateway/wording"
)

// Read returns what a means; false if it is no error, that is a success that no rule matches.
func (r *Reader) Read(a *document.Answer) (problem.Reading, bool) {
	reading, ok, _ := r.read(a, false, nil)
	return reading, ok
}

// ReadHidden is Read for errors_in_success: auto: a success that no rule matches is read generically too. The note says
// what happened to the body.
func (r *Reader) ReadHidden(a *document.Answer) (problem.Reading, bool, document.Note) {
	return r.read(a, true, nil)
}

// read tries the rules, and calls why for each that does not match. With hidden, a success that no rule matches is read
// generically too.
func (r *Reader) read(a *document.Answer, hidden bool, why func(rule, lacks string)) (problem.Reading, bool, document.Note) {
	if len(r.success) == 0 && a.Status < 400 && !hidden {
		return problem.Reading{}, false, ""
	}
	v := &view{answer: a, doc: a.Open(r.limits)}
	rules := r.success
	switch {
	case a.Status >= 400 && why != nil:
		rules = r.rules
	case a.Status >= 400:
		rules = r.index.candidates(v.doc.Root)
	}
	for _, rule := range rules {
		missing := rule.match.lacks(v)
		if missing == (lack{}) {
			missing = rule.when.lacks(v)
		}
		if missing == (lack{}) {
			return r.byRule(v, rule), true, v.doc.Note
		}
		if why != nil {
			why(rule.name, rule.match.tell(v, missing))
		}
	}
	if a.Status >= 400 {
		return r.withoutRule(v), true, v.doc.Note
	}
	if !hidden {
		return problem.Reading{}, false, v.doc.Note
	}
	out, isError := generic.ReadHidden(v.answer, v.doc)
	if isError {
		out = r.finish(v, &rule{take: r.plain}, out)
	}
	return out, isError, v.doc.Note
}

// byRule takes from the answer what the rule says.
func (r *Reader) byRule(v *view, rule *rule) problem.Reading {
	out := rule.take.reading(v)
	if rule.open.any() {
		out = overGeneric(v, out, rule.open)
	}
	out.Mapped, out.Rule = problem.MappedRule, rule.name
	out.Type = r.typeBy(rule, out)
	return r.finish(v, rule, out)
}

// reading takes everything but the type.
func (t *taker) reading(v *view) problem.Reading {
	out := problem.Reading{Status: t.statusOf(v), Code: t.codeOf(v), Violations: t.violationsOf(v), Docs: t.linkOf(v)}
	out.Detail, out.Message = t.detailOf(v)
	out.RequestID = wording.CleanID(t.requestID.first(v, v.doc.Root))
	return out
}

// typeBy decides the type of an answer that a rule matched.
func (r *Reader) typeBy(rule *rule, out problem.Reading) problem.Type {
	if t, ok := rule.codes.typeOf(out.Code); ok {
		return t
	}
	if rule.spec.Type != "" {
		return rule.spec.Type
	}
	if t, ok := r.codes.typeOf(out.Code); ok {
		return t
	}
	if out.Type != "" {
		return out.Type
	}
	return problem.TypeOf(out.Status)
}

// withoutRule reads an answer that no rule matches: by its code, else generically, else by its status.
func (r *Reader) withoutRule(v *view) problem.Reading {
	out := r.plain.reading(v)
	out.Type, out.Mapped = generic.TypeByStatus(out.Status), problem.MappedStatus
	out = overGeneric(v, out, notSaid(out))
	if t, ok := r.codes.typeOf(out.Code); ok {
		out.Type, out.Mapped, out.Rule = t, problem.MappedRule, TableRule
	}
	return r.finish(v, &rule{take: r.plain}, out)
}

// finish adds what follows from the type: fault, retries, hints, documentation.
func (r *Reader) finish(v *view, by *rule, out problem.Reading) problem.Reading {
	info, _ := out.Type.Info()
	if out.Fault == "" {
		out.Fault = info.Fault
	}
	if by.spec.Fault != "" {
		out.Fault = by.spec.Fault
	}
	out.Retryable = out.Retryable || info.Retryable
	if says, ok := r.profile.Retryable[out.Type]; ok {
		out.Retryable = says
	}
	if by.spec.Retryable != nil {
		out.Retryable = *by.spec.Retryable
	}
	switch {
	case !info.Waits() && !out.Retryable:
		out.RetryAfter, out.AskedWait, out.HasRetryAfter = 0, 0, false
	case !info.Waits(): // what quotas tell says nothing of it, but Retry-After does (RFC 9110, section 10.2.3)
		span, named := ratehint.RetryAfter(v.answer.Header, v.answer.Received)
		out.RetryAfter, out.AskedWait, out.HasRetryAfter = span.Wait, span.Asked, named
	case !out.HasRetryAfter:
		span, named := by.take.retryAfterOf(v)
		out.RetryAfter, out.AskedWait, out.HasRetryAfter = span.Wait, span.Asked, named
	}
	out.HintsOn, out.Hints = r.hints(by, out)
	out.Docs = cmp.Or(out.Docs, r.profile.Docs)
	return out
}

// hints returns the hints that fit the case most closely, and what they are about.
func (r *Reader) hints(by *rule, out problem.Reading) (on string, hints []string) {
	if len(by.spec.Hints) > 0 {
		return by.name, by.spec.Hints
	}
	for _, key := range []string{by.name, out.Code, string(out.Type)} {
		if hints := r.profile.Hints[key]; key != "" && len(hints) > 0 {
			return key, hints
		}
	}
	return "", nil
}
