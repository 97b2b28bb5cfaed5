package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gateway/servertest"
)

// prometheus is a real one that scrapes a gateway every second, with the recording rules and alerts of deploy.
type prometheus struct{ url string }

// startPrometheus runs Debian's Prometheus until the test ends.
func startPrometheus(t *testing.T, admin string) prometheus {
	t.Helper()
	path, err := exec.LookPath("prometheus")
	if err != nil {
		t.Fatal("prometheus is missing: make deps installs it")
	}
	folder := t.TempDir()
	address := servertest.Address(t)
	cmd := exec.CommandContext(t.Context(), path, "--config.file="+scrapeConfig(t, folder, admin), "--storage.tsdb.path="+filepath.Join(folder, "data"),
		"--web.listen-address="+address, "--log.level=error")
	cmd.Stderr = t.Output()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may be gone
		_ = cmd.Wait()                          // its code is that of the signal
	})
	p := prometheus{"http://" + address}
	p.wait(t)
	return p
}

// scrapeConfig is the configuration of deploy for this one gateway, in a hurry.
func scrapeConfig(t *testing.T, folder, admin string) string {
	t.Helper()
	deploy, err := filepath.Abs("../../deploy/prometheus")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(deploy, "prometheus.yml"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("15s", "1s", "gateway:8081", strings.TrimPrefix(admin, "http://"),
		"rules.yml", filepath.Join(deploy, "rules.yml"), "alerts.yml", filepath.Join(deploy, "alerts.yml")).Replace(string(data))
	file := filepath.Join(folder, "prometheus.yml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// wait returns when it has scraped the gateway: what happens from then on is seen as a rise.
func (p prometheus) wait(t *testing.T) {
	t.Helper()
	if !eventually(t, func() bool {
		found, err := p.query(t.Context(), "gateway_build_info")
		return err == nil && len(found) > 0
	}) {
		t.Fatal("Prometheus does not scrape the gateway")
	}
}

// sample is one value of a query's answer.
type sample struct {
	Metric map[string]string
	Value  [2]any
}

// query returns the samples that are numbers.
func (p prometheus) query(ctx context.Context, expr string) ([]sample, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/api/v1/query?query="+url.QueryEscape(expr), nil)
	if err != nil {
		return nil, err
	}
	client := http.Client{Timeout: patience}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct {
		Error string
		Data  struct{ Result []sample }
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if answer.Error != "" {
		return nil, fmt.Errorf("%s: %s", expr, answer.Error)
	}
	var out []sample
	for _, s := range answer.Data.Result {
		if s.Value[1] != "NaN" {
			out = append(out, s)
		}
	}
	return out, nil
}
