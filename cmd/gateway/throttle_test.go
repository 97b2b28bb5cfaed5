package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gateway/problemtest"
)

// runCommandLine runs one and returns what it printed.
func runCommandLine(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = dispatch(t.Context(), stdio{strings.NewReader(""), &stdout, &stderr}, args)
	return code, stdout.String(), stderr.String()
}

// codeOf gets a URL; code is "" for a success.
func codeOf(t *testing.T, url, consumer string) (code, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Consumer", consumer)
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode == http.StatusOK {
		return "", string(data)
	}
	return string(problemtest.Decode(t, data).Code), string(data)
}

// TestOrdersByHand pauses, resumes and cools down a running gateway from the command line.
func TestOrdersByHand(t *testing.T) {
	vendor := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer vendor.Close()
	g := startGateway(t, "consumers: {identify: 'header:X-Consumer', weights: {nightly: 1, web: 2}}\nupstreams: {up: {url: '"+vendor.URL+"'}}")
	admin := "--admin=" + strings.TrimPrefix(g.admin, "http://")
	expect := func(consumer, want, why string) {
		t.Helper()
		code, body := codeOf(t, g.callers+"/up/x", consumer)
		if code != want || !strings.Contains(body, why) {
			t.Errorf("%s: problem %q, want %q with %q: %s", consumer, code, want, why, body)
		}
	}
	run := func(want int, args ...string) (string, string) {
		t.Helper()
		code, out, errs := runCommandLine(t, append(args, admin)...)
		if code != want {
			t.Errorf("%v: exit code %d, want %d: %s%s", args, code, want, out, errs)
		}
		return out, errs
	}

	run(exitOK, "pause", "up", "--consumer", "nightly", "--reason", "it repeats itself, ticket 7")
	expect("nightly", "throttled", "ticket 7")
	expect("web", "", "")
	run(exitOK, "resume", "up", "--consumer", "nightly")
	expect("nightly", "", "")

	out, _ := run(exitOK, "pause", "up", "--reason", "the contract ended")
	if !strings.Contains(out, `"reason": "the contract ended"`) {
		t.Error(out)
	}
	expect("web", "throttled", "the contract ended")
	run(exitOK, "resume", "up")

	run(exitOK, "cooldown", "up", "--for", "10m", "--reason", "the vendor called")
	expect("web", "throttled", "the vendor called")
	run(exitOK, "cooldown", "up", "--clear")
	expect("web", "", "")

	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{exitUsage, "say which upstream", []string{"pause", "--reason", "x"}},
		{exitUsage, "give a --reason", []string{"pause", "up"}},
		{exitUsage, "give a --reason", []string{"cooldown", "up", "--for", "5m"}},
		{exitUsage, "either --for", []string{"cooldown", "up", "--reason", "x"}},
		{exitUsage, "either --for", []string{"cooldown", "up", "--reason", "x", "--for", "5m", "--clear"}},
		{exitFailed, "404 Not Found: there is no such upstream; /api/v1/status lists them\n", []string{"pause", "other", "--reason", "x"}},
		{exitFailed, `there is no consumer "weg"; there are _other, nightly, web`, []string{"pause", "up", "--reason", "x", "--consumer", "weg"}},
		{exitFailed, "no such pause", []string{"resume", "up"}},
		{exitFailed, "time span", []string{"cooldown", "up", "--reason", "x", "--for", "5"}},
		{exitFailed, "at most 1h", []string{"cooldown", "up", "--for", "25h", "--reason", "x"}},
		{exitFailed, "one line", []string{"pause", "up", "--reason", "a\nb"}},
	} {
		if _, errs := run(c.code, c.args...); !strings.Contains(errs, c.says) {
			t.Errorf("%v says %q, want %q", c.args, errs, c.says)
		}
	}
}

// TestOrdersFromOtherSitesAreRefused is trap 85 for what changes most.
func TestOrdersFromOtherSitesAreRefused(t *testing.T) {
	g := startGateway(t, "upstreams: {up: {url: 'http://127.0.0.1:1'}}")
	for name, header := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.admin+"/api/v1/upstreams/up/pause", strings.NewReader(`{"reason": "mine"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set(name, header)
		client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
}
