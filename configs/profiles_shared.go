package configs

import (
	"errors"
	"fmt"
	"regexp"

	"gateway/normalize"
)

// sharedPrefix marks profiles that others include and no upstream uses.
const sharedPrefix = "shared-"

// includeShared replaces each include by the shared profile's rules. index gives for every rule its position in the file.
func (p *Profile) includeShared() (index []int, err error) {
	var (
		rules []normalize.Rule
		errs  []error
	)
	for i, rule := range p.Rules {
		added := []normalize.Rule{rule}
		if rule.Include != "" {
			added, err = sharedRules(rule.Include)
			if err != nil {
				errs = append(errs, fmt.Errorf("rules[%d].include: %w", i, err))
			}
		}
		for range added {
			index = append(index, i)
		}
		rules = append(rules, added...)
	}
	p.Rules = rules
	return index, errors.Join(errs...)
}

func sharedRules(name string) ([]normalize.Rule, error) {
	file := "profiles/" + sharedPrefix + name + ".yaml"
	data, err := builtIn.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("there are no shared rules %q", name)
	}
	var shared Profile
	d := &decoder{file: file}
	d.decode(data, &shared)
	return shared.Rules, d.report()
}

var ruleIndex = regexp.MustCompile(`^rules\[(\d+)\]`)

// originalRules turns the rule numbers of errors back into those of the file.
func originalRules(err error, index []int) error {
	var out []error
	for _, e := range normalize.SplitErrors(err) {
		text := ruleIndex.ReplaceAllStringFunc(e.Error(), func(at string) string {
			var n int
			if _, err := fmt.Sscanf(at, "rules[%d]", &n); err != nil || n >= len(index) {
				return at
			}
			return fmt.Sprintf("rules[%d]", index[n])
		})
		out = append(out, errors.New(text))
	}
	return errors.Join(out...)
}
