package problem

import (
	"net/url"
	"strings"
)

// FieldPointer turns a/b or A[0].B into the fragment of a JSON Pointer (RFC 6901, section 6).
func FieldPointer(field string, camel bool) string {
	field = strings.TrimPrefix(field, "$") // the root of a JSON Path
	steps := strings.FieldsFunc(field, func(r rune) bool { return strings.ContainsRune("/.[]", r) })
	var b strings.Builder
	b.WriteByte('#')
	for _, step := range steps {
		if camel {
			step = strings.ToLower(step[:1]) + step[1:]
		}
		b.WriteByte('/')
		b.WriteString(url.PathEscape(strings.ReplaceAll(step, "~", "~0")))
	}
	return b.String()
}
