package generic

import (
	"regexp"
	"slices"
	"strings"

	"gateway/document"
	"gateway/meaning"
	"gateway/problem"
	"gateway/wording"
)

// typeOf decides what f means: by machine code, then by words, then by status, which is told.
func (f *fault) typeOf(v *seen, out problem.Reading) (t problem.Type, byStatus bool) {
	if f.known != "" {
		return f.known, false
	}
	status := likeStatus(v, out.Status)
	code, known := f.sense(status)
	words := f.byWords(v, status, code.As)
	if known && code.Firm && !isNarrower(words, code.As, status) && !(code.As == problem.InvalidRequest && (namesFields(out) || status == 400 && f.isAboutData(v.answer, out))) {
		return atStatus(code.As, status), false
	}
	if words != "" {
		return atStatus(words, status), false
	}
	if named, ok := wording.StatusNamed(out.Detail); ok && !isListed(out.Status) {
		return TypeByStatus(named), false
	}
	if known && !code.Firm && code.As == problem.InvalidRequest && v.answer.Status < 400 {
		if t := f.subject(v, out); t != "" {
			return t, false
		}
	}
	if known && refines(code.As, status) && !(code.As == problem.InvalidRequest && namesFields(out)) && !(code.As == problem.ValidationFailed && status == 400 && !v.answer.MayHaveSentBody()) {
		return code.As, false
	}
	if out.Status < 400 {
		return f.hidden(v, out), false
	}
	if v.answer.Status < 400 && (out.Status == 400 || out.Status == 500) { // all that some vendors have for a code
		if t := f.subject(v, out); t != "" {
			return t, false
		}
	}
	if (status == 400 || f.callers) && f.isAboutData(v.answer, out) {
		return problem.ValidationFailed, false
	}
	if f.callers {
		return problem.InvalidRequest, false
	}
	return TypeByStatus(out.Status), true
}

// isNarrower is true for what words tell of that codes of another type are used for as well.
func isNarrower(words, code problem.Type, status int) bool {
	return words == problem.Conflict && code == problem.PermissionDenied && status == 400 || words == problem.Unauthenticated && code == problem.PermissionDenied && status == 401 || words == problem.AlreadyExists && code == problem.Conflict || words == problem.QuotaExceeded && (code == problem.RateLimited || code == problem.PaymentRequired)
}

// hidden is the type of an error in a success that nothing tells more of.
func (f *fault) hidden(v *seen, out problem.Reading) problem.Type {
	switch {
	case out.Detail != "" && meaning.Says(meaning.MissingParameter, out.Detail) && !meaning.Says(meaning.BadValue, out.Detail) && !namesFields(out):
		return problem.InvalidRequest
	case f.isAboutData(v.answer, out):
		return problem.ValidationFailed
	}
	if t := f.subject(v, out); t != "" {
		return t
	}
	if v.doc.RootName == "Envelope" && !meaning.FindsFault(out.Detail) || isGraphQL(v.doc.Root) {
		return problem.UpstreamError
	}
	return problem.InvalidRequest
}

// subject is the type of what an error's words or codes are about.
func (f *fault) subject(v *seen, out problem.Reading) problem.Type {
	if namesFields(out) {
		return ""
	}
	words := append(f.allTexts(), textsOf(append(slices.Clone(f.inner), f.items...))...)
	for _, code := range f.allCodes() {
		words = append(words, meaning.CodeWords(code))
	}
	t := meaning.SubjectOf(strings.Join(words, ". "))
	if t == problem.ValidationFailed && !v.answer.MayHaveSentBody() {
		return problem.InvalidRequest
	}
	return t
}

// sense is what f's codes mean: the first firm one that fits the status, else the first soft one. Codes below count
// where all agree.
func (f *fault) sense(status int) (found meaning.CodeSense, ok bool) {
	for _, code := range f.allCodes() {
		sense, known := meaning.SenseOfCode(code)
		if !known || !fits(sense.As, status) {
			continue
		}
		if wording.SpellsStatus(code) && sense.As == problem.TypeOf(status) { // no more than the status
			sense.Firm = false
		}
		if sense.Firm {
			return sense, true
		}
		if !ok {
			found, ok = sense, true
		}
	}
	return found, ok
}

