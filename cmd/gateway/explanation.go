package main

import (
	"encoding/json"
	"fmt"
	"io"

	"gateway/document"
	"gateway/normalize"
	"gateway/problem"
	"gateway/proxy"
)

// explanation is what explain --json prints.
type explanation struct {
	Error   bool            `json:"error"`
	Hidden  string          `json:"hidden,omitempty"` // type of an error that errors_in_success: auto would find
	Rule    string          `json:"rule,omitempty"`
	Mapped  string          `json:"mapped,omitempty"`
	Body    string          `json:"body,omitempty"` // what is odd about the body
	Missed  []missed        `json:"missed,omitempty"`
	Problem json.RawMessage `json:"problem,omitempty"`
	Batch   string          `json:"batch,omitempty"` // the profile's entry, where it is a batch answer
	Items   []explainedItem `json:"items,omitempty"` // the failed ones
}

type explainedItem struct {
	Index   int             `json:"index"`
	Key     string          `json:"key,omitempty"`
	Rule    string          `json:"rule,omitempty"`
	Mapped  string          `json:"mapped"`
	Problem json.RawMessage `json:"problem"`
}

type missed struct {
	Rule  string `json:"rule"`
	Lacks string `json:"lacks"`
}

// explain makes the parts of an explanation.
func explain(reader *normalize.Reader, a *document.Answer) explanation {
	e := reader.Explain(a)
	out := explanation{Error: e.IsError, Hidden: string(e.Hidden), Rule: e.Reading.Rule, Mapped: string(e.Reading.Mapped), Body: string(e.Note)}
	for _, m := range e.Missed {
		out.Missed = append(out.Missed, missed(m))
	}
	if e.IsError {
		out.Problem = problemOf(reader, a, e.Reading).Encode()
	} else {
		out.Batch, out.Items = explainItems(reader, a)
	}
	return out
}

// explainItems explains the failed items of a batch answer.
func explainItems(reader *normalize.Reader, a *document.Answer) (batch string, failed []explainedItem) {
	batch, items := reader.Items(a)
	for _, item := range items {
		if item.Failed {
			failed = append(failed, explainedItem{
				Index: item.Index, Key: item.Key, Rule: item.Reading.Rule, Mapped: string(item.Reading.Mapped),
				Problem: problemOf(reader, item.Answer, item.Reading).Encode(),
			})
		}
	}
	return batch, failed
}

// noID stands for the ids of an exchange, which an explanation does not have.
const noID = "00000000-0000-0000-0000-000000000000"

func problemOf(reader *normalize.Reader, a *document.Answer, r problem.Reading) *problem.Problem {
	p := proxy.Problem("explain", reader.Vendor(), a, r)
	p.Instance, p.RequestID = "urn:uuid:"+noID, noID
	return p
}

// print writes the explanation for people.
func (e explanation) print(w io.Writer, why bool) error {
	if why {
		for _, m := range e.Missed {
			fmt.Fprintf(w, "not %s: %s\n", m.Rule, m.Lacks)
		}
	}
	switch {
	case e.Batch != "":
		return e.printItems(w)
	case e.Hidden != "":
		_, err := fmt.Fprintf(w, "no error: the answer passes unchanged; with errors_in_success: auto it is %s\n", e.Hidden)
		return err
	case !e.Error:
		_, err := fmt.Fprintln(w, "no error: the answer passes unchanged")
		return err
	case e.Rule != "":
		fmt.Fprintf(w, "rule %s matched\n", e.Rule)
	default:
		fmt.Fprintf(w, "no rule matched; the type is by %s\n", e.Mapped)
	}
	if e.Body != "" {
		fmt.Fprintf(w, "the body is %s\n", e.Body)
	}
	return indented(w, e.Problem)
}

// printItems writes what the failed items of a batch answer mean.
func (e explanation) printItems(w io.Writer) error {
	fmt.Fprintf(w, "a batch answer (%s); failed items: %d\n", e.Batch, len(e.Items))
	for _, item := range e.Items {
		fmt.Fprintf(w, "item %d %q: by %s %s\n", item.Index, item.Key, item.Mapped, item.Rule)
		if err := indented(w, item.Problem); err != nil {
			return err
		}
	}
	return nil
}

// indented writes v as JSON for people.
func indented(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
