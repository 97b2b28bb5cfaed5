package normalize

import (
	"fmt"
	"slices"
	"strings"

	"gateway/document"
)

// pointer is a JSON Pointer (RFC 6901) whose tokens may be *, for every item or member.
type pointer []string

// compilePointer reads a JSON Pointer; "" and "/" are the whole body.
func compilePointer(text string) (pointer, error) {
	if text == "" || text == "/" {
		return pointer{}, nil
	}
	if !strings.HasPrefix(text, "/") {
		return nil, fmt.Errorf("%q is no pointer: it begins with /, as in /errors/*/message", text)
	}
	return document.Tokens(text), nil
}

// branches is true for a pointer that may lead to several values.
func (p pointer) branches() bool { return slices.Contains(p, "*") }

// find returns every value that p leads to from n, nulls left out.
func (p pointer) find(n *document.Node) []*document.Node { return p.appendTo(nil, n) }

func (p pointer) appendTo(out []*document.Node, n *document.Node) []*document.Node {
	for i, token := range p {
		if n == nil {
			return out
		}
		if token == "*" {
			return p[i+1:].appendAll(out, n)
		}
		n = n.Step(token)
	}
	if n == nil || n.Kind == document.Null {
		return out
	}
	return append(out, n)
}

// appendAll goes on from everything that is one level below n.
func (p pointer) appendAll(out []*document.Node, n *document.Node) []*document.Node {
	for _, item := range n.Items {
		out = p.appendTo(out, item)
	}
	for _, m := range n.Members {
		out = p.appendTo(out, m.Value)
	}
	return out
}

// one returns the value that a pointer without * leads to; nil where none is, or null.
func (p pointer) one(n *document.Node) *document.Node {
	for _, token := range p {
		if n == nil {
			return nil
		}
		n = n.Step(token)
	}
	if n == nil || n.Kind == document.Null {
		return nil
	}
	return n
}

// textFrom returns the text that p leads to from n.
func (p pointer) textFrom(n *document.Node) string {
	if p.branches() {
		return document.TextOf(p.find(n))
	}
	one := p.one(n)
	if text, ok := one.Scalar(); ok {
		return text
	}
	return document.TextOf([]*document.Node{one})
}
