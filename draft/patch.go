package draft

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/tools/txtar"

	"gateway/document"
	"gateway/normalize"
	"gateway/problem"
)

// Patch is what a profile lacks for answers that none of its rules mapped.
type Patch struct {
	Rules   []byte   // YAML, for the end of the profile's rules
	Samples []byte   // txtar, for the end of its samples: one for each of Rules
	Profile []byte   // the profile's source with Rules in it; nil where it has rules that are not written as a block
	Skipped []string // what could not be used, a sentence each
}

// NewPatch writes the rules that a profile lacks for recorded answers. They change readings only in that a rule maps them;
// the rest is left to their author. source is what p was read from; included rules of shared profiles are already in p.
func NewPatch(p normalize.Profile, source []byte, recorded []Recorded) (Patch, error) {
	p.Rules = slices.Clone(p.Rules)
	reader, err := normalize.NewReader(&p)
	if err != nil {
		return Patch{}, err
	}
	var (
		out   Patch
		kept  []drafted
		added []normalize.Rule
	)
	for _, r := range recorded {
		d, err := lackingRule(reader, r)
		if errors.Is(err, errNotLacking) {
			continue
		}
		var rule normalize.Rule
		if err == nil {
			rule, reader, err = addPatch(&p, reader, d)
		}
		if err != nil {
			out.Skipped = append(out.Skipped, r.Source+" "+err.Error())
			continue
		}
		kept, added = append(kept, d), append(added, rule)
	}
	if len(kept) == 0 {
		return out, fmt.Errorf("none of the %d answers is an error that no rule maps%s", len(recorded), asReason(out.Skipped))
	}
	files, err := sampleFiles(reader, kept)
	if err != nil {
		return out, err
	}
	out.Samples = txtar.Format(&txtar.Archive{Files: files})
	out.Rules, out.Profile = withRules(source, added)
	return out, nil
}

// errNotLacking is returned for an answer that needs no rule.
var errNotLacking = errors.New("is mapped by a rule, or no error")

// lackingRule reads an answer that no rule maps, as a sample.
func lackingRule(r *normalize.Reader, recorded Recorded) (drafted, error) {
	read, isError, note := r.ReadHidden(recorded.Answer)
	if !isError || read.Mapped == problem.MappedRule {
		return drafted{}, errNotLacking
	}
	d, err := asSample(recorded, note)
	if err != nil {
		return d, err
	}
	d.read, _, _ = r.ReadHidden(d.Answer)
	return d, nil
}

// addPatch adds the rule for d to p, whose reader is r, and returns the rule and the new reader.
func addPatch(p *normalize.Profile, r *normalize.Reader, d drafted) (normalize.Rule, *normalize.Reader, error) {
	rule, err := patchRule(d)
	if err != nil {
		return rule, r, err
	}
	rule.Name = freeName(p.Rules, rule.Name)
	with := func(rule normalize.Rule) (*normalize.Reader, problem.Reading, error) {
		extended := *p
		extended.Rules = append(slices.Clone(p.Rules), rule)
		r, err := normalize.NewReader(&extended)
		if err != nil {
			return nil, problem.Reading{}, err
		}
		got, _ := r.Read(d.Answer)
		return r, got, nil
	}
	_, got, err := with(rule)
	if err != nil {
		return rule, r, err
	}
	takeAlike(&rule, d, got)
	extended, got, err := with(rule)
	switch {
	case err != nil:
		return rule, r, err
	case got.Rule != rule.Name || got.Type != d.read.Type:
		return rule, r, errors.New("is read otherwise with a rule for it: write that by hand")
	}
	p.Rules = append(p.Rules, rule)
	return rule, extended, nil
}

// patchRule is the rule for an answer: by its code, else by the meaning of its words, else by where they are, else by its
// media type.
func patchRule(d drafted) (normalize.Rule, error) {
	rule, _, ok := ruleOf(d)
	if ok {
		return rule, nil
	}
	if d.answersSuccess() {
		return rule, errors.New("has nothing by which a rule could tell it from a success")
	}
	if code := pointerTo(d.doc.Root, d.read.Code); code != "" {
		rule.Name += "-" + slug(d.read.Code)
		rule.Match.Body = map[string]normalize.Test{code: {Is: []string{d.read.Code}}}
	} else if media := document.MediaType(d.Answer.Header.Get("Content-Type")); media != "" {
		rule.Match.Media = []string{media}
	}
	return rule, nil
}

// takeAlike makes the rule take what the generic reader found in other places than those where the profile looks.
func takeAlike(rule *normalize.Rule, d drafted, got problem.Reading) {
	at := func(want, got string) []string {
		if place := pointerTo(d.doc.Root, want); want != got && place != "" {
			return []string{place}
		}
		return nil
	}
	rule.Detail = at(d.read.Detail, got.Detail)
	rule.Code = at(d.read.Code, got.Code)
	rule.RequestID = at(d.read.RequestID, got.RequestID)
	if v, ok := violationsFrom(d.doc.Root, d.read.Violations); ok && !sameViolations(got.Violations, d.read.Violations) {
		rule.Violations = []normalize.ViolationFrom{v}
	}
}

// freeName is name, with a number after it if a rule already has that name.
func freeName(rules []normalize.Rule, name string) string {
	for free, n := name, 2; ; n++ {
		if !slices.ContainsFunc(rules, func(r normalize.Rule) bool { return r.Name == free }) {
			return free
		}
		free = name + "-" + strconv.Itoa(n)
	}
}

// asReason is why no answer could be used, for the end of a sentence.
func asReason(skipped []string) string {
	if len(skipped) == 0 {
		return ""
	}
	return ": one " + skipped[0]
}
