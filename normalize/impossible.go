package normalize

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gateway/document"
)

// impossible reports parts of a match that no answer can satisfy.
func (m Match) impossible() error {
	var errs []error
	for i, method := range m.Method {
		if method != strings.ToUpper(method) {
			errs = append(errs, fmt.Errorf("match.method[%d]: %q can never match; methods are written in capitals", i, method))
		}
	}
	for i, path := range m.Path {
		if !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "*") {
			errs = append(errs, fmt.Errorf("match.path[%d]: %q can never match; a path begins with /", i, path))
		}
		if strings.Contains(path, "?") {
			errs = append(errs, fmt.Errorf("match.path[%d]: %q can never match; the query is no part of the path, test it with query", i, path))
		}
	}
	for i, media := range m.Media {
		if !strings.ContainsAny(media, "/*") || strings.Contains(media, ";") {
			errs = append(errs, fmt.Errorf("match.media[%d]: %q can never match; write a media type without parameters, as in application/json", i, media))
		}
	}
	if shapeless := len(m.Format) > 0 && !slices.ContainsFunc(m.Format, hasTree); shapeless {
		for _, pointer := range slices.Sorted(maps.Keys(m.Body)) {
			if m.Body[pointer].wantsSomething() {
				errs = append(errs, fmt.Errorf("match.body.%s: can never match; a body of format %s has no members", pointer, m.Format[0]))
			}
		}
	}
	return errors.Join(errs...)
}

// hasTree is true for formats whose bodies have members.
func hasTree(f document.Format) bool {
	return f != document.FormatEmpty && f != document.FormatHTML && f != document.FormatText
}

// wantsSomething is true for a test that a missing value cannot pass.
func (t Test) wantsSomething() bool {
	looks := len(t.Is) > 0 || t.Matches != "" || len(t.Says) > 0
	return t.Exists != nil && *t.Exists || t.Empty != nil && !*t.Empty || looks && t.Of != "none"
}

// impossible finds conditions of one test that exclude each other.
func (t *test) impossible() error {
	switch {
	case t.exists != nil && !*t.exists && t.looksAtText():
		return errors.New("can never match: what does not exist says nothing; drop exists: false or the rest")
	case t.empty != nil && *t.empty && t.looksAtText() && t.of != "none":
		return errors.New("can never match: what is empty says nothing; drop empty: true or the rest")
	case t.not != nil && t.exists != nil && t.not.exists != nil && *t.exists == *t.not.exists && !t.not.looksAtText() && t.not.empty == nil:
		return errors.New("can never match: not takes back what exists asks for")
	}
	if len(t.is) == 0 || t.of == "none" {
		return nil
	}
	rest := test{matches: t.matches, says: t.says}
	for _, text := range t.is {
		node := &document.Node{Kind: document.String, Text: text}
		if (!rest.looksAtText() || rest.passes(node)) && (t.not == nil || !t.not.holds([]*document.Node{node})) {
			return nil
		}
	}
	return fmt.Errorf("can never match: none of %s passes the rest of the test", strings.Join(t.is, ", "))
}
