package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gateway/configs"
)

// TestPublicCorpusThroughGateway sends every labelled answer of a vendor with a profile through one gateway that has
// them all as upstreams, each by its own profile.
func TestPublicCorpusThroughGateway(t *testing.T) {
	var (
		cases  []corpusCase
		config strings.Builder
	)
	for _, vendor := range publicVendors(t) {
		cases = append(cases, readCorpus(t, "public/"+vendor)...)
	}
	url := replayVendor(t, cases)
	config.WriteString("upstreams:\n")
	for _, vendor := range publicVendors(t) {
		fmt.Fprintf(&config, "  %s: {url: %q, profile: %s, throttle: {mode: \"off\"}, retry: {attempts: 1}, breaker: {enabled: false}}\n", vendor, url, vendor)
	}
	gw := startGateway(t, config.String())
	passed := 0
	for i, c := range cases {
		if faults := c.judge(t, gw.callers+"/"+c.Vendor, i); len(faults) > 0 {
			t.Errorf("%s differs: %s", c.ID, strings.Join(faults, "; "))
			continue
		}
		passed++
	}
	t.Logf("public vendors by their profiles: %d of %d", passed, len(cases))
}

// TestEveryPublicVendorHasAProfile keeps catalogue and corpus together.
func TestEveryPublicVendorHasAProfile(t *testing.T) {
	known := configs.ProfileNames()
	for _, vendor := range publicVendors(t) {
		if !slices.Contains(known, vendor) {
			t.Errorf("%s has no profile", vendor)
		}
	}
}

func publicVendors(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "normalize", "testdata", "corpus", "public", "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatal("no public corpus", err)
	}
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".jsonl"))
	}
	return names
}
