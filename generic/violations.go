package generic

import (
	"cmp"
	"slices"
	"strings"

	"gateway/document"
	"gateway/problem"
)

// violations returns what is wrong with the request. One without a field counts only among several.
func (f *fault) violations(a *document.Answer) []problem.Violation {
	all := f.violated()
	var out []problem.Violation
	seen := map[[2]string]bool{}
	for i := range all {
		for _, one := range all[i].violation(a) {
			if len(out) == problem.MaxViolations || one.Detail == "" || seen[[2]string{one.Field, one.Detail}] || one.Field == "" && len(all) < 2 {
				continue
			}
			seen[[2]string{one.Field, one.Detail}] = true
			out = append(out, one)
		}
	}
	out = withoutEchoes(out)
	if len(out) == 1 && out[0].Field == "" {
		return nil
	}
	return out
}

// withoutEchoes leaves out sentences that repeat what is told of a field elsewhere, or only put its name before, as the
// full messages of Rails do.
func withoutEchoes(all []problem.Violation) []problem.Violation {
	return slices.DeleteFunc(slices.Clone(all), func(one problem.Violation) bool {
		return one.Field == "" && slices.ContainsFunc(all, func(other problem.Violation) bool {
			return other.Field != "" && (one.Detail == other.Detail || strings.HasSuffix(one.Detail, " "+other.Detail))
		})
	})
}

// shorthand is a code that stands where words should.
func (f *fault) shorthand() string {
	for _, c := range f.codes {
		if c.rank == worstRank {
			return c.text
		}
	}
	return ""
}

// violation tells f once for each of its fields.
func (f *fault) violation(a *document.Answer) (out []problem.Violation) {
	detail, _ := f.detail()
	code := f.code(a.Status)
	if detail == "" && f.fieldRank == worstRank { // a name of something, and not of a field
		return nil
	}
	fields := slices.DeleteFunc(slices.Clone(f.fields), func(field string) bool { return strings.HasPrefix(a.Path, field) && strings.HasPrefix(field, "/") })
	if len(fields) == 0 {
		fields = []string{""}
		detail = cmp.Or(best(f.texts), best(f.titles))
	}
	for _, field := range fields {
		one := problem.Violation{Detail: cmp.Or(detail, f.shorthand(), code), Field: field, Code: code, In: f.where}
		if one.In != "" {
			one.Name = field
		} else if a.MayHaveSentBody() {
			one.Pointer = f.pointer
		}
		out = append(out, one)
	}
	return out
}
