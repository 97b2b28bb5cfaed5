package normalize

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gateway/problem"
)

// codeTable maps the vendor's machine codes to types. Case does not matter. * stands for anything, so 214* is a range of
// numbers. The zero value knows no code.
type codeTable struct {
	exact  map[string]problem.Type
	ranges []codeRange
}

// codeRange is a code with *.
type codeRange struct {
	codes glob
	as    problem.Type
}

// compileCodes reads the codes of a profile or a rule.
func compileCodes(byType map[problem.Type][]string) (codeTable, error) {
	var (
		errs   []error
		ranges []string
		types  = map[string]problem.Type{}
	)
	for _, as := range slices.Sorted(maps.Keys(byType)) {
		if _, ok := as.Info(); !ok {
			errs = append(errs, fmt.Errorf("codes.%s: %s", as, unknownType(as)))
		}
		for i, code := range byType[as] {
			code = strings.ToLower(code)
			if first, twice := types[code]; twice {
				errs = append(errs, fmt.Errorf("codes.%s[%d]: %q is listed under %s already; case does not matter in codes", as, i, code, first))
			}
			types[code] = as
			if strings.Contains(code, "*") {
				ranges = append(ranges, code)
			}
		}
	}
	t := codeTable{exact: types}
	slices.SortFunc(ranges, narrowest)
	for i, codes := range globs(ranges, "") {
		t.ranges = append(t.ranges, codeRange{codes, types[ranges[i]]})
	}
	return t, errors.Join(errs...)
}

// narrowest sorts narrower ranges first: 2142* before 21*.
func narrowest(a, b string) int {
	return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
}

// typeOf returns what a code means; false if it is not listed.
func (t *codeTable) typeOf(code string) (problem.Type, bool) {
	if code == "" {
		return "", false
	}
	if as, ok := t.exact[strings.ToLower(code)]; ok {
		return as, true
	}
	for _, each := range t.ranges {
		if each.codes.matches(code) {
			return each.as, true
		}
	}
	return "", false
}

// isEmpty is true if no code is listed.
func (t *codeTable) isEmpty() bool { return len(t.exact) == 0 }
