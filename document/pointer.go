package document

import (
	"fmt"
	"slices"
	"strings"
)

// Pointer is a JSON Pointer (RFC 6901) in which * stands for every item or member.
type Pointer []string

// CompilePointer reads a JSON Pointer; "" and "/" are the whole body.
func CompilePointer(text string) (Pointer, error) {
	if text == "" || text == "/" {
		return Pointer{}, nil
	}
	if !strings.HasPrefix(text, "/") {
		return nil, fmt.Errorf("%q is no pointer: it begins with /, as in /errors/*/message", text)
	}
	return tokens(text), nil
}

// Branches is true for a pointer that may lead to several values.
func (p Pointer) Branches() bool { return slices.Contains(p, "*") }

// Find returns every value that p leads to from n, without nulls.
func (p Pointer) Find(n *Node) []*Node { return p.appendTo(nil, n) }

func (p Pointer) appendTo(out []*Node, n *Node) []*Node {
	for i, token := range p {
		if n == nil {
			return out
		}
		if token == "*" {
			return p[i+1:].appendAll(out, n)
		}
		n = n.step(token)
	}
	if n == nil || n.Kind == Null {
		return out
	}
	return append(out, n)
}

// appendAll continues from everything one level below n.
func (p Pointer) appendAll(out []*Node, n *Node) []*Node {
	for _, item := range n.Items {
		out = p.appendTo(out, item)
	}
	for _, m := range n.Members {
		out = p.appendTo(out, m.Value)
	}
	return out
}

// One returns the value that a pointer without * leads to; nil if there is none, or null.
func (p Pointer) One(n *Node) *Node {
	for _, token := range p {
		if n == nil {
			return nil
		}
		n = n.step(token)
	}
	if n == nil || n.Kind == Null {
		return nil
	}
	return n
}

// TextFrom returns the text that p leads to from n.
func (p Pointer) TextFrom(n *Node) string {
	if p.Branches() {
		return TextOf(p.Find(n))
	}
	one := p.One(n)
	if text, ok := one.Scalar(); ok {
		return text
	}
	return TextOf([]*Node{one})
}
