package normalize

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"gateway/document"
)

// view is one answer as rules see it: opened once, read by many.
type view struct {
	answer *document.Answer
	doc    document.Document
}

// source is a compiled entry of Take: parts whose texts are joined.
type source []part

// part is a literal, or a place to look at.
type part struct {
	literal string
	kind    partKind
	pointer document.Pointer
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

// placeholder matches a place inside a composed source.
var placeholder = regexp.MustCompile(`\{([^{}]+)\}`)

// compileSource reads a source in the syntax of profiles.
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
		p, err := document.CompilePointer(text)
		return part{kind: bodyPart, pointer: p}, err
	case named && name != "" && kind == "header":
		return part{kind: headerPart, name: name}, nil
	case named && name != "" && kind == "auth":
		return part{kind: authPart, name: name}, nil
	}
	return part{}, fmt.Errorf(`%q is no source: write a pointer such as /error/message, header:NAME, auth:NAME, text or "."`, text)
}

// read returns the text of s; "" if a part of it is missing. Relative pointers start at item.
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
		return document.TextOf([]*document.Node{item})
	case headerPart:
		return document.ToText([]byte(v.answer.Header.Get(p.name)), "")
	case authPart:
		return v.answer.Challenge(p.name)
	case textPart:
		if v.doc.Format == document.FormatText && v.doc.Note == "" {
			return v.doc.Text
		}
		return ""
	default:
		return p.pointer.TextFrom(item)
	}
}

// sources are alternatives: the first that gives a text wins.
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
