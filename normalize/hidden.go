package normalize

import (
	"fmt"
	"reflect"
	"slices"
)

// hidden finds rules that can never match, because an earlier rule takes every answer that they would match.
func hidden(rules []*rule) (errs []error) {
	for i, late := range rules {
		for _, early := range rules[:i] {
			if hides(early, late) {
				errs = append(errs, fmt.Errorf("rules[%d].match: %q can never match, because %q above it takes every such answer; put it above that rule or narrow that rule",
					i, late.name, early.name))
				break
			}
		}
	}
	return errs
}

// hides is true if early surely matches everything that late matches: each of its conditions is also one of late's.
func hides(early, late *rule) bool {
	if early.spec.When != "" && early.spec.When != late.spec.When {
		return false
	}
	e, l := early.spec.Match, late.spec.Match
	return early.match.covers(&late.match) &&
		within(e.Method, l.Method) && within(e.Path, l.Path) && within(e.Media, l.Media) && within(e.Format, l.Format) &&
		implied(e.Query, l.Query) && implied(e.Header, l.Header) && implied(e.Body, l.Body)
}

// within is true if early allows all that late allows; an empty list allows everything.
func within[T comparable](early, late []T) bool {
	if len(early) == 0 {
		return true
	}
	return len(late) > 0 && !slices.ContainsFunc(late, func(v T) bool { return !slices.Contains(early, v) })
}

// implied is true if every test of early is a test of late.
func implied(early, late map[string]Test) bool {
	for name, t := range early {
		if other, ok := late[name]; !ok || !reflect.DeepEqual(t, other) {
			return false
		}
	}
	return true
}
