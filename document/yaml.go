package document

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxYAMLBytes is less than other formats may have, because YAML costs far more to parse.
const maxYAMLBytes = 16 << 10

var (
	errYAML     = errors.New("YAML with anchors, aliases or tags, or none at all")
	errYAMLSize = errors.New("too long for YAML")
)

// ParseYAML turns the first document of text into a tree of scalars, maps and lists. References (anchors, aliases, merge
// keys) and explicit types are refused, so that nothing can grow.
func ParseYAML(text string, l Limits) (*Node, error) {
	if len(text) > maxYAMLBytes {
		return nil, errYAMLSize
	}
	tokens := lexer.Tokenize(text)
	if err := checkYAML(tokens, l); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, err
	}
	if len(file.Docs) == 0 {
		return nil, errYAML
	}
	b := yamlBuilder{newTally(l)}
	return b.value(file.Docs[0].Body, 1)
}

// checkYAML refuses text that must not be parsed, before the parser recurses into it. Every block starts at a column of its
// own, to the right of the block around it.
func checkYAML(tokens token.Tokens, l Limits) error {
	var columns []int
	flow := 0
	for _, t := range tokens {
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType, token.TagType:
			return errYAML
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		}
		for len(columns) > 0 && columns[len(columns)-1] >= t.Position.Column {
			columns = columns[:len(columns)-1]
		}
		if t.Type == token.SequenceEntryType || t.Next != nil && t.Next.Type == token.MappingValueType {
			columns = append(columns, t.Position.Column)
		}
		if flow+len(columns) > l.Depth {
			return errDepth
		}
	}
	return nil
}

// yamlBuilder makes the tree.
type yamlBuilder struct{ tally }

// value makes one node of any kind.
func (b *yamlBuilder) value(n ast.Node, depth int) (*Node, error) {
	if err := b.take(depth); err != nil {
		return nil, err
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return b.object(n.Values, depth)
	case *ast.MappingValueNode:
		return b.object([]*ast.MappingValueNode{n}, depth)
	case *ast.SequenceNode:
		return b.list(n, depth)
	case *ast.NullNode:
		return &Node{Kind: Null}, nil
	case *ast.BoolNode:
		return &Node{Kind: Bool, Text: strings.ToLower(n.GetToken().Value)}, nil
	case *ast.IntegerNode, *ast.FloatNode:
		return &Node{Kind: Number, Text: n.GetToken().Value}, nil
	case *ast.StringNode:
		return &Node{Kind: String, Text: n.Value}, nil
	case *ast.LiteralNode:
		return &Node{Kind: String, Text: strings.TrimSpace(n.Value.Value)}, nil
	}
	return nil, errYAML
}

// object makes a map. A key that is not a scalar is refused.
func (b *yamlBuilder) object(values []*ast.MappingValueNode, depth int) (*Node, error) {
	n := &Node{Kind: Object}
	for _, v := range values {
		key, ok := v.Key.(ast.ScalarNode)
		if !ok {
			return nil, errYAML
		}
		value, err := b.value(v.Value, depth+1)
		if err != nil {
			return nil, err
		}
		n.Members = append(n.Members, Member{key.GetToken().Value, value})
	}
	n.Members = LastWins(n.Members)
	return n, nil
}

// list makes a sequence.
func (b *yamlBuilder) list(s *ast.SequenceNode, depth int) (*Node, error) {
	n := &Node{Kind: List}
	for _, v := range s.Values {
		item, err := b.value(v, depth+1)
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, item)
	}
	return n, nil
}
