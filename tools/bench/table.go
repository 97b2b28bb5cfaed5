package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// table has the figures of all rounds, by proxy and column. Columns keep the order in which they came.
type table struct {
	columns []string
	figures map[[2]string][]float64
}

func (t *table) add(proxy, column string, figure float64) {
	if t.figures == nil {
		t.figures = map[[2]string][]float64{}
	}
	if !slices.Contains(t.columns, column) {
		t.columns = append(t.columns, column)
	}
	key := [2]string{proxy, column}
	t.figures[key] = append(t.figures[key], figure)
}

// print writes medians with their spread, and beneath them the gateway's ratios to the others.
func (t *table) print(w io.Writer, proxies []string) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "CPU µs a request\t%s\n", strings.Join(t.columns, "\t"))
	for _, proxy := range proxies {
		t.row(out, proxy, func(column string) string { return t.cell(proxy, column) })
	}
	for _, peer := range proxies {
		if peer != "gateway" && peer != noProxy && slices.Contains(proxies, "gateway") {
			t.row(out, "gateway / "+peer, func(column string) string { return t.ratio(peer, column) })
		}
	}
	out.Flush()
}

func (t *table) row(w io.Writer, title string, cell func(string) string) {
	texts := []string{title}
	for _, column := range t.columns {
		texts = append(texts, cell(column))
	}
	fmt.Fprintln(w, strings.Join(texts, "\t"))
}

// cell is the median and, of several figures, the least and the most.
func (t *table) cell(proxy, column string) string {
	figures := t.figures[[2]string{proxy, column}]
	switch len(figures) {
	case 0:
		return "-"
	case 1:
		return fmt.Sprintf("%.1f", figures[0])
	}
	return fmt.Sprintf("%.1f (%.1f–%.1f)", median(figures), slices.Min(figures), slices.Max(figures))
}

func (t *table) ratio(peer, column string) string {
	ours, theirs := t.figures[[2]string{"gateway", column}], t.figures[[2]string{peer, column}]
	if len(ours) == 0 || len(theirs) == 0 || median(theirs) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", median(ours)/median(theirs))
}

func median(figures []float64) float64 {
	sorted := slices.Sorted(slices.Values(figures))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
