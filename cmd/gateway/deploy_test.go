package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// What of deploy/ is checked without compiling Helm, Kustomize and their like: make check-deploy has the rest.

// TestDeployedConfigurationsAreFine: what is mounted in containers is what this gateway reads.
func TestDeployedConfigurationsAreFine(t *testing.T) {
	var values struct {
		Config yaml.MapSlice `yaml:"config"`
	}
	if err := yaml.Unmarshal([]byte(readFile(t, "deploy/helm/gateway/values.yaml")), &values); err != nil {
		t.Fatal(err)
	}
	chart, err := yaml.Marshal(values.Config)
	if err != nil {
		t.Fatal(err)
	}
	configurations := map[string]string{"deploy/helm/gateway/values.yaml": string(chart)}
	for _, name := range []string{"deploy/compose/gateway.yaml", "deploy/kubernetes/base/gateway.yaml", "deploy/kubernetes/sidecar/gateway.yaml", "configs/gateway.yaml"} {
		configurations[name] = readFile(t, name)
	}
	for name, text := range configurations {
		file := filepath.Join(t.TempDir(), "gateway.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), "gateway", "check", "--config", file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// worstExposure is what systemd-analyze may give the unit, from 0 to 10: below 4 is "OK".
const worstExposure = 4.0

// systemdAnalyze runs it on the units, which stand in a folder beside the program that they start.
func systemdAnalyze(t *testing.T, command string, options ...string) (out, folder string) {
	t.Helper()
	program, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd-analyze: systemd has it")
	}
	gateway, err := exec.LookPath("gateway")
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	args := append([]string{command}, options...)
	for _, name := range []string{"gateway.service", "gateway.socket"} {
		text := readFile(t, "deploy/"+name)
		if name == "gateway.service" && !strings.Contains(text, "ExecStart=/usr/bin/gateway ") {
			t.Fatal("it starts another program than packages install")
		}
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(strings.Replace(text, "/usr/bin/gateway", gateway, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if args = append(args, file); command == "security" {
			break // a socket runs nothing
		}
	}
	printed, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, printed)
	}
	return string(printed), folder
}

func TestSystemdVerifiesTheUnits(t *testing.T) {
	if out, folder := systemdAnalyze(t, "verify", "--man=no"); strings.Contains(out, folder) {
		t.Error(out)
	}
}

func TestSystemdFindsTheUnitHardened(t *testing.T) {
	out, _ := systemdAnalyze(t, "security", "--offline=true", "--no-pager")
	level := regexp.MustCompile(`exposure level for \S+: ([\d.]+)`).FindStringSubmatch(out)
	if level == nil {
		t.Fatal(out)
	}
	if exposure, err := strconv.ParseFloat(level[1], 64); err != nil || exposure > worstExposure {
		t.Errorf("exposure %s\n%s", level[1], out)
	}
}
