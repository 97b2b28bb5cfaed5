package draft

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"

	"gateway/document"
)

// Recorded is an answer that somebody has saved.
type Recorded struct {
	Name   string // as a sample's: lower-case words, unique among those of one file
	Source string // the file and where in it, for people
	Host   string // it came from; "" if that is not known
	Answer *document.Answer
}

// recordedLimits bound files of recorded answers, which are larger than any answer.
var recordedLimits = document.Limits{Depth: 200, Nodes: 5_000_000}

// ParseRecorded reads the answers of one file: one as curl -si prints it, a txtar archive of samples, a HAR file, or the
// examples of errors in an OpenAPI document, JSON or YAML.
func ParseRecorded(file string, data []byte) ([]Recorded, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	base := filepath.Base(file)
	var (
		out []Recorded
		err error
	)
	switch root := parseTree(data); {
	case root.At("/log/entries") != nil:
		out = readHAR(base, root)
	case root.Get("openapi") != nil || root.Get("swagger") != nil:
		out = readOpenAPI(base, root)
	case root != nil:
		err = errors.New(`it is JSON, and neither HAR ("log" with "entries") nor OpenAPI ("openapi" with "paths")`)
	default:
		out, err = readAnswers(base, data)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return named(out), nil
}

// openAPIKey is the key by which a YAML file shows that it is an OpenAPI document.
var openAPIKey = regexp.MustCompile(`(?m)^["']?(?:openapi|swagger)["']?\s*:`)

// parseTree reads JSON, and YAML that is an OpenAPI document; nil for everything else.
func parseTree(data []byte) *document.Node {
	if text := bytes.TrimSpace(data); len(text) > 0 && text[0] == '{' {
		root, err := document.ParseJSON(text, recordedLimits)
		if err == nil {
			return root
		}
	}
	if openAPIKey.Match(data) {
		root, err := document.ParseYAML(string(data), recordedLimits)
		if err == nil {
			return root
		}
	}
	return nil
}

// readAnswers reads samples, or one answer as curl prints it.
func readAnswers(file string, data []byte) ([]Recorded, error) {
	var out []Recorded
	for _, f := range txtar.Parse(data).Files {
		name, isAnswer := strings.CutSuffix(f.Name, ".http")
		if !isAnswer {
			continue
		}
		a, err := document.ParseAnswer(f.Data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		out = append(out, Recorded{Name: name, Source: file + ": " + f.Name, Answer: a})
	}
	if out != nil {
		return out, nil
	}
	a, err := document.ParseAnswer(data)
	if err != nil {
		return nil, fmt.Errorf("this is no HTTP answer as `curl -si` prints it, no HAR and no OpenAPI document: %w", err)
	}
	name := strconv.Itoa(a.Status) + "-" + strings.TrimSuffix(file, filepath.Ext(file))
	return []Recorded{{Name: name, Source: file, Host: a.RequestHeader.Get("Host"), Answer: a}}, nil
}

// noWord matches what separates the words of a name.
var noWord = regexp.MustCompile(`[^a-z0-9]+`)

// maxNameBytes bounds the name of a sample.
const maxNameBytes = 60

// slug turns text into lower-case words joined by -.
func slug(text string) string {
	text = strings.Trim(noWord.ReplaceAllString(strings.ToLower(text), "-"), "-")
	return strings.Trim(document.Clip(text, maxNameBytes), "-")
}

// named gives every answer a unique name.
func named(recorded []Recorded) []Recorded {
	taken := map[string]bool{}
	for i := range recorded {
		base := slug(recorded[i].Name)
		name := base
		for n := 2; taken[name]; n++ {
			name = base + "-" + strconv.Itoa(n)
		}
		taken[name], recorded[i].Name = true, name
	}
	return recorded
}