// allCodes lists f's codes and classes, those that all below share, and what a problem's type ends with.
func (f *fault) allCodes() []string {
	var out []string
	for _, list := range [][]ranked{f.codes, f.kinds} {
		for _, each := range list {
			out = append(out, each.text)
		}
	}
	out = append(out, sharedCodes(append(slices.Clone(f.items), f.inner...))...)
	if f.uri != "" && f.uri != "about:blank" { // RFC 9457, section 4.2.1: no more than the status
		out = append(out, lastPart.FindString(f.uri))
	}
	return out
}

// lastPart is the end of a URI's path or its fragment.
var lastPart = regexp.MustCompile(`[A-Za-z][\w-]*$`)

// sharedCodes are the codes of the first, if all others mean the same.
func sharedCodes(below []fault) []string {
	if len(below) == 0 {
		return nil
	}
	codes := below[0].allCodes()
	var of problem.Type
	for i := range below {
		sense, _ := below[i].sense(0)
		if i > 0 && sense.As != of {
			return nil
		}
		of = sense.As
	}
	return codes
}

// isAboutData is true for a 400 that lists fields of the body, or tells of a value that is well-formed and not taken.
func (f *fault) isAboutData(a *document.Answer, out problem.Reading) bool {
	if !a.MayHaveSentBody() {
		return false
	}
	if (len(f.fields) == 0 || len(f.items) > 0) && namesFields(out) {
		return true
	}
	if out.Message != "" && meaning.Says(meaning.BadValue, out.Message) {
		return true
	}
	return f.every(func(text string) bool {
		return meaning.Says(meaning.BadValue, text) || meaning.Says(meaning.AlreadyExists, text) || refusesValue(text)
	}, out.Detail)
}

var (
	// refusal is how a sentence refuses what it names first.
	refusal = regexp.MustCompile(`^((?:[\pL\d._'/-]+ ){1,7})(?:is|are|was|were|ist|est|es|é|no es|não é) (?:not (?:a )?valid|invalid|unsupported|not supported|` +
		`ungültig|nicht gültig|invalide|non valide|pas valide|válid[oa]|inválid[oa])$`)
	// refused is how a sentence refuses what it names last.
	refused = regexp.MustCompile(`^(?:invalid|incorrect|unsupported) ((?:[\pL\d-]+ ){1,6}[\pL\d-]+)$`)
	// technical are words for what is wrong with a request itself, and not with the data that it brings.
	technical = regexp.MustCompile(`\b(?:requests?|parameters?|params?|arguments?|quer(?:y|ies)|headers?|body|payload|document|json|xml|syntax|formats?|types?|media|content|encoding|` +
		`ids?|identifiers?|uuid|guid|urls?|uris?|paths?|endpoints?|methods?|actions?|operations?|functions?|commands?|versions?|api|tokens?|keys?|signatures?|cursors?|pages?|filters?|sorts?|nonce|timestamps?|` +
		`input|data|values?|fields?|options?|it|this|that|which|solicitud|parámetro|anfrage|requête|paramètre)\b`)
)

// refusesValue is true for a sentence that says no more than that some data is not valid: Recipient zip is not valid.
func refusesValue(text string) bool {
	plain := meaning.PlainWords(text, false)
	m := refusal.FindStringSubmatch(plain)
	if m == nil {
		m = refused.FindStringSubmatch(plain)
	}
	return m != nil && !technical.MatchString(m[1])
}

// namesFields is true if a violation names a field of the body.
func namesFields(out problem.Reading) bool {
	return slices.ContainsFunc(out.Violations, func(v problem.Violation) bool {
		return v.Field != "" && v.In == "" && !strings.HasPrefix(v.Field, "path.")
	})
}

// every is true if all texts below f say so, or the detail where there are none.
func (f *fault) every(says func(string) bool, detail string) bool {
	below := textsOf(leaves(f.items))
	if len(below) == 0 {
		below = []string{detail}
	}
	return !slices.ContainsFunc(below, func(text string) bool { return !says(text) })
}
