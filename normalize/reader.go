// Package normalize reads vendors' errors. It distinguishes errors from successes, undoes codings, and finds type, words
// and violations, by the rules of a profile or generically.
package normalize

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"gateway/document"
	"gateway/wording"
)

// Reader reads answers by the rules of one profile. It is immutable and may be used concurrently; the zero value
// knows no vendor.
type Reader struct {
	profile Profile
	rules   []*rule
	index   ruleIndex // of rules
	success []*rule   // those of rules that may match a 2xx
	plain   taker     // the profile's Take alone, for answers that no rule matches
	codes   codeTable
	batches []*batchForm
	limits  document.Limits
}

// NewReader compiles a profile; nil gives the generic reader. The error joins everything that is wrong, each with its path
// in the profile.
func NewReader(p *Profile) (*Reader, error) {
	if p == nil {
		return &Reader{}, nil
	}
	rules, err := compileRules(p)
	plain, takeErr := p.Take.compile()
	codes, codesErr := compileCodes(p.Codes)
	batches, batchErr := compileBatches(p)
	err = errors.Join(takeErr, codesErr, err, batchErr, checkProfile(p))
	if err != nil {
		return nil, err
	}
	r := &Reader{profile: *p, rules: rules, index: newRuleIndex(rules), plain: plain, codes: codes, batches: batches}
	for _, rule := range rules {
		if rule.match.wantsSuccess() {
			r.success = append(r.success, rule)
		}
	}
	return r, nil
}

func checkProfile(p *Profile) error {
	var errs []error
	if p.Vendor == "" {
		errs = append(errs, errors.New("vendor: say whose API this is; it is told in every problem"))
	}
	if p.Docs != "" && wording.AbsoluteLink(p.Docs) != p.Docs {
		errs = append(errs, fmt.Errorf("docs: %q is no absolute link", p.Docs))
	}
	for _, t := range slices.Sorted(maps.Keys(p.Retryable)) {
		if _, ok := t.Info(); !ok {
			errs = append(errs, fmt.Errorf("retryable.%s: %s", t, unknownType(t)))
		}
	}
	return errors.Join(errs...)
}

// Vendor returns the company's name; "" for the generic reader.
func (r *Reader) Vendor() string { return r.profile.Vendor }

// Name returns the profile's name; "" for the generic reader.
func (r *Reader) Name() string { return r.profile.Name }

// TableRule stands for a rule's name if the profile's own codes determined the type.
const TableRule = "codes"

// RuleNames lists the rules in order, for metrics. "codes" stands for the profile's own codes, if it lists any.
func (r *Reader) RuleNames() []string {
	names := make([]string, len(r.rules), len(r.rules)+1)
	for i, rule := range r.rules {
		names[i] = rule.name
	}
	if !r.codes.isEmpty() {
		names = append(names, TableRule)
	}
	return names
}
