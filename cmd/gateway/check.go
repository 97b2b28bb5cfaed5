package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"

	"go.uber.org/zap"

	"gateway/configs"
	"gateway/normalize"
)

// checkResult is what check --json prints.
type checkResult struct {
	OK       bool     `json:"ok"`
	Errors   []string `json:"errors"`
	Warnings []string `json:"warnings"`
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
		for _, text := range append(result.Errors, result.Warnings...) {
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
		return checkResult{Errors: strings.Split(err.Error(), "\n"), Warnings: []string{}}
	}
	result := checkResult{Errors: []string{}, Warnings: []string{}}
	for _, p := range cfg.Profiles() {
		if p.Samples == nil {
			result.Warnings = append(result.Warnings, fmt.Sprintf("profile %s: has no samples, so nothing shows that its rules work; put recorded answers into a %s.txtar beside it", p.Name, p.Name))
			continue
		}
		result.Errors = append(result.Errors, sampleErrors(p)...)
	}
	if err := checkTLS(cfg.TLS); err != nil {
		result.Errors = append(result.Errors, strings.Split(err.Error(), "\n")...)
	}
	result.OK = len(result.Errors) == 0
	return result
}

// checkTLS reads the files of the tls section as run would at its start. It does not contact an ACME issuer.
func checkTLS(cfg configs.TLS) error {
	var errs []error
	if cfg.Files != nil {
		_, err := newFileCertificate(*cfg.Files, zap.NewNop())
		errs = append(errs, err)
	}
	if cfg.ACME != nil {
		_, err := acmeIssuer(*cfg.ACME, zap.NewNop())
		errs = append(errs, err)
	}
	if cfg.ClientCA != "" {
		_, err := newClientAuthorities(&tls.Config{}, cfg.ClientCA, zap.NewNop())
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// sampleErrors runs a profile's samples.
func sampleErrors(p *configs.Profile) []string {
	reader, err := normalize.NewReader(&p.Profile)
	if err != nil {
		return []string{err.Error()}
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
