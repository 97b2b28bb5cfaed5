package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"gateway/configs"
	"gateway/normalize"
)

func profilesCommand(_ context.Context, std stdio, args []string) error {
	names, err := parse(std, newFlags("profiles"), args, 1)
	if err != nil {
		return err
	}
	if len(names) == 1 {
		return printProfile(std, names[0])
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	for _, name := range configs.ProfileNames() {
		p, err := configs.FindProfile(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%d rules\t%s\n", name, p.Vendor, len(p.Rules), strings.Join(p.Hosts, " "))
	}
	return w.Flush()
}

// printProfile shows the rules in the order they are tried.
func printProfile(std stdio, name string) error {
	p, err := configs.FindProfile(name)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "%s: errors of %s, see %s\n", p.Name, p.Vendor, p.Docs)
	fmt.Fprintf(std.out, "hosts: %s\n", strings.Join(p.Hosts, " "))
	for _, l := range p.Throttle.Limits {
		fmt.Fprintf(std.out, "limit: %d requests in %s\n", l.Requests, l.Per)
	}
	if p.Throttle.Concurrency > 0 {
		fmt.Fprintf(std.out, "limit: %d requests at once\n", p.Throttle.Concurrency)
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	for i, rule := range p.Rules {
		fmt.Fprintf(w, "%3d\t%s\t%s\t%s\n", i+1, rule.Name, describeMatch(rule.Match), describeType(rule))
	}
	return w.Flush()
}

// describeMatch says in short what a rule is for.
func describeMatch(m normalize.Match) string {
	var parts []string
	add := func(what string, values []string) {
		if len(values) > 0 {
			parts = append(parts, what+" "+strings.Join(values, "|"))
		}
	}
	add("status", m.Status)
	add("method", m.Method)
	add("path", m.Path)
	for _, f := range m.Format {
		parts = append(parts, string(f))
	}
	for _, tests := range []map[string]normalize.Test{m.Query, m.Header, m.Body} {
		for name := range tests {
			parts = append(parts, name)
		}
	}
	if len(parts) == 0 {
		return "every error"
	}
	return strings.Join(parts, ", ")
}

func describeType(rule normalize.Rule) string {
	switch {
	case len(rule.Types) > 0 && rule.Type != "":
		return "by code, else " + string(rule.Type)
	case len(rule.Types) > 0:
		return "by code, else by status"
	case rule.Type != "":
		return string(rule.Type)
	}
	return "by status"
}
