package main

import (
	"os"
	"slices"
	"testing"
)

// TestCheckedInJSON fails where a dashboard was changed and not written again: go run .
func TestCheckedInJSON(t *testing.T) {
	for _, d := range dashboards {
		want, err := d.encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(d.uid + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s.json is not what dashboards.go makes; run go run . in deploy/grafana", d.uid)
		}
	}
}

// TestPanelsExplainThemselves: every panel says in words what it shows.
func TestPanelsExplainThemselves(t *testing.T) {
	for _, d := range dashboards {
		for _, r := range d.rows {
			for _, p := range r.panels {
				if p.title == "" || p.about == "" || p.unit == "" || len(p.queries) == 0 {
					t.Errorf("%s: panel %q lacks a title, words, a unit or a query", d.uid, p.title)
				}
			}
		}
	}
}
