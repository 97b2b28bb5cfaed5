package normalize

import (
	"slices"

	"gateway/problem"
)

// HintsOn returns the profile's causes and cures for a type.
func (r *Reader) HintsOn(t problem.Type) []string { return r.profile.Hints[string(t)] }

// Produces returns by which rules, and by which of the vendor's codes, the profile leads to t. It does not list what only
// the status or the generic reader leads to. Each code comes once, however many rules list it.
func (r *Reader) Produces(t problem.Type) (rules, codes []string) {
	known := func(listed []string) {
		for _, code := range listed {
			if !slices.Contains(codes, code) {
				codes = append(codes, code)
			}
		}
	}
	known(r.profile.Codes[t])
	for _, rule := range r.rules {
		listed := rule.spec.Codes[t]
		if rule.spec.Type == t || len(listed) > 0 {
			rules = append(rules, rule.name)
		}
		known(listed)
	}
	return rules, codes
}
