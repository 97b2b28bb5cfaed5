package document

import "errors"

// Why a body is not turned into a tree although its syntax may be right.
var (
	errDepth = errors.New("nested too deeply")
	errNodes = errors.New("too many values")
)

// tally is how much a tree may still grow.
type tally struct{ depth, nodes int }

// newTally returns what l allows.
func newTally(l Limits) tally { return tally{l.Depth, l.Nodes} }

// take counts one value at a depth, which begins with 1.
func (t *tally) take(depth int) error {
	t.nodes--
	switch {
	case depth > t.depth:
		return errDepth
	case t.nodes < 0:
		return errNodes
	}
	return nil
}

// LastWins keeps the last of several members with one name, at the position of the first, as JSON readers do.
func LastWins(members []Member) []Member {
	return merge(members, func(_, value *Node) *Node { return value })
}

// listed turns members with one name into a list, because XML and forms repeat a name for several values.
func listed(members []Member) []Member {
	return merge(members, func(kept, value *Node) *Node {
		if kept.Kind != List {
			kept = &Node{Kind: List, Items: []*Node{kept}}
		}
		kept.Items = append(kept.Items, value)
		return kept
	})
}

// fewMembers is up to how many members are compared one by one, without a map.
const fewMembers = 12

// merge joins members with one name, at the position of the first.
func merge(members []Member, join func(kept, value *Node) *Node) []Member {
	var at map[string]int
	if len(members) > fewMembers {
		at = make(map[string]int, len(members))
	}
	kept := members[:0]
	for _, m := range members {
		i := placeOf(m.Name, kept, at)
		if i >= 0 {
			kept[i].Value = join(kept[i].Value, m.Value)
			continue
		}
		if at != nil {
			at[m.Name] = len(kept)
		}
		kept = append(kept, m)
	}
	return kept
}

// placeOf returns where in kept the member called name is, or -1; at is its index if there is one.
func placeOf(name string, kept []Member, at map[string]int) int {
	if at != nil {
		if i, ok := at[name]; ok {
			return i
		}
		return -1
	}
	for i := range kept {
		if kept[i].Name == name {
			return i
		}
	}
	return -1
}
