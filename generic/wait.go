package generic

import (
	"slices"

	"gateway/meaning"
	"gateway/problem"
	"gateway/ratehint"
)

// mayRepeat is true if the vendor says plainly that the same request may be sent again.
func (f *fault) mayRepeat(out problem.Reading) bool {
	if f.again != nil && *f.again {
		return true
	}
	switch out.Type {
	case problem.UpstreamError, problem.Conflict, problem.NotImplemented, problem.PreconditionFailed:
		return slices.ContainsFunc(f.allTexts(), func(text string) bool { return meaning.Says(meaning.TryAgain, text) })
	}
	return false
}

// waitFor is how long the vendor asks to wait: by Retry-After, by the body, or until a quota that is used up is whole
// again.
func (f *fault) waitFor(v *seen, t problem.Type) (ratehint.Span, bool) {
	if info, _ := t.Info(); !info.Waits() {
		return ratehint.Span{}, false
	}
	h, received := v.answer.Header, v.answer.Received
	if span, ok := ratehint.RetryAfter(h, received); ok {
		return span, true
	}
	if span, passed, ok := ratehint.Parse(f.wait, h, received); ok && !passed {
		return span, true
	}
	return ratehint.ResetAfter(ratehint.Quotas(h, received))
}
