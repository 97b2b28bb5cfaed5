package normalize

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gateway/document"
)

// view is one answer as rules see it: opened once, looked at by many.
type view struct {
	answer *Answer
	doc    document.Document
}

// source is a compiled entry of Take: parts whose texts are put together.
type source []part

// part is a literal, or a place to look at.
type part struct {
	literal string
	kind    partKind
	pointer pointer
	name    string // of a header or parameter
}

type partKind uint8

const (
	literalPart partKind = iota
	bodyPart
	itemPart // the value itself, written "."
	headerPart
	authPart
	textPart
)

// pointer is a JSON Pointer (RFC 6901) whose tokens may be *, for every item or member.
type pointer []string

// placeholder is a place inside a composed source.
var placeholder = regexp.MustCompile(`\{([^{}]+)\}`)

// compileSource reads a source as it is written in a profile.
func compileSource(text string) (source, error) {
	if !strings.Contains(text, "{") {
		p, err := compilePart(text)
		return source{p}, err
	}
	var (
		s    source
		errs []error
		last int
	)
	for _, at := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		s = append(s, part{literal: text[last:at[0]]})
		p, err := compilePart(text[at[2]:at[3]])
		s, errs, last = append(s, p), append(errs, err), at[1]
	}
	return append(s, part{literal: text[last:]}), errors.Join(errs...)
}

func compilePart(text string) (part, error) {
	kind, name, named := strings.Cut(text, ":")
	switch {
	case text == ".":
		return part{kind: itemPart}, nil
	case text == "text":
		return part{kind: textPart}, nil
	case strings.HasPrefix(text, "/"):
		p, err := compilePointer(text)
		return part{kind: bodyPart, pointer: p}, err
	case named && name != "" && kind == "header":
		return part{kind: headerPart, name: name}, nil
	case named && name != "" && kind == "auth":
		return part{kind: authPart, name: name}, nil
	}
	return part{}, fmt.Errorf(`%q is no source: write a pointer such as /error/message, header:NAME, auth:NAME, text or "."`, text)
}

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

// read returns the text that s gives; "" where a part of it is not there. item is what relative pointers start at.
func (s source) read(v *view, item *document.Node) string {
	if len(s) == 1 && s[0].kind != literalPart { // as most have it
		return strings.TrimSpace(s[0].read(v, item))
	}
	var b strings.Builder
	for _, p := range s {
		text := p.literal
		if p.kind != literalPart {
			if text = strings.TrimSpace(p.read(v, item)); text == "" {
				return ""
			}
		}
		b.WriteString(text)
	}
	return b.String()
}

func (p part) read(v *view, item *document.Node) string {
	switch p.kind {
	case itemPart:
		return textOf([]*document.Node{item})
	case headerPart:
		return document.ToText([]byte(v.answer.Header.Get(p.name)), "")
	case authPart:
		return challengeParam(v.answer.Header.Values("Www-Authenticate"), p.name)
	case textPart:
		if v.doc.Format == document.FormatText && v.doc.Note == "" {
			return v.doc.Text
		}
		return ""
	default:
		return p.pointer.textFrom(item)
	}
}

// textFrom returns the text that p leads to from n.
func (p pointer) textFrom(n *document.Node) string {
	if p.branches() {
		return textOf(p.find(n))
	}
	one := p.one(n)
	if text, ok := one.Scalar(); ok {
		return text
	}
	return textOf([]*document.Node{one})
}

// textOf joins the texts of nodes; lists give the texts of their items.
func textOf(nodes []*document.Node) string {
	var texts []string
	for _, n := range nodes {
		if text, ok := n.Scalar(); ok && text != "" {
			texts = append(texts, text)
		} else if n != nil && n.Kind == document.List {
			if text := textOf(n.Items); text != "" {
				texts = append(texts, text)
			}
		}
	}
	return strings.Join(texts, " ")
}

// challengeParam finds a parameter of a challenge (RFC 9110, section 11.6.1), such as error of RFC 6750.
func challengeParam(challenges []string, name string) string {
	for _, challenge := range challenges {
		for _, m := range authParam.FindAllStringSubmatch(challenge, -1) {
			if strings.EqualFold(m[1], name) {
				return strings.ReplaceAll(m[2], `\"`, `"`) + m[3]
			}
		}
	}
	return ""
}

var authParam = regexp.MustCompile(`([A-Za-z_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))`)

// sources are fallbacks: the first that gives a text wins.
type sources []source

func compileSources(path string, texts []string) (sources, error) {
	var (
		out  sources
		errs []error
	)
	for i, text := range texts {
		s, err := compileSource(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s[%d]: %w", path, i, err))
		}
		out = append(out, s)
	}
	return out, errors.Join(errs...)
}

// first returns the first text.
func (s sources) first(v *view, item *document.Node) string {
	for _, each := range s {
		if text := each.read(v, item); text != "" {
			return text
		}
	}
	return ""
}
