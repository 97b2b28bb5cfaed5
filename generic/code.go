package generic

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"

	"gateway/meaning"
	"gateway/wording"
)

// code returns the vendor's machine code: f's own before those below, codes before classes. One that only spells the
// status comes last.
func (f *fault) code(status int) string {
	own, class := usable(f.codes, status), usable(f.kinds, status)
	code := cmp.Or(unlessStatus(own), f.ownName(), f.codeBelow(status, false))
	if f.hasPoorCodes() {
		code = cmp.Or(f.ownName(), code)
	}
	if code == "" && own == "" {
		code = unlessStatus(class)
	}
	return cmp.Or(code, f.codeBelow(status, true), own, class, f.class)
}

// hasPoorCodes is true if codes stand only where words or statuses should.
func (f *fault) hasPoorCodes() bool {
	return !slices.ContainsFunc(f.codes, func(code ranked) bool { return code.rank < worstRank })
}

// ownName is the token under the name of the error, which is as good as a code if machines spell so.
func (f *fault) ownName() string {
	for _, kind := range f.kinds {
		if kind.rank == 0 && wording.IsCode(kind.text) && !wording.IsEnvelopeWord(kind.text) {
			return unlessStatus(kind.text)
		}
	}
	return ""
}

// unlessStatus is code, or "" for one that only spells a status.
func unlessStatus(code string) string {
	if wording.SpellsStatus(code) {
		return ""
	}
	return code
}

// codeBelow is the code of the first that has one, or its class.
func (f *fault) codeBelow(status int, class bool) string {
	for _, list := range [][]fault{f.items, f.inner} {
		for i := range list {
			of := list[i].codes
			if class {
				of = list[i].kinds
			}
			if code := cmp.Or(usable(of, status), list[i].codeBelow(status, class)); code != "" {
				return code
			}
		}
	}
	return ""
}

// usable returns the best of codes that are more than the status or an envelope's constant.
func usable(codes []ranked, status int) string {
	var found ranked
	for _, c := range codes {
		if n, err := strconv.Atoi(c.text); err == nil && (n == 0 || c.text[0] != '0' && (n == status || status >= 200 && status < 400 && IsErrorStatus(n))) {
			continue
		}
		if !wording.IsEnvelopeWord(c.text) {
			found.better(c.text, c.rank)
		}
	}
	return found.text
}

// isKnownCode is true for a token whose meaning is known.
func isKnownCode(text string) bool {
	_, known := meaning.SenseOfCode(text)
	return known && wording.IsToken(text)
}

var fieldShape = regexp.MustCompile(`^(?:[a-z]\w*|[A-Za-z]\w*(?:\[\d*\])?(?:\.\w+(?:\[\d*\])?)+)$`)

// isFieldName is true for what is spelt as fields are and is no code that is known: firstName, Order.Amount, tax_id.
func isFieldName(text string) bool {
	if !fieldShape.MatchString(text) {
		return false
	}
	_, known := meaning.SenseOfCode(text)
	return !known
}
