package normalize

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gateway/document"
	"gateway/wording"
)

// matcher is a compiled Match. Its zero value matches every error.
type matcher struct {
	statuses []statusRange
	methods  []string
	paths    []glob
	media    []glob
	formats  []document.Format
	query    []condition
	header   []condition
	body     []condition
}

func (m Match) compile() (matcher, error) {
	c := matcher{methods: m.Method, formats: m.Format}
	var errs []error
	collect := func(err error) { errs = append(errs, err) }
	for i, text := range m.Status {
		r, err := parseStatus(text)
		collect(at(err, "match.status[%d]", i))
		c.statuses = append(c.statuses, r)
	}
	for _, f := range m.Format {
		if !slices.Contains(formats, f) {
			collect(fmt.Errorf("match.format: %q is none of %v", f, formats))
		}
	}
	c.paths, c.media = globs(m.Path, "/"), globs(m.Media, "")
	var err error
	c.query, err = compileConditions("match.query", m.Query, false)
	collect(err)
	c.header, err = compileConditions("match.header", m.Header, false)
	collect(err)
	c.body, err = compileConditions("match.body", m.Body, true)
	collect(err)
	collect(m.impossible())
	return c, errors.Join(errs...)
}

var formats = []document.Format{document.FormatEmpty, document.FormatJSON, document.FormatXML, document.FormatYAML, document.FormatForm, document.FormatHTML, document.FormatText}

// at adds a path before each of several joined errors; nil stays nil.
func at(err error, format string, args ...any) error {
	var out []error
	for _, e := range SplitErrors(err) {
		out = append(out, fmt.Errorf(format+": %w", append(slices.Clone(args), e)...))
	}
	return errors.Join(out...)
}

// lack is what an answer lacks for a rule. The zero value: nothing. It is put into words only on demand.
type lack struct {
	part   string // of the answer: "status", "header", "body" …
	name   string // within it
	status int    // of part "status"
}

// String returns as much as "status 404" or "header X-Error".
func (l lack) String() string {
	switch {
	case l.part == "status":
		return l.part + " " + strconv.Itoa(l.status)
	case l.name == "":
		return l.part
	}
	return l.part + " " + l.name
}

// head returns what the answer's header lacks for the rule. The format of the body is not known yet.
func (m *matcher) head(a *document.Answer) lack {
	path, query, _ := strings.Cut(a.Path, "?")
	switch {
	case !m.wantsStatus(a.Status):
		return lack{part: "status", status: a.Status}
	case len(m.methods) > 0 && !slices.Contains(m.methods, a.Method):
		return lack{part: "method", name: a.Method}
	case !anyMatches(m.paths, path):
		return lack{part: "path", name: path}
	case len(m.media) > 0 && !anyMatches(m.media, document.MediaType(a.Header.Get("Content-Type"))):
		return lack{part: "media type", name: document.MediaType(a.Header.Get("Content-Type"))}
	}
	for i := range m.header {
		if c := &m.header[i]; !c.test.holds(stringNodes(a.Header.Values(c.name))) {
			return lack{part: "header", name: c.name}
		}
	}
	return m.lacksQuery(query)
}

func (m *matcher) lacksQuery(query string) lack {
	if len(m.query) == 0 {
		return lack{}
	}
	values, _ := url.ParseQuery(query) // what can be read of a broken one counts
	for _, c := range m.query {
		if !c.test.holds(stringNodes(values[c.name])) {
			return lack{part: "query", name: c.name}
		}
	}
	return lack{}
}

// lacks returns what the answer lacks for the rule.
func (m *matcher) lacks(v *view) lack {
	if missing := m.head(v.answer); missing != (lack{}) {
		return missing
	}
	if len(m.formats) > 0 && !slices.Contains(m.formats, v.doc.Format) {
		return lack{part: "format", name: string(v.doc.Format)}
	}
	for i := range m.body {
		if c := &m.body[i]; !c.holdsIn(v.doc.Root) {
			return lack{part: "body", name: c.name}
		}
	}
	return lack{}
}

// tell describes what is missing, with the value that is there instead.
func (m *matcher) tell(v *view, missing lack) string {
	text := missing.String()
	for _, c := range m.body {
		if missing.part != "body" || missing.name != c.name {
			continue
		}
		values := c.pointer.Find(v.doc.Root)
		if len(values) == 0 {
			return text + " is not there"
		}
		if value := document.Clip(document.TextOf(values), wording.MaxCodeBytes); value != "" {
			return fmt.Sprintf("%s is %q, which does not fit", text, value)
		}
	}
	return text + " does not fit"
}
