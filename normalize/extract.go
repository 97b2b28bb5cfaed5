package normalize

import (
	"slices"
	"strconv"

	"gateway/document"
	"gateway/problem"
	"gateway/ratehint"
	"gateway/wording"
)

// statusOf returns the status that the body names, else the answer's.
func (t *taker) statusOf(v *view) int {
	if n, err := strconv.Atoi(t.status.first(v, v.doc.Root)); err == nil && n >= 400 && n <= 599 {
		return n
	}
	return v.answer.Status
}

// detailOf returns the words that help most, and the first words if they are different. A generic sentence gives way to any
// later source.
func (t *taker) detailOf(v *view) (detail, message string) {
	for _, s := range t.detail {
		text := wording.CleanText(s.read(v, v.doc.Root), wording.MaxTextBytes)
		if text == "" {
			continue
		}
		if message == "" {
			message = text
		}
		if t.generic == nil || !t.generic.IsIn(text) {
			detail = text
			break
		}
	}
	switch {
	case detail == "":
		return message, ""
	case detail == message:
		return detail, ""
	}
	return detail, message
}

// codeOf returns the vendor's machine code.
func (t *taker) codeOf(v *view) string {
	return wording.CleanText(t.code.first(v, v.doc.Root), wording.MaxCodeBytes)
}

// linkOf returns an absolute link to the vendor's documentation. A host without a scheme gets https://.
func (t *taker) linkOf(v *view) string {
	return wording.AbsoluteLink(t.docsLink.first(v, v.doc.Root))
}

// retryAfterOf returns the time to wait, from the rule's own sources, else from any known header.
func (t *taker) retryAfterOf(v *view) (ratehint.Span, bool) {
	if len(t.retryAfter) == 0 {
		return ratehint.Wait(v.answer.Header, v.answer.Received)
	}
	someHavePassed := false
	for _, s := range t.retryAfter {
		span, passed, ok := ratehint.Parse(s.read(v, v.doc.Root), v.answer.Header, v.answer.Received)
		if ok && !passed {
			return span, true
		}
		someHavePassed = someHavePassed || passed
	}
	return ratehint.Span{}, someHavePassed // which asks for no wait
}

// violationsOf returns what is wrong with the request, in the vendor's order.
func (t *taker) violationsOf(v *view) []problem.Violation {
	var out []problem.Violation
	for i := range t.violations {
		out = t.violations[i].appendTo(out, v)
	}
	return out[:min(len(out), problem.MaxViolations)]
}

func (t *violationTaker) appendTo(out []problem.Violation, v *view) []problem.Violation {
	if t.hasMap {
		for _, m := range t.fields.Find(v.doc.Root) {
			out = t.appendMap(out, v, m)
		}
		return out
	}
	for _, list := range t.each.Find(v.doc.Root) {
		items := list.Items
		if list.Kind != document.List {
			items = []*document.Node{list}
		}
		out = slices.Grow(out, min(len(items), problem.MaxViolations))
		for _, item := range items {
			if found, ok := t.readItem(v, item); ok {
				out = append(out, found)
			}
		}
	}
	return out
}

// appendMap reads {field: text} and {field: [text, text]}.
func (t *violationTaker) appendMap(out []problem.Violation, v *view, n *document.Node) []problem.Violation {
	for _, m := range n.Members {
		texts := m.Value.Items
		if m.Value.Kind != document.List {
			texts = []*document.Node{m.Value}
		}
		for _, text := range texts {
			if detail := document.TextOf([]*document.Node{text}); detail != "" {
				out = append(out, t.violation(v, m.Name, detail, ""))
			}
		}
	}
	return out
}

// readItem reads one item of a list; ok is false for a sentence that names no field.
func (t *violationTaker) readItem(v *view, item *document.Node) (problem.Violation, bool) {
	if t.split != nil {
		m := t.split.FindStringSubmatch(document.TextOf([]*document.Node{item}))
		if m == nil {
			return problem.Violation{}, false
		}
		return t.violation(v, m[t.split.SubexpIndex("field")], m[t.split.SubexpIndex("detail")], ""), true
	}
	detail := t.detail.first(v, item)
	return t.violation(v, t.field.first(v, item), detail, t.code.first(v, item)), detail != ""
}

// violation builds one violation. It has a pointer if the profile says where fields are in the body.
func (t *violationTaker) violation(v *view, field, detail, code string) problem.Violation {
	out := problem.Violation{
		Field: wording.CleanText(field, wording.MaxTextBytes), Detail: wording.CleanText(detail, wording.MaxTextBytes),
		Code: wording.CleanText(code, wording.MaxCodeBytes), In: t.in,
	}
	if t.in != "" {
		out.Name = out.Field
	} else if t.pointer != "" && out.Field != "" && v.answer.MayHaveSentBody() {
		out.Pointer = problem.FieldPointer(out.Field, t.pointer == "camel")
	}
	return out
}
