package main

import (
	"context"
	"fmt"
	"strings"

	"gateway/configs"
	"gateway/normalize"
)

// checkResult is what check --json prints.
type checkResult struct {
	OK     bool     `json:"ok"`
	Errors []string `json:"errors"`
}

// checkCommand reads a configuration as run would, and runs the samples of every profile it uses.
func checkCommand(_ context.Context, std stdio, args []string) error {
	flags := newFlags("check")
	file := flags.String("config", "", "the configuration `file`")
	asJSON := flags.Bool("json", false, "print one JSON object")
	if _, err := parse(std, flags, args, 0); err != nil {
		return err
	}
	if *file == "" {
		return usagef("say which configuration to check: --config FILE")
	}
	result := check(*file)
	if *asJSON {
		if err := indented(std.out, result); err != nil {
			return err
		}
	} else {
		for _, text := range result.Errors {
			fmt.Fprintln(std.err, text)
		}
	}
	if !result.OK {
		return errReported
	}
	if !*asJSON {
		fmt.Fprintf(std.out, "%s: fine\n", *file)
	}
	return nil
}

func check(file string) checkResult {
	cfg, err := configs.Load(file)
	if err != nil {
		return checkResult{Errors: strings.Split(err.Error(), "\n")}
	}
	errors := []string{}
	for _, p := range cfg.Profiles() {
		errors = append(errors, sampleErrors(p)...)
	}
	return checkResult{OK: len(errors) == 0, Errors: errors}
}

// sampleErrors runs a profile's samples.
func sampleErrors(p *configs.Profile) []string {
	reader, err := normalize.NewReader(&p.Profile)
	if err != nil {
		return []string{err.Error()}
	}
	if p.Samples == nil {
		return nil
	}
	var out []string
	for _, f := range normalize.RunSamples(reader, p.Samples) {
		place := "profile " + p.Name + ": "
		if f.Sample != "" {
			place += "sample " + f.Sample + " "
		}
		out = append(out, place+f.Text)
	}
	return out
}
