// Package draft writes a starting point for a profile's author: from recorded answers (curl -si, HAR, OpenAPI) it makes a
// first profile with its samples, or the rules that an existing profile lacks.
package draft

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gateway/document"
	"gateway/normalize"
	"gateway/problem"
)

// Draft is a first profile, made from recorded answers.
type Draft struct {
	Profile []byte   // YAML; it loads
	Samples []byte   // txtar; the profile reads them as they expect
	Errors  int      // how many of the answers are errors
	Sampled int      // how many of these are samples, each telling something of its own
	Skipped []string // what could not be used, a sentence each
}

// drafted is a recorded error as a sample, with its generic reading.
type drafted struct {
	Recorded
	raw  []byte
	doc  document.Document
	read problem.Reading
}

// maxDrafted is how many answers a draft contains. The document of an API repeats its errors at every path.
const maxDrafted = 200

// New writes a first profile with what the generic reader finds in recorded answers: where words and codes are, what the
// codes mean, and a rule for each kind of answer without a code. It contains nothing that would change a reading; that is
// left to its author. vendor and name are the names in the profile.
func New(name, vendor string, recorded []Recorded) (Draft, error) {
	kept, out := draftedOf(recorded)
	if len(kept) == 0 {
		return out, fmt.Errorf("none of the %d answers is an error", len(recorded))
	}
	p := normalize.Profile{Name: name, Vendor: vendor, Hosts: hostsOf(recorded), Take: sourcesOf(kept), Codes: codesOf(kept), Rules: rulesOf(kept)}
	reader, err := settle(&p, kept)
	if err != nil {
		return out, err
	}
	out.Profile = draftYAML(&p, kept, recorded)
	if out.Samples, err = draftSamples(reader, vendor, kept); err != nil {
		return out, err
	}
	out.Sampled = len(kept)
	return out, nil
}

// draftedOf reads the answers and keeps the errors that add something.
func draftedOf(recorded []Recorded) (kept []drafted, out Draft) {
	generic, seen := &normalize.Reader{}, map[string]bool{}
	for _, r := range recorded {
		reading, isError, note := generic.ReadHidden(r.Answer)
		if !isError {
			continue
		}
		out.Errors++
		key := fmt.Sprint(r.Answer.Status, reading.Type, reading.Code, reading.Detail)
		if seen[key] || len(kept) == maxDrafted {
			continue
		}
		seen[key] = true
		d, err := asSample(r, note)
		if err != nil {
			out.Skipped = append(out.Skipped, r.Source+" "+err.Error())
			continue
		}
		kept = append(kept, d)
	}
	return kept, out
}

// asSample turns an answer into a sample and reads that. The error says why it cannot be a sample.
func asSample(r Recorded, note document.Note) (d drafted, err error) {
	body := r.Answer.Open(document.Limits{}).Text
	switch {
	case note == document.Cut || note == document.Undecodable:
		return d, errors.New("has a body that is " + string(note))
	case strings.Contains("\n"+body, "\n-- "):
		return d, errors.New("has a body with lines that begin with --, which no sample can hold")
	}
	d = drafted{Recorded: r, raw: sampleOf(r, body)}
	if d.Answer, err = document.ParseAnswer(d.raw); err != nil {
		return d, err
	}
	d.doc = d.Answer.Open(document.Limits{})
	d.read, _, _ = (&normalize.Reader{}).ReadHidden(d.Answer)
	return d, nil
}

// hostsOf lists the hosts that answered.
func hostsOf(recorded []Recorded) (hosts []string) {
	for _, r := range recorded {
		if host := strings.ToLower(r.Host); host != "" && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	return hosts
}

// codesOf lists the codes that have the same meaning in all answers.
func codesOf(kept []drafted) map[problem.Type][]string {
	means := map[string]problem.Type{}
	for _, d := range kept {
		code := strings.ToLower(d.read.Code)
		if code == "" || d.answersSuccess() {
			continue
		}
		if as, known := means[code]; known && as != d.read.Type {
			means[code] = ""
		} else if !known {
			means[code] = d.read.Type
		}
	}
	codes := map[problem.Type][]string{}
	for _, d := range kept {
		as := means[strings.ToLower(d.read.Code)]
		if as != "" && !slices.Contains(codes[as], d.read.Code) {
			codes[as] = append(codes[as], d.read.Code)
		}
	}
	return codes
}

func (d drafted) answersSuccess() bool { return d.Answer.Status < 400 }

// settle removes from a draft what would change the reading of an answer, and rules that no answer reaches, until nothing
// is left to remove. Every round removes something, so it ends.
func settle(p *normalize.Profile, kept []drafted) (*normalize.Reader, error) {
	for {
		r, err := normalize.NewReader(p)
		if err != nil {
			return nil, err
		}
		if !takeOut(p, r, kept) {
			return r, nil
		}
	}
}

// takeOut removes one thing; false if there is nothing to remove.
func takeOut(p *normalize.Profile, r *normalize.Reader, kept []drafted) bool {
	reached := map[string]bool{}
	for _, d := range kept {
		got, isError := r.Read(d.Answer)
		reached[got.Rule] = true
		switch {
		case got.Detail != d.read.Detail && p.Detail != nil:
			p.Detail = nil
		case got.Code != d.read.Code && p.Code != nil:
			p.Code = nil
		case !sameViolations(got.Violations, d.read.Violations) && p.Violations != nil:
			p.Violations = nil
		case isError && got.RequestID != d.read.RequestID && p.RequestID != nil:
			p.RequestID = nil
		case isError && got.Type != d.read.Type && dropRule(p, got.Rule):
		default:
			continue
		}
		return true
	}
	for _, name := range r.RuleNames() {
		if !reached[name] && dropRule(p, name) {
			return true
		}
	}
	return false
}

func sameViolations(a, b []problem.Violation) bool {
	return slices.EqualFunc(a, b, func(a, b problem.Violation) bool { return a.Field == b.Field && a.Detail == b.Detail })
}

// dropRule removes a rule, or the table of codes; false if there is no rule of that name.
func dropRule(p *normalize.Profile, name string) bool {
	if name == normalize.TableRule && len(p.Codes) > 0 {
		p.Codes = nil
		return true
	}
	before := len(p.Rules)
	p.Rules = slices.DeleteFunc(p.Rules, func(r normalize.Rule) bool { return r.Name == name })
	return len(p.Rules) < before
}
