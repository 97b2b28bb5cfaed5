package draft

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"

	"gateway/normalize"
	"gateway/problem"
)

// draftYAML writes a draft in the style in which people write profiles.
func draftYAML(p *normalize.Profile, kept []drafted, recorded []Recorded) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: drafted from %d recorded answers. It says what the generic reader understood: correct what is\n", p.Vendor, len(recorded))
	b.WriteString("# wrong, add what the vendor documents, and say in hints what causes each error and what cures it.\n")
	fmt.Fprintf(&b, "name: %s\nvendor: %s\n", yamlText(p.Name), yamlText(p.Vendor))
	if len(p.Hosts) > 0 {
		fmt.Fprintf(&b, "hosts: %s\n", yamlList(p.Hosts))
	}
	if t := p.Take; t.Detail != nil || t.Code != nil || t.RequestID != nil || t.Violations != nil {
		b.WriteByte('\n')
		writeTake(&b, t, "")
	}
	if len(p.Codes) > 0 {
		b.WriteString("\ncodes:\n")
		for _, t := range slices.Sorted(maps.Keys(p.Codes)) {
			fmt.Fprintf(&b, "  %s: %s\n", t, yamlList(p.Codes[t]))
		}
	}
	if len(p.Rules) > 0 {
		b.WriteString("\nrules:\n")
		for _, rule := range p.Rules {
			writeRule(&b, rule)
		}
	}
	b.WriteString("\n# hints:\n")
	for _, t := range typesOf(kept) {
		fmt.Fprintf(&b, "#   %s: [\"\"]\n", t)
	}
	return []byte(b.String())
}

// writeTake writes where things are, each line after indent.
func writeTake(b *strings.Builder, t normalize.Take, indent string) {
	for _, each := range []struct {
		key  string
		from []string
	}{{"detail", t.Detail}, {"code", t.Code}, {"request_id", t.RequestID}} {
		if len(each.from) > 0 {
			fmt.Fprintf(b, "%s%s: %s\n", indent, each.key, yamlList(each.from))
		}
	}
	if len(t.Violations) > 0 {
		b.WriteString(indent + "violations:\n")
	}
	for _, v := range t.Violations {
		if v.Map != "" {
			fmt.Fprintf(b, "%s  - {map: %s}\n", indent, yamlText(v.Map))
			continue
		}
		fmt.Fprintf(b, "%s  - {each: %s, field: %s, detail: %s}\n", indent, yamlText(v.Each), yamlList(v.Field), yamlList(v.Detail))
	}
}

func writeRule(b *strings.Builder, rule normalize.Rule) {
	parts := []string{"status: [" + rule.Match.Status[0] + "]"}
	if len(rule.Match.Media) > 0 {
		parts = append(parts, "media: "+yamlList(rule.Match.Media))
	}
	var tests []string
	for _, pointer := range slices.Sorted(maps.Keys(rule.Match.Body)) {
		tests = append(tests, yamlText(pointer)+": "+yamlTest(rule.Match.Body[pointer]))
	}
	if len(tests) > 0 {
		parts = append(parts, "body: {"+strings.Join(tests, ", ")+"}")
	}
	fmt.Fprintf(b, "  - name: %s\n    match: {%s}\n", rule.Name, strings.Join(parts, ", "))
	writeTake(b, rule.Take, "    ")
	fmt.Fprintf(b, "    type: %s\n", rule.Type)
}

func yamlTest(t normalize.Test) string {
	switch {
	case len(t.Is) == 1:
		return yamlText(t.Is[0])
	case len(t.Says) == 1:
		return "{says: " + string(t.Says[0]) + "}"
	}
	return "{exists: true}"
}

// plainYAML matches text that needs no quotes in YAML anywhere, except for words and numbers with a special meaning.
var (
	plainYAML = regexp.MustCompile(`^[A-Za-z/_][\w/.-]*$`)
	wordsYAML = []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
)

// yamlText writes a scalar. JSON's quotes are also valid in YAML.
func yamlText(text string) string {
	if plainYAML.MatchString(text) && !slices.Contains(wordsYAML, strings.ToLower(text)) {
		return text
	}
	return string(problem.Marshal(text))
}

func yamlList(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = yamlText(text)
		if _, err := strconv.Atoi(text); err == nil {
			quoted[i] = text
		}
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// typesOf lists the types that were seen, in the order of the catalogue.
func typesOf(kept []drafted) (types []problem.Type) {
	for _, info := range problem.Catalogue() {
		if slices.ContainsFunc(kept, func(d drafted) bool { return d.read.Type == info.Type }) {
			types = append(types, info.Type)
		}
	}
	return types
}

// draftSamples writes the answers with the draft's readings.
func draftSamples(r *normalize.Reader, vendor string, kept []drafted) ([]byte, error) {
	files, err := sampleFiles(r, kept)
	if err != nil {
		return nil, err
	}
	return txtar.Format(&txtar.Archive{Comment: []byte("Answers of " + vendor + "; each names where it was recorded.\n"), Files: files}), nil
}

// sampleFiles are the pairs of sample files.
func sampleFiles(r *normalize.Reader, kept []drafted) ([]txtar.File, error) {
	var files []txtar.File
	for _, d := range kept {
		reading, err := normalize.ReadSample(r, d.raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.Source, err)
		}
		expected, err := json.MarshalIndent(reading, "", "  ")
		if err != nil {
			return nil, err
		}
		files = append(files, txtar.File{Name: d.Name + ".http", Data: d.raw}, txtar.File{Name: d.Name + ".json", Data: append(expected, '\n')})
	}
	return files, nil
}

// sampleHeaders are the headers that a sample keeps: those by which errors are recognised. Others may contain secrets.
var sampleHeaders = regexp.MustCompile(`(?i)^(?:content-type|date|retry-after|www-authenticate|server|allow|.*rate-?limit.*|.*req(?:uest)?-?id|.*trace(?:-?id)?|.*correlation-?id|.*error.*|cf-ray)$`)

// sampleOf writes an answer as a sample: its decoded body, without the query, which may contain secrets. It has a Date, so
// that a wait until a fixed time is the same whenever the sample is read.
func sampleOf(r Recorded, body string) []byte {
	var b strings.Builder
	path, _, _ := strings.Cut(r.Answer.Path, "?")
	fmt.Fprintf(&b, "# %s\n> %s %s\nHTTP/1.1 %d %s\n", r.Source, r.Answer.Method, path, r.Answer.Status, http.StatusText(r.Answer.Status))
	for _, name := range slices.Sorted(maps.Keys(r.Answer.Header)) {
		for _, value := range r.Answer.Header[name] {
			if sampleHeaders.MatchString(name) {
				fmt.Fprintf(&b, "%s: %s\n", name, oneLine(value))
			}
		}
	}
	if r.Answer.Header.Get("Date") == "" && !r.Answer.Received.IsZero() {
		fmt.Fprintf(&b, "Date: %s\n", r.Answer.Received.UTC().Format(http.TimeFormat))
	}
	b.WriteString("\n" + body)
	if body != "" {
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
