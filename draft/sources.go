package draft

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gateway/document"
	"gateway/normalize"
	"gateway/problem"
	"gateway/wording"
)

// sourcesOf finds where the answers have what the generic reader took from them.
func sourcesOf(kept []drafted) normalize.Take {
	var details, codes, ids []string
	var violations []normalize.ViolationFrom
	for _, d := range kept {
		details = append(details, pointerTo(d.doc.Root, d.read.Detail))
		codes = append(codes, pointerTo(d.doc.Root, d.read.Code))
		ids = append(ids, pointerTo(d.doc.Root, d.read.RequestID))
		if v, ok := violationsFrom(d.doc.Root, d.read.Violations); ok && !slices.ContainsFunc(violations, func(w normalize.ViolationFrom) bool { return same(v, w) }) {
			violations = append(violations, v)
		}
	}
	return normalize.Take{Detail: byCount(details), Code: byCount(codes), RequestID: byCount(ids), Violations: violations}
}

// byCount lists every place once, the most frequent first; nil if there is none.
func byCount(places []string) []string {
	counts := map[string]int{}
	for _, place := range places {
		if place != "" {
			counts[place]++
		}
	}
	if len(counts) == 0 {
		return nil
	}
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}

// pointerTo finds the first value below n with a wanted text; "" if there is none. It looks only at the first item of a
// list, because later items have no place that another answer would share.
func pointerTo(n *document.Node, wanted string) string {
	if n == nil || wanted == "" {
		return ""
	}
	pointer, _ := search(n, wanted, "", 0)
	return pointer
}

func search(n *document.Node, wanted, at string, depth int) (pointer string, found bool) {
	if text, ok := n.Scalar(); ok {
		return at, at != "" && (text == wanted || wording.CleanText(text, wording.MaxTextBytes) == wanted)
	}
	if depth > maxSchemaDepth {
		return "", false
	}
	for _, m := range n.Members {
		if pointer, found = search(m.Value, wanted, at+"/"+escapeToken(m.Name), depth+1); found {
			return pointer, true
		}
	}
	if len(n.Items) > 0 {
		return search(n.Items[0], wanted, at+"/0", depth+1)
	}
	return "", false
}

// escapeToken escapes a token of a pointer (RFC 6901, section 3).
func escapeToken(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// same is true for sources that are written in the same way.
func same(v, other normalize.ViolationFrom) bool {
	return v.Each == other.Each && v.Map == other.Map && slices.Equal(v.Field, other.Field) && slices.Equal(v.Detail, other.Detail)
}

// violationsFrom finds the map or list that violations were taken from.
func violationsFrom(root *document.Node, violations []problem.Violation) (normalize.ViolationFrom, bool) {
	if root == nil || len(violations) == 0 || violations[0].Field == "" {
		return normalize.ViolationFrom{}, false
	}
	return searchViolations(root, violations[0], "", 0)
}

func searchViolations(n *document.Node, first problem.Violation, at string, depth int) (normalize.ViolationFrom, bool) {
	if depth > maxSchemaDepth {
		return normalize.ViolationFrom{}, false
	}
	if at != "" && isFieldMapOf(n, first) {
		return normalize.ViolationFrom{Map: at}, true
	}
	if n.Kind == document.List && len(n.Items) > 0 && at != "" {
		field, detail := pointerTo(n.Items[0], first.Field), pointerTo(n.Items[0], first.Detail)
		if field != "" && detail != "" {
			return normalize.ViolationFrom{Each: at, Field: []string{field}, Detail: []string{detail}}, true
		}
	}
	for _, m := range n.Members {
		if v, ok := searchViolations(m.Value, first, at+"/"+escapeToken(m.Name), depth+1); ok {
			return v, true
		}
	}
	for i, item := range n.Items[:min(1, len(n.Items))] {
		if v, ok := searchViolations(item, first, at+"/"+strconv.Itoa(i), depth+1); ok {
			return v, true
		}
	}
	return normalize.ViolationFrom{}, false
}

// isFieldMapOf is true for a map in which a violation's field is a name and its words the value.
func isFieldMapOf(n *document.Node, v problem.Violation) bool {
	at := n.Get(v.Field)
	if at != nil && at.Kind == document.List && len(at.Items) > 0 {
		at = at.Items[0]
	}
	text, ok := at.Scalar()
	return ok && wording.CleanText(text, wording.MaxTextBytes) == v.Detail
}
