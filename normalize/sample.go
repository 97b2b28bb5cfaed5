package normalize

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"

	"gateway/document"
	"gateway/problem"
)

// SampleReading is what a sample expects, as the JSON beside the answer. A nil Type means that the answer is no error.
type SampleReading struct {
	Rule       string              `json:"rule,omitempty"`
	Type       problem.Type        `json:"type,omitempty"`
	Status     int                 `json:"status,omitempty"` // where the body names another than HTTP
	Detail     string              `json:"detail,omitempty"`
	Message    string              `json:"message,omitempty"`
	Code       string              `json:"code,omitempty"`
	Fault      problem.Fault       `json:"fault,omitempty"`
	Violations []problem.Violation `json:"violations,omitempty"`
	Retryable  bool                `json:"retryable,omitempty"`
	RetryAfter *int64              `json:"retry_after,omitempty"` // seconds
	Docs       string              `json:"docs,omitempty"`
	RequestID  string              `json:"request_id,omitempty"`

	Batch string       `json:"batch,omitempty"` // the entry of the batch section that the answer is read by
	Items []SampleItem `json:"items,omitempty"` // of those, the failed ones
}

// SampleItem is what a sample expects of one failed item.
type SampleItem struct {
	Index int    `json:"index"` // from 0
	Key   string `json:"key,omitempty"`
	SampleReading
}

// SampleFailure is one thing that is wrong with a profile's samples.
type SampleFailure struct {
	Sample string // its name; "" where it is about the whole set
	Text   string
	Got    []byte // the reading as JSON, where it differs from the expected one
}

// RunSamples reads every pair NAME.http and NAME.json of a txtar archive and reports what is not as expected: readings that
// differ, files without their counterpart, and rules that no sample reaches.
func RunSamples(r *Reader, archive []byte) []SampleFailure {
	run := sampleRun{reader: r, files: map[string][]byte{}, reached: map[string]bool{}}
	parsed := txtar.Parse(archive)
	for _, f := range parsed.Files {
		run.files[f.Name] = f.Data
	}
	for _, f := range parsed.Files {
		if name, isAnswer := strings.CutSuffix(f.Name, ".http"); isAnswer {
			run.read(name, f.Data)
		} else if _, paired := run.files[strings.TrimSuffix(f.Name, ".json")+".http"]; !paired {
			run.fail(SampleFailure{Sample: f.Name, Text: "has no .http beside it"})
		}
	}
	run.findUnreached()
	return run.failures
}

// sampleRun is one run over the samples of a profile.
type sampleRun struct {
	reader   *Reader
	files    map[string][]byte // by name
	taken    []takenSample
	reached  map[string]bool // rules by name, and batch entries behind "batch "
	failures []SampleFailure
}

func (s *sampleRun) fail(f ...SampleFailure) { s.failures = append(s.failures, f...) }

// read reads one sample and compares it with the JSON beside it.
func (s *sampleRun) read(name string, raw []byte) {
	got, err := ReadSample(s.reader, raw)
	if err != nil {
		s.fail(SampleFailure{Sample: name, Text: err.Error()})
		return
	}
	s.reached[got.Rule], s.reached["batch "+got.Batch] = true, true
	for _, item := range got.Items {
		s.reached[item.Rule] = true
	}
	s.taken = append(s.taken, takenSample{name, got.Rule, raw})
	s.fail(compare(name, got, s.files[name+".json"])...)
}

// findUnreached reports the rules and batch entries that no sample reaches.
func (s *sampleRun) findUnreached() {
	for _, rule := range s.reader.RuleNames() {
		if !s.reached[rule] {
			s.fail(SampleFailure{Text: s.reader.unreached(rule, s.taken)})
		}
	}
	for _, form := range s.reader.batches {
		if !s.reached["batch "+form.name] {
			s.fail(SampleFailure{Text: fmt.Sprintf("batch entry %q is reached by no sample: add one, or drop the entry", form.name)})
		}
	}
}

// takenSample is a sample with the rule that matched it.
type takenSample struct {
	name, rule string
	raw        []byte
}

