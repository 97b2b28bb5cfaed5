package normalize

import (
	"slices"

	"gateway/document"
)

// ruleIndex finds the rules that may match an answer without trying each one, because many profiles have a rule for each
// code.
type ruleIndex struct {
	rules  []*rule
	always []int // places of rules that no text leads to
	keyed  []keyedRules
}

// keyedRules are the positions of rules, by the text that they require at a pointer.
type keyedRules struct {
	pointer document.Pointer
	places  map[string][]int
}

func newRuleIndex(rules []*rule) ruleIndex {
	x := ruleIndex{rules: rules}
	for place, rule := range rules {
		key := rule.match.key()
		if key == nil {
			x.always = append(x.always, place)
			continue
		}
		places := x.at(key.pointer)
		for _, text := range key.test.is {
			places[text] = append(places[text], place)
		}
	}
	return x
}

// at returns the positions by the text at p.
func (x *ruleIndex) at(p document.Pointer) map[string][]int {
	for i := range x.keyed {
		if slices.Equal(x.keyed[i].pointer, p) {
			return x.keyed[i].places
		}
	}
	places := map[string][]int{}
	x.keyed = append(x.keyed, keyedRules{p, places})
	return places
}

// key is a condition on the body that holds only if one of its texts is there; nil if there is none.
func (m *matcher) key() *condition {
	for i := range m.body {
		if t := &m.body[i].test; len(t.is) > 0 && t.of != "none" {
			return &m.body[i]
		}
	}
	return nil
}

// candidates returns the rules that may match a body, in their order.
func (x *ruleIndex) candidates(root *document.Node) []*rule {
	if len(x.keyed) == 0 {
		return x.rules
	}
	places := slices.Clone(x.always)
	for i := range x.keyed {
		for _, n := range x.keyed[i].pointer.Find(root) {
			if text, ok := n.Scalar(); ok {
				places = append(places, x.keyed[i].places[text]...)
			}
		}
	}
	slices.Sort(places)
	places = slices.Compact(places)
	out := make([]*rule, len(places))
	for i, place := range places {
		out[i] = x.rules[place]
	}
	return out
}
