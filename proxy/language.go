package proxy

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"gateway/problem"
)

// Language holds the words of problems in a language other than English. What it leaves out is shown in English. The zero
// value and nil are English.
type Language struct {
	Tag   string                         `yaml:"language"` // RFC 5646, as in de or pt-BR
	Types map[problem.Type]problem.Words `yaml:"types"`
	Page  PageWords                      `yaml:"page"`
	Hints map[string]map[string][]string `yaml:"hints"` // of profiles, by name and then as in the profile
}

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$`)

// Validate checks the words and the language's tag.
func (l Language) Validate() error {
	var errs []error
	if !languageTag.MatchString(l.Tag) {
		errs = append(errs, fmt.Errorf("language: %q is no language tag; write it as in de or pt-BR", l.Tag))
	}
	for t := range l.Types {
		if _, known := t.Info(); !known {
			errs = append(errs, fmt.Errorf("types.%s: is no type of problem", t))
		}
	}
	return errors.Join(errs...)
}

// Over returns l with what it leaves out taken from base, which is of the same language.
func (l Language) Over(base Language) Language {
	out := Language{Tag: l.Tag, Page: l.Page.over(base.Page), Types: maps.Clone(base.Types), Hints: maps.Clone(base.Hints)}
	if out.Types == nil {
		out.Types = map[problem.Type]problem.Words{}
	}
	for t, words := range l.Types {
		out.Types[t] = overWords(words, base.Types[t])
	}
	if out.Hints == nil {
		out.Hints = map[string]map[string][]string{}
	}
	for profile, hints := range l.Hints {
		merged := maps.Clone(base.Hints[profile])
		if merged == nil {
			merged = map[string][]string{}
		}
		maps.Copy(merged, hints)
		out.Hints[profile] = merged
	}
	return out
}

func overWords(w, base problem.Words) problem.Words {
	return problem.Words{
		Title: cmp.Or(w.Title, base.Title), Meaning: cmp.Or(w.Meaning, base.Meaning),
		Cause: cmp.Or(w.Cause, base.Cause), Cure: cmp.Or(w.Cure, base.Cure),
	}
}

// tag names the language in Content-Language.
func (l *Language) tag() string {
	if l == nil {
		return "en"
	}
	return l.Tag
}

// words returns the texts for a type.
func (l *Language) words(t problem.Type) problem.Words {
	if l == nil {
		return t.Words()
	}
	return overWords(l.Types[t], t.Words())
}

// hints returns the translated hints of a profile on a rule, code or type; the English ones if there is no translation.
func (l *Language) hints(profile, on string, english []string) []string {
	if l == nil {
		return english
	}
	if hints := l.Hints[profile][on]; len(hints) > 0 {
		return hints
	}
	return english
}

// page returns the words of pages.
func (l *Language) page() PageWords {
	if l == nil {
		return englishPage
	}
	return l.Page.over(englishPage)
}

// languages are the languages other than English, by tag in lower case.
type languages map[string]*Language

func newLanguages(all []Language) languages {
	out := languages{}
	for _, l := range all {
		out[strings.ToLower(l.Tag)] = &l
	}
	return out
}

// lookup returns the language that a caller prefers (RFC 4647, section 3.4). It returns nil for English, which callers also
// get if none of their languages exists here.
func (ls languages) lookup(acceptLanguage []string) *Language {
	if len(acceptLanguage) == 0 {
		return nil
	}
	type liked struct {
		tag string
		q   float64
	}
	var all []liked
	for entry := range strings.SplitSeq(strings.ToLower(strings.Join(acceptLanguage, ",")), ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(entry), ";")
		q := 1.0
		if text, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); ok {
			q = weight(text)
		}
		if q > 0 {
			all = append(all, liked{strings.TrimSpace(tag), q})
		}
	}
	slices.SortStableFunc(all, func(a, b liked) int { return cmp.Compare(b.q, a.q) })
	for _, each := range all {
		if l, ok := ls.find(each.tag); ok {
			return l
		}
	}
	return nil
}

// find tries a tag, and then without its last parts.
func (ls languages) find(tag string) (*Language, bool) {
	for tag != "" {
		if l, ok := ls[tag]; ok {
			return l, true
		}
		if tag == "en" || tag == "*" {
			return nil, true
		}
		tag = tag[:max(0, strings.LastIndexByte(tag, '-'))]
	}
	return nil, false
}
