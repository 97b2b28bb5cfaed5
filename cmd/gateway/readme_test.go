package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"gateway/proxy"
)

// root is the folder of the module, seen from here.
const root = "../.."

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestReadmeNamesWhatExists: links lead to files, and make knows the targets.
func TestReadmeNamesWhatExists(t *testing.T) {
	readme, makefile := readFile(t, "README.md"), readFile(t, "Makefile")
	for _, m := range regexp.MustCompile(`\]\(([^):]+)\)`).FindAllStringSubmatch(readme, -1) {
		if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
			t.Error(err)
		}
	}
	for _, m := range regexp.MustCompile("[`$] ?make ([a-z-]+)").FindAllStringSubmatch(readme, -1) {
		if !strings.Contains(makefile, "\n"+m[1]+":") {
			t.Errorf("make has no target %s", m[1])
		}
	}
}

// console is a command of the README with the output that stands below it.
type console struct {
	command string
	output  []string
}

// consoles returns the commands of all console blocks in their order.
func consoles(readme string) (out []console) {
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(readme, -1) {
		for line := range strings.Lines(block[1]) {
			line = strings.TrimRight(line, "\n")
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				out = append(out, console{command: command})
			} else {
				out[len(out)-1].output = append(out[len(out)-1].output, line)
			}
		}
	}
	return out
}

// TestReadmeShowsWhatHappens runs the README's commands before a demo and finds in their output what it shows; an
// ellipsis stands for what is left out.
func TestReadmeShowsWhatHappens(t *testing.T) {
	t.Parallel() // it waits
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatal("curl is missing: make deps installs it")
	}
	run := readmeShell(t)
	for _, s := range consoles(readFile(t, "README.md")) {
		if strings.HasPrefix(s.command, "make ") {
			continue // TestReadmeNamesWhatExists knows them
		}
		got := run(s.command)
		for i, line := range s.output {
			if isCount.MatchString(line) {
				if code := strings.Fields(line)[1]; i == len(s.output)-1 && !strings.Contains(got, code) {
					t.Errorf("$ %s\nno %s in\n%s", s.command, code, got)
				}
				continue // how many there are depends on the machine
			}
			for part := range strings.SplitSeq(line, "…") {
				if part = strings.TrimSpace(part); !strings.Contains(got, part) {
					t.Errorf("$ %s\nno %s in\n%s", s.command, part, got)
				}
			}
		}
	}
}

// isCount is a line of uniq -c.
var isCount = regexp.MustCompile(`^ +\d+ \d+$`)

// readmeShell returns what runs a command of the README in the module's folder, before a demo on ports of its own.
func readmeShell(t *testing.T) func(command string) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	group, ctx := errgroup.WithContext(ctx)
	d, err := startDemo(ctx, group, proxy.NewShared(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
	})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	gateway := filepath.Join(t.TempDir(), "gateway") // under this name the test's own binary is the command
	if err := os.Symlink(self, gateway); err != nil {
		t.Fatal(err)
	}
	addresses := strings.NewReplacer(
		"127.0.0.1:8080", d.gateway.callers[0].Addr().String(), "127.0.0.1:8081", d.gateway.admin.Addr().String(),
		"127.0.0.1:8091", d.vendors["accelo"], "127.0.0.1:8092", d.vendors["akeneo"], "127.0.0.1:8093", d.vendors["apaleo"],
		"bin/gateway", gateway, "[1-500]", "[1-150]",
	)
	return func(command string) string {
		cmd := exec.CommandContext(t.Context(), "bash", "-c", addresses.Replace(command))
		cmd.Dir = root
		out, err := cmd.CombinedOutput()
		if err != nil && !strings.Contains(command, "invalid-") {
			t.Errorf("$ %s: %v\n%s", command, err, out)
		}
		return string(out)
	}
}
