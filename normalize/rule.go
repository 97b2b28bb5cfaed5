package normalize

import (
	"errors"
	"fmt"
	"regexp"

	"gateway/document"
	"gateway/problem"
	"gateway/wording"
)

// rule is a compiled Rule, with what the profile says for all rules filled in.
type rule struct {
	name  string
	spec  Rule
	match matcher
	when  *program
	take  taker
	codes codeTable
	open  openness
}

// taker is a compiled Take.
type taker struct {
	status, detail, code, docsLink, requestID, retryAfter sources
	generic                                               *wording.Phrase
	violations                                            []violationTaker
}

type violationTaker struct {
	each, fields        document.Pointer
	hasEach, hasMap     bool
	split               *regexp.Regexp
	field, detail, code sources
	pointer, in         string
}

// compileRules compiles every rule and reports everything that is wrong, by path.
func compileRules(p *Profile) ([]*rule, error) {
	var (
		out   []*rule
		errs  []error
		named = map[string]int{}
	)
	for i, spec := range p.Rules {
		path := fmt.Sprintf("rules[%d]", i)
		r, err := compileRule(spec, p.Take)
		for _, e := range SplitErrors(err) {
			errs = append(errs, fmt.Errorf("%s.%w", path, e))
		}
		if spec.Name == TableRule && len(p.Codes) > 0 {
			errs = append(errs, fmt.Errorf("%s.name: %q is what metrics call the profile's own codes; choose another", path, TableRule))
		}
		if first, taken := named[spec.Name]; taken {
			errs = append(errs, fmt.Errorf("%s.name: %q is the name of rules[%d] too; names tell rules apart in metrics", path, spec.Name, first))
		}
		named[spec.Name] = i
		out = append(out, r)
	}
	return out, errors.Join(append(errs, hidden(out)...)...)
}

var ruleName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

func compileRule(spec Rule, defaults Take) (*rule, error) {
	r := &rule{name: spec.Name, spec: spec}
	var errs []error
	if !ruleName.MatchString(spec.Name) {
		errs = append(errs, fmt.Errorf("name: %q must be lower-case words joined by -", spec.Name))
	}
	var err error
	r.match, err = spec.Match.compile()
	errs = append(errs, SplitErrors(err)...)
	r.open = spec.Take.or(defaults).opens()
	r.take, err = spec.Take.or(defaults).compile()
	errs = append(errs, SplitErrors(err)...)
	if spec.When != "" {
		r.when, err = compileWhen(spec.When)
		errs = append(errs, at(err, "when"))
	}
	r.codes, err = compileCodes(spec.Codes)
	errs = append(errs, SplitErrors(err)...)
	errs = append(errs, checkTypes(spec)...)
	return r, errors.Join(errs...)
}

func checkTypes(spec Rule) (errs []error) {
	if _, ok := spec.Type.Info(); spec.Type != "" && !ok {
		errs = append(errs, fmt.Errorf("type: %s", unknownType(spec.Type)))
	}
	if spec.Fault != "" && !isFault(spec.Fault) {
		errs = append(errs, fmt.Errorf("fault: %q is none of caller, account, credentials, vendor, gateway", spec.Fault))
	}
	return errs
}

func isFault(f problem.Fault) bool {
	switch f {
	case problem.FaultCaller, problem.FaultAccount, problem.FaultCredentials, problem.FaultVendor, problem.FaultGateway:
		return true
	}
	return false
}

func unknownType(t problem.Type) string {
	return fmt.Sprintf("%q is no type; the catalogue is listed by gateway schema problem and on the page /.gateway/problems/", t)
}

// SplitErrors gives the errors of errors.Join one by one, so that each gets its path or line.
func SplitErrors(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, SplitErrors(e)...)
	}
	return out
}

// or fills in from the profile's defaults what t does not say.
func (t Take) or(d Take) Take {
	fill(&t.Status, d.Status)
	fill(&t.Detail, d.Detail)
	fill(&t.Code, d.Code)
	fill(&t.Violations, d.Violations)
	fill(&t.DocsLink, d.DocsLink)
	fill(&t.RequestID, d.RequestID)
	fill(&t.RetryAfter, d.RetryAfter)
	if t.Generic == "" {
		t.Generic = d.Generic
	}
	return t
}

func fill[T any](field *[]T, fallback []T) {
	if *field == nil {
		*field = fallback
	}
}

func (t Take) compile() (taker, error) {
	var (
		c    taker
		errs []error
		err  error
	)
	for _, each := range []struct {
		path string
		from []string
		to   *sources
	}{
		{"status", t.Status, &c.status},
		{"detail", t.Detail, &c.detail},
		{"code", t.Code, &c.code},
		{"docs_link", t.DocsLink, &c.docsLink},
		{"request_id", t.RequestID, &c.requestID},
		{"retry_after", t.RetryAfter, &c.retryAfter},
	} {
		*each.to, err = compileSources(each.path, each.from)
		errs = append(errs, err)
	}
	if t.Generic != "" {
		c.generic, err = wording.CompilePhrase(t.Generic)
		errs = append(errs, at(err, "generic"))
	}
	for i, v := range t.Violations {
		taker, err := v.compile()
		for _, e := range SplitErrors(err) {
			errs = append(errs, fmt.Errorf("violations[%d].%w", i, e))
		}
		c.violations = append(c.violations, taker)
	}
	return c, errors.Join(errs...)
}

func (v ViolationFrom) compile() (violationTaker, error) {
	c := violationTaker{pointer: v.Pointer, in: v.In, hasEach: v.Each != "", hasMap: v.Map != ""}
	var errs []error
	if c.hasEach == c.hasMap {
		errs = append(errs, errors.New("each: say where the list is with each, or the map from fields to texts with map"))
	}
	var err error
	c.each, err = document.CompilePointer(v.Each)
	errs = append(errs, at(err, "each"))
	c.fields, err = document.CompilePointer(v.Map)
	errs = append(errs, at(err, "map"))
	c.field, err = compileSources("field", v.Field)
	errs = append(errs, err)
	c.detail, err = compileSources("detail", v.Detail)
	errs = append(errs, err)
	c.code, err = compileSources("code", v.Code)
	errs = append(errs, err)
	if v.Split != "" {
		c.split, err = regexp.Compile(v.Split)
		errs = append(errs, at(err, "split"))
		if err == nil && (c.split.SubexpIndex("field") < 0 || c.split.SubexpIndex("detail") < 0) {
			errs = append(errs, errors.New("split: needs the groups (?P<field>…) and (?P<detail>…)"))
		}
	}
	if v.Pointer != "" && v.Pointer != "same" && v.Pointer != "camel" {
		errs = append(errs, fmt.Errorf("pointer: %q is neither same nor camel", v.Pointer))
	}
	return c, errors.Join(errs...)
}
