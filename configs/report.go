package configs

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"gateway/normalize"
)

// report joins all errors in the order of the file: FILE:LINE:COLUMN: path: text. nil if there are none.
func (d *decoder) report() error {
	slices.SortStableFunc(d.errs, func(a, b located) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	errs := make([]error, len(d.errs))
	for i, e := range d.errs {
		var b strings.Builder
		b.WriteString(d.file)
		if e.line > 0 {
			fmt.Fprintf(&b, ":%d:%d", e.line, e.column)
		}
		b.WriteString(": ")
		if e.path != "" {
			b.WriteString(e.path + ": ")
		}
		errs[i] = errors.New(b.String() + e.text)
	}
	return errors.Join(errs...)
}

// bareReference begins a reference that stands in no quotes.
var bareReference = regexp.MustCompile(`[\s:,\[{]\$\{`)

// syntax reports the parser's errors.
func (d *decoder) syntax(err error, data []byte) {
	wrong, ok := errors.AsType[yaml.Error](err)
	if !ok {
		d.errs = append(d.errs, located{text: err.Error()})
		return
	}
	at := place{}
	if t := wrong.GetToken(); t != nil && t.Position != nil {
		at = place{t.Position.Line, t.Position.Column}
	}
	text := wrong.GetMessage()
	switch lines := bytes.Split(data, []byte("\n")); {
	case strings.Contains(text, "'\t'"):
		text = "a tab stands at the beginning of the line; indent with spaces"
	case at.line > 0 && at.line <= len(lines) && bareReference.Match(lines[at.line-1]):
		text += "; a ${…} within braces has to stand in quotes"
	}
	d.errs = append(d.errs, located{place: at, text: "this is no YAML: " + text})
}

// locate finds the places of the errors of a section's Validate, each "path.inside: text".
func (d *decoder) locate(section string, err error) {
	for _, e := range normalize.SplitErrors(err) {
		path, text, hasPath := strings.Cut(e.Error(), ": ")
		if !hasPath || !pathForm.MatchString(path) {
			path, text = "", e.Error()
		}
		full := strings.Trim(join(section, path), ".")
		full = strings.ReplaceAll(full, ".[", "[")
		d.errs = append(d.errs, located{d.nearest(full), full, text})
	}
}

// dropFollowing drops errors that only follow from one of the first n, which are about values that could not be read at
// all.
func (d *decoder) dropFollowing(n int) {
	unread := d.errs[:n:n]
	d.errs = append(unread, slices.DeleteFunc(slices.Clone(d.errs[n:]), func(e located) bool {
		return slices.ContainsFunc(unread, func(cause located) bool { return d.follows(e, cause) })
	})...)
}

// unknownKey begins the error of an unknown key.
const unknownKey = "unknown key"

// follows is true if e is about the same value as cause, about a value inside or around it, or about a missing key beside
// an unknown one, which may be its misspelling.
func (d *decoder) follows(e, cause located) bool {
	if isWithin(e.path, cause.path) || isWithin(cause.path, e.path) {
		return true
	}
	_, stands := d.places[e.path]
	return !stands && strings.HasPrefix(cause.text, unknownKey) && parentPath(e.path) == parentPath(cause.path)
}

// isWithin is true if path is outer or leads into it.
func isWithin(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && (outer == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}

func parentPath(path string) string { return path[:max(0, strings.LastIndexAny(path, ".["))] }

// pathForm distinguishes a path from the beginning of a sentence.
var pathForm = regexp.MustCompile(`^[^\s]+$`)

// nearest returns the place of path, or of the closest part above it that exists in the file.
func (d *decoder) nearest(path string) place {
	for path != "" {
		if at, ok := d.places[path]; ok {
			return at
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			break
		}
		path = path[:cut]
	}
	return place{line: 1, column: 1}
}

// suggest names the key that was probably meant, or all keys.
func suggest(name string, known []string) string {
	best, distance := "", len(name)/2+1
	for _, k := range known {
		if d := editDistance(strings.ToLower(name), k); d < distance {
			best, distance = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return "; known are " + strings.Join(known, ", ")
}

// editDistance counts the insertions, deletions, replacements and swaps of neighbours that turn one word into another.
func editDistance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replace := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, replace)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
