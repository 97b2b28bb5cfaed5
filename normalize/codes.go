package normalize

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// codeTable tells types by the vendor's machine codes. Case does not matter; in a key * stands for anything, so that
// 214* is a range of numbers. The zero value knows no code.
type codeTable struct {
	exact  map[string]Type
	ranges []codeRange
}

// codeRange is a key with *.
type codeRange struct {
	re *regexp.Regexp
	as Type
}

// compileCodes reads a profile's or a rule's types.
func compileCodes(types map[string]Type) (codeTable, error) {
	t := codeTable{exact: map[string]Type{}}
	var (
		errs   []error
		ranges []string
	)
	for _, code := range sortedKeys(types) {
		if _, ok := types[code].Info(); !ok {
			errs = append(errs, fmt.Errorf("types.%s: %s", code, unknownType(types[code])))
		}
		if strings.Contains(code, "*") {
			ranges = append(ranges, code)
			continue
		}
		lower := strings.ToLower(code)
		if _, twice := t.exact[lower]; twice {
			errs = append(errs, fmt.Errorf("types.%s: stands there in another case already; case does not matter in codes", code))
		}
		t.exact[lower] = types[code]
	}
	slices.SortStableFunc(ranges, narrowest)
	for i, re := range globs(ranges, "") {
		t.ranges = append(t.ranges, codeRange{re, types[ranges[i]]})
	}
	return t, errors.Join(errs...)
}

// narrowest puts what leaves less open first: 2142* before 21*.
func narrowest(a, b string) int {
	return cmp.Compare(len(strings.ReplaceAll(b, "*", "")), len(strings.ReplaceAll(a, "*", "")))
}

// typeOf returns what a code means; false for one that is not listed.
func (t *codeTable) typeOf(code string) (Type, bool) {
	if code == "" {
		return "", false
	}
	if as, ok := t.exact[strings.ToLower(code)]; ok {
		return as, true
	}
	for _, each := range t.ranges {
		if each.re.MatchString(code) {
			return each.as, true
		}
	}
	return "", false
}

// isEmpty is true if no code is listed.
func (t *codeTable) isEmpty() bool { return len(t.exact)+len(t.ranges) == 0 }
