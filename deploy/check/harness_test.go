// Package check_test checks what is deployed: whatever can be without a registry or a cluster. It is a module of its own,
// so that the daemon depends on none of what this needs. make check-deploy runs it.
package check_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// deploy and root are folders of the project, as seen from here.
const (
	deploy = ".."
	root   = "../.."
)

// gateway is the program, built as it is for an image or a package.
var gateway string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "gateway-check-")
	if err != nil {
		panic(err)
	}
	gateway = filepath.Join(folder, "gateway")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", gateway, "./cmd/gateway")
	build.Dir, build.Env, build.Stderr = root, append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// run runs a command and returns what it printed.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// needs skips a test whose program is missing; make check-deploy installs all of them.
func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skip(program + " is missing: make check-deploy installs it")
	}
}

// checkConfig lets the gateway check a configuration.
func checkConfig(t *testing.T, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "gateway.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, gateway, "check", "--config", file)
}

func read(t *testing.T, elements ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
