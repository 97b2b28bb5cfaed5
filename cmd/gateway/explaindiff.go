package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"gateway/normalize"
)

// answerDiff lists what a changed profile reads differently in one answer.
type answerDiff struct {
	Answer  string       `json:"answer"` // where it was recorded
	Changes []changeDiff `json:"changes"`
}

type changeDiff struct {
	Member string `json:"member"`
	Old    string `json:"old"`
	New    string `json:"new"`
}

// diffReport is what explain --diff --json prints.
type diffReport struct {
	Answers   int          `json:"answers"`
	Different []answerDiff `json:"different"`
}

// explainDiff shows which recorded answers a changed profile maps differently. args are the two profiles and the files.
func explainDiff(std stdio, args []string, asJSON bool) error {
	if len(args) < 3 {
		return usagef("--diff wants the old profile, the changed one and files with recorded answers: --diff acme ./acme.yaml answers.har")
	}
	old, err := profileReader(args[0])
	if err != nil {
		return err
	}
	changed, err := profileReader(args[1])
	if err != nil {
		return err
	}
	recorded, err := readRecorded(std, args[2:])
	if err != nil {
		return err
	}
	report := diffReport{Answers: len(recorded), Different: []answerDiff{}}
	for _, r := range recorded {
		if changes := normalize.Diff(old, changed, r.Answer, ""); len(changes) > 0 {
			report.Different = append(report.Different, newAnswerDiff(r.Source, changes))
		}
	}
	if asJSON {
		return indented(std.out, report)
	}
	return report.print(std.out)
}

func newAnswerDiff(source string, changes []normalize.Change) answerDiff {
	d := answerDiff{Answer: source}
	for _, c := range changes {
		d.Changes = append(d.Changes, changeDiff(c))
	}
	return d
}

// print writes the report for people.
func (r diffReport) print(w io.Writer) error {
	for _, d := range r.Different {
		fmt.Fprintln(w, d.Answer)
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, c := range d.Changes {
			fmt.Fprintf(table, "  %s\t%s\t→ %s\n", c.Member, orNone(c.Old), orNone(c.New))
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%d of %d answers are mapped differently\n", len(r.Different), r.Answers)
	return err
}

func orNone(text string) string {
	if text == "" {
		return "(none)"
	}
	return text
}
