package normalize

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gateway/document"
	"gateway/meaning"
	"gateway/wording"
)

// condition is a Test of one value.
type condition struct {
	name    string // as the profile writes it
	pointer document.Pointer
	test    test
}

// test is a compiled Test.
type test struct {
	is      []string
	matches *wording.Phrase
	says    []meaning.Meaning
	exists  *bool
	empty   *bool
	of      string
	not     *test
}

func compileConditions(path string, tests map[string]Test, body bool) ([]condition, error) {
	var (
		out  []condition
		errs []error
	)
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		t, err := tests[name].compile()
		errs = append(errs, at(err, "%s.%s", path, name))
		c := condition{name: name, test: t}
		if body {
			c.pointer, err = document.CompilePointer(name)
			errs = append(errs, at(err, "%s", path))
		}
		out = append(out, c)
	}
	return out, errors.Join(errs...)
}

func (t Test) compile() (test, error) {
	c := test{is: t.Is, says: t.Says, exists: t.Exists, empty: t.Empty, of: t.Of}
	var errs []error
	for _, m := range t.Says {
		if !meaning.IsKnown(m) {
			errs = append(errs, fmt.Errorf("says: %q is no meaning; known are %s", m, commaed(meaning.All())))
		}
	}
	if t.Of != "" && !slices.Contains([]string{"any", "every", "none"}, t.Of) {
		errs = append(errs, fmt.Errorf("of: %q is none of any, every, none", t.Of))
	}
	if t.Matches != "" {
		matches, err := wording.CompilePhrase(t.Matches)
		errs = append(errs, at(err, "matches"))
		c.matches = matches
	}
	if t.Not != nil {
		not, err := t.Not.compile()
		errs = append(errs, at(err, "not"))
		c.not = &not
	}
	if err := errors.Join(errs...); err != nil {
		return c, err
	}
	return c, c.impossible()
}

// holdsIn tests a condition on a body. Most pointers lead to one value; for these it allocates no list.
func (c *condition) holdsIn(root *document.Node) bool {
	if c.pointer.Branches() {
		return c.test.holds(c.pointer.Find(root))
	}
	one := [...]*document.Node{c.pointer.One(root)}
	if one[0] == nil {
		return c.test.holds(nil)
	}
	return c.test.holds(one[:])
}

// holds is true if the values pass. Without any value, only a test for absence holds.
func (t *test) holds(values []*document.Node) bool {
	if t.exists != nil && *t.exists != (len(values) > 0) {
		return false
	}
	if t.not != nil && t.not.holds(values) {
		return false
	}
	if t.empty != nil {
		full := slices.ContainsFunc(values, func(n *document.Node) bool { return !n.IsEmpty() })
		if *t.empty == full {
			return false
		}
	}
	if !t.looksAtText() {
		return true
	}
	switch t.of {
	case "every":
		return len(values) > 0 && !slices.ContainsFunc(values, t.fails)
	case "none":
		return !slices.ContainsFunc(values, t.passes)
	default:
		return slices.ContainsFunc(values, t.passes)
	}
}

func (t *test) looksAtText() bool { return len(t.is) > 0 || t.matches != nil || len(t.says) > 0 }

// passes is true for one value with a wanted text.
func (t *test) passes(n *document.Node) bool {
	text, ok := n.Scalar()
	return ok && (len(t.is) == 0 || slices.Contains(t.is, text)) &&
		(t.matches == nil || t.matches.IsIn(text)) &&
		(len(t.says) == 0 || slices.ContainsFunc(t.says, func(m meaning.Meaning) bool { return meaning.Says(m, text) }))
}

func (t *test) fails(n *document.Node) bool { return !t.passes(n) }

func stringNodes(texts []string) []*document.Node {
	out := make([]*document.Node, len(texts))
	for i, text := range texts {
		out[i] = &document.Node{Kind: document.String, Text: text}
	}
	return out
}

// commaed lists meanings for messages.
func commaed(meanings []meaning.Meaning) string {
	texts := make([]string, len(meanings))
	for i, m := range meanings {
		texts[i] = string(m)
	}
	return strings.Join(texts, ", ")
}
