package normalize

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// Why a body is not made into a tree although its syntax may be right.
var (
	errDepth    = errors.New("nested too deeply")
	errNodes    = errors.New("too many values")
	errTrailing = errors.New("text after the value")
)

// tally counts what a tree may still grow by.
type tally struct{ depth, nodes int }

// newTally returns what l allows.
func newTally(l Limits) tally { return tally{l.Depth, l.Nodes} }

// node takes one value at a depth, counted from 1.
func (t *tally) node(depth int) error {
	t.nodes--
	switch {
	case depth > t.depth:
		return errDepth
	case t.nodes < 0:
		return errNodes
	}
	return nil
}

// ParseJSON makes data into a tree. The order of members and the digits of numbers stay as written, the last of
// equally named members wins, a lone surrogate or broken UTF-8 becomes U+FFFD. What follows an object or list is
// ignored, because PHP and proxies append notices to answers that are otherwise whole. The error says why data is
// no JSON or over the limits.
func ParseJSON(data []byte, l Limits) (*Node, error) {
	l = l.orDefault()
	var first json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, bomUTF8)))
	if err := dec.Decode(&first); err != nil {
		return nil, err
	}
	b := jsonBuilder{data: first, tally: newTally(l)}
	root, err := b.value(1)
	if err != nil {
		return nil, err
	}
	if root.Kind != Object && root.Kind != List && dec.More() {
		return nil, errTrailing
	}
	return root, nil
}

// jsonBuilder makes the tree of a value whose syntax encoding/json has checked: it only looks where tokens end.
type jsonBuilder struct {
	data []byte
	pos  int
	tally
}

// next skips white space and separators and returns the byte that a token begins with.
func (b *jsonBuilder) next() byte {
	for {
		switch c := b.data[b.pos]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
			b.pos++
		default:
			return c
		}
	}
}

// value reads one value of any kind.
func (b *jsonBuilder) value(depth int) (*Node, error) {
	c := b.next()
	if err := b.node(depth); err != nil {
		return nil, err
	}
	switch c {
	case '{':
		return b.object(depth)
	case '[':
		return b.list(depth)
	case '"':
		return &Node{Kind: String, Text: b.text()}, nil
	case 't', 'f':
		return &Node{Kind: Bool, Text: b.word()}, nil
	case 'n':
		b.word()
		return &Node{Kind: Null}, nil
	default:
		return &Node{Kind: Number, Text: b.word()}, nil
	}
}

// object reads members up to the closing brace.
func (b *jsonBuilder) object(depth int) (*Node, error) {
	n := &Node{Kind: Object}
	for b.pos++; b.next() != '}'; {
		name := b.text()
		value, err := b.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.Members = append(n.Members, Member{name, value})
	}
	b.pos++
	n.Members = lastWins(n.Members)
	return n, nil
}

// list reads items up to the closing bracket.
func (b *jsonBuilder) list(depth int) (*Node, error) {
	n := &Node{Kind: List}
	for b.pos++; b.next() != ']'; {
		item, err := b.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, item)
	}
	b.pos++
	return n, nil
}

// word reads a number, true, false or null.
func (b *jsonBuilder) word() string {
	rest := b.data[b.pos:]
	end := bytes.IndexAny(rest, " \t\r\n,:]}")
	if end < 0 {
		end = len(rest)
	}
	b.pos += end
	return string(rest[:end])
}

// text reads a string with its quotes.
func (b *jsonBuilder) text() string {
	rest := b.data[b.pos:]
	end := 1
	for rest[end] != '"' {
		if rest[end] == '\\' {
			end++
		}
		end++
	}
	b.pos += end + 1
	if inner := rest[1:end]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	var s string
	_ = json.Unmarshal(rest[:end+1], &s) // cannot fail: the syntax was checked
	return s
}

// lastWins keeps the last of the members of one name, in the place of the first.
func lastWins(members []Member) []Member {
	at := make(map[string]int, len(members))
	kept := members[:0]
	for _, m := range members {
		if i, double := at[m.Name]; double {
			kept[i].Value = m.Value
			continue
		}
		at[m.Name] = len(kept)
		kept = append(kept, m)
	}
	return kept
}
