package main

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// promtool runs Prometheus's own checker in deploy/prometheus.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatal("promtool is missing: make deps installs it")
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = "../../deploy/prometheus"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestAlertsFireWhenTheyShould(t *testing.T) {
	promtool(t, "check", "config", "prometheus.yml")
	promtool(t, "check", "rules", "rules.yml", "alerts.yml")
	promtool(t, "test", "rules", "alerts_test.yml")
}

// TestEveryAlertIsTestedAndSaysWhatToDo compares the names; promtool passes over an alert that no test mentions.
func TestEveryAlertIsTestedAndSaysWhatToDo(t *testing.T) {
	alerts, tests := read(t, "../../deploy/prometheus/alerts.yml"), read(t, "../../deploy/prometheus/alerts_test.yml")
	names := names(alerts, `- alert: (\w+)`)
	if len(names) < 8 {
		t.Fatalf("%d alerts", len(names))
	}
	if summaries := strings.Count(alerts, "summary: "); summaries != len(names) {
		t.Errorf("%d alerts have %d summaries", len(names), summaries)
	}
	for _, name := range names {
		if !regexp.MustCompile(`alertname: ` + name + `\s+exp_alerts:\s+- exp_labels`).MatchString(tests) {
			t.Errorf("no test sees %s fire", name)
		}
	}
	var explained []string // by the headings of the runbook, which may name several
	for _, heading := range regexp.MustCompile(`(?m)^## .*$`).FindAllString(read(t, "../../deploy/RUNBOOK.md"), -1) {
		explained = append(explained, regexp.MustCompile(`Gateway\w+`).FindAllString(heading, -1)...)
	}
	slices.Sort(explained)
	if diff := cmp.Diff(names, explained); diff != "" {
		t.Errorf("alerts and headings of the runbook: %s", diff)
	}
}

// TestRulesAndDashboardsAskForMetricsThatExist compares names with what a gateway offers.
func TestRulesAndDashboardsAskForMetricsThatExist(t *testing.T) {
	var asked strings.Builder
	asked.WriteString(read(t, "../../deploy/prometheus/alerts.yml") + read(t, "../../deploy/prometheus/rules.yml"))
	for _, q := range dashboardQueries(t) {
		asked.WriteString(q.expr + "\n")
	}
	cert, key := certificateFiles(t)
	redis := startRedis(t).Address
	g := startGateway(t, "tls: {files: {cert: "+cert+", key: "+key+"}}\nquota: {store: redis, url: 'redis://:geheim@"+redis+"'}\nupstreams: {akeneo: {url: http://127.0.0.1:1, profile: akeneo, credentials: {oauth2: {token_url: http://127.0.0.1:1, client_id: x}}}}\n")
	_, metrics := get(t, g.admin+"/metrics")
	offered := names(metrics, `(?m)^# TYPE (\w+)`)
	for _, name := range names(asked.String(), `\b(gateway_\w+)\b`) {
		base := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
		recorded := strings.Contains(asked.String(), ":"+name+":")
		if !recorded && !slices.Contains(offered, name) && !slices.Contains(offered, base) {
			t.Errorf("%s is asked for, and not offered", name)
		}
	}
}

func names(text, pattern string) (out []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
