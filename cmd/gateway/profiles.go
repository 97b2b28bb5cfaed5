package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"gateway/configs"
	"gateway/normalize"
	"gateway/problem"
	"gateway/ratelimit"
)

// profilesCommand lists the built-in profiles, prints one, or drafts a new one.
func profilesCommand(_ context.Context, std stdio, args []string) error {
	if len(args) > 0 && args[0] == "draft" {
		return draftCommand(std, args[1:])
	}
	flags := newFlags("profiles")
	asYAML := flags.Bool("yaml", false, "print the profile's file, to be changed and used as one of your own")
	names, err := parse(std, flags, args, 1)
	if err != nil {
		return err
	}
	switch {
	case len(names) == 1 && *asYAML:
		return printProfileFile(std, names[0])
	case len(names) == 1:
		return printProfile(std, names[0])
	case *asYAML:
		return usagef("--yaml prints one profile; say which")
	}
	return listProfiles(std)
}

// listProfiles prints one line for each profile.
func listProfiles(std stdio) error {
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	for _, name := range configs.ProfileNames() {
		p, err := configs.FindProfile(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%d rules\t%d codes\t%s\n", name, p.Vendor, len(p.Rules), countCodes(p), strings.Join(p.Hosts, " "))
	}
	return w.Flush()
}

// countCodes counts the vendor's codes that a profile knows.
func countCodes(p *configs.Profile) int {
	known := map[string]bool{}
	for _, rule := range append([]normalize.Rule{{Codes: p.Codes}}, p.Rules...) {
		for _, codes := range rule.Codes {
			for _, code := range codes {
				known[code] = true
			}
		}
	}
	return len(known)
}

// printProfileFile prints the file as it is built in.
func printProfileFile(std stdio, name string) error {
	p, err := configs.FindProfile(name)
	if err != nil {
		return err
	}
	_, err = std.out.Write(p.Source)
	return err
}

// printProfile shows the rules in the order they are tried.
func printProfile(std stdio, name string) error {
	p, err := configs.FindProfile(name)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "%s: errors of %s, see %s\n", p.Name, p.Vendor, p.Docs)
	if len(p.Hosts) > 0 {
		fmt.Fprintf(std.out, "hosts: %s\n", strings.Join(p.Hosts, " "))
	}
	printLimits(std.out, p.Throttle)
	for _, b := range p.Batch {
		fmt.Fprintf(std.out, "batch answers: %s, %s\n", b.Name, describeMatch(b.Match))
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	for i, rule := range p.Rules {
		fmt.Fprintf(w, "%3d\t%s\t%s\t%s\n", i+1, rule.Name, describeType(rule), describeMatch(rule.Match))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return printCodes(std, p.Codes)
}

// printLimits shows what the vendor allows.
func printLimits(w io.Writer, t ratelimit.Config) {
	for _, l := range t.Limits {
		fmt.Fprintf(w, "limit: %d requests in %s\n", l.Requests, l.Per)
	}
	if t.Concurrency > 0 {
		fmt.Fprintf(w, "limit: %d requests at once\n", t.Concurrency)
	}
	for _, r := range t.Routes {
		where := strings.TrimSpace(strings.Join(r.Method, "|") + " " + strings.Join(r.Path, " "))
		for _, l := range r.Limits {
			fmt.Fprintf(w, "limit: %d requests in %s of %s (%s)\n", l.Requests, l.Per, r.Name, where)
		}
		if r.Cost > 1 {
			fmt.Fprintf(w, "cost: %d for %s (%s)\n", r.Cost, r.Name, where)
		}
		if r.Apart {
			fmt.Fprintf(w, "apart: %s (%s)\n", r.Name, where)
		}
	}
}

// printCodes shows what the vendor's codes mean, a line for each type.
func printCodes(std stdio, codes map[problem.Type][]string) error {
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	for _, info := range problem.Catalogue() {
		if known := codes[info.Type]; len(known) > 0 {
			fmt.Fprintf(w, "%s\t%s\n", info.Type, strings.Join(known, " "))
		}
	}
	return w.Flush()
}

// describeMatch says in a few words which answers a rule matches.
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
	add("media", m.Media)
	for _, f := range m.Format {
		parts = append(parts, string(f))
	}
	for _, tests := range []map[string]normalize.Test{m.Query, m.Header, m.Body} {
		parts = append(parts, slices.Sorted(maps.Keys(tests))...)
	}
	if len(parts) == 0 {
		return "every error"
	}
	return strings.Join(parts, ", ")
}

func describeType(rule normalize.Rule) string {
	switch {
	case len(rule.Codes) > 0 && rule.Type != "":
		return "by code, else " + string(rule.Type)
	case len(rule.Codes) > 0:
		return "by code, else as read"
	case rule.Type != "":
		return string(rule.Type)
	}
	return "as read"
}