// unreached describes a rule that no sample reaches, with the earlier rule that takes its answers, if there is one.
func (r *Reader) unreached(name string, samples []takenSample) string {
	for _, rule := range r.rules {
		if rule.name != name {
			continue
		}
		for _, s := range samples {
			a, err := document.ParseAnswer(s.raw)
			if err != nil || a.Status < 400 && !rule.match.wantsSuccess() {
				continue
			}
			v := &view{answer: a, doc: a.Open(r.limits)}
			if rule.match.lacks(v) == (lack{}) && rule.when.lacks(v) == (lack{}) {
				return fmt.Sprintf("rule %q is reached by no sample: %q above it takes %s, which it would match; move it up, narrow that rule, or drop one", name, s.rule, s.name)
			}
		}
	}
	return fmt.Sprintf("rule %q is reached by no sample: add one, or drop the rule", name)
}

// ReadSample reads one .http file.
func ReadSample(r *Reader, raw []byte) (SampleReading, error) {
	a, err := document.ParseAnswer(raw)
	if err != nil {
		return SampleReading{}, err
	}
	reading, isError := r.Read(a)
	if isError {
		return sampleReading(reading, a, r), nil
	}
	batch, items := r.Items(a)
	return SampleReading{Batch: batch, Items: r.sampleItems(items)}, nil
}

// sampleItems are the failed items of a batch answer in the form of samples.
func (r *Reader) sampleItems(items []BatchItem) (out []SampleItem) {
	for _, item := range items {
		if item.Failed {
			s := SampleItem{Index: item.Index, Key: item.Key, SampleReading: sampleReading(item.Reading, item.Answer, r)}
			s.Status = item.Status
			out = append(out, s)
		}
	}
	return out
}

// sampleReading is a reading in the form of samples. What follows from the type or the profile alone is left out.
func sampleReading(r problem.Reading, a *document.Answer, by *Reader) SampleReading {
	s := SampleReading{
		Rule: r.Rule, Type: r.Type, Detail: r.Detail, Message: r.Message, Code: r.Code,
		Violations: r.Violations, Retryable: r.Retryable, Docs: r.Docs, RequestID: r.RequestID,
	}
	if r.Status != a.Status {
		s.Status = r.Status
	}
	if info, _ := r.Type.Info(); r.Fault != info.Fault {
		s.Fault = r.Fault
	}
	if r.Docs == by.profile.Docs {
		s.Docs = ""
	}
	if r.HasRetryAfter {
		seconds := int64(r.RetryAfter.Seconds())
		s.RetryAfter = &seconds
	}
	return s
}

// compare reports how a reading differs from the one that the JSON beside it expects.
func compare(name string, got SampleReading, want []byte) []SampleFailure {
	have, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		return []SampleFailure{{Sample: name, Text: err.Error()}}
	}
	if want == nil {
		return []SampleFailure{{Sample: name, Text: "has no .json beside it that says what is expected", Got: have}}
	}
	var expected SampleReading
	dec := json.NewDecoder(bytes.NewReader(want))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&expected); err != nil {
		return []SampleFailure{{Sample: name, Text: "the expected reading: " + err.Error(), Got: have}}
	}
	wanted, err := json.MarshalIndent(expected, "", "  ")
	if err != nil || slices.Equal(have, wanted) {
		return nil
	}
	return []SampleFailure{{Sample: name, Text: "is read otherwise than expected:\n" + lineDiff(string(wanted), string(have)), Got: have}}
}

// lineDiff shows the lines that only one of two JSON texts has. The last member of an object has no comma.
func lineDiff(want, got string) string {
	var b strings.Builder
	lines := func(text string) []string { return strings.Split(strings.ReplaceAll(text, ",\n", "\n"), "\n") }
	wanted, have := lines(want), lines(got)
	for _, line := range wanted {
		if !slices.Contains(have, line) {
			b.WriteString("  expected " + strings.TrimSpace(line) + "\n")
		}
	}
	for _, line := range have {
		if !slices.Contains(wanted, line) {
			b.WriteString("  got      " + strings.TrimSpace(line) + "\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}
