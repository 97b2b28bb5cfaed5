package check_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/deb" // what packages can be made
	_ "github.com/goreleaser/nfpm/v2/rpm"
	"github.com/sassoftware/go-rpmutils"
)

// packaged makes a package of the built program and returns its file.
func packaged(t *testing.T, kind string) string {
	t.Helper()
	folder := t.TempDir()
	top, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"deploy", "configs"} {
		if err := os.Symlink(filepath.Join(top, name), filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "dist"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"README.md": read(t, root, "README.md"), "dist/gateway-linux-amd64": read(t, gateway)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(folder) // the sources in nfpm.yaml are told from the project's folder
	config, err := nfpm.ParseFileWithEnvMapping("deploy/nfpm.yaml", func(name string) string {
		return map[string]string{"ARCH": "amd64", "VERSION": "1.2.3"}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	info, err := config.Get(kind)
	if err != nil {
		t.Fatal(err)
	}
	info = nfpm.WithDefaults(info)
	if err := nfpm.PrepareForPackager(info, kind); err != nil {
		t.Fatal(err)
	}
	packager, err := nfpm.Get(kind)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "gateway."+kind)
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := packager.Package(info, out); err != nil {
		t.Fatal(err)
	}
	return file
}

// packageFiles are what every package has.
var packageFiles = []string{
	"/etc/gateway/gateway.yaml", "/usr/bin/gateway", "/usr/lib/systemd/system/gateway.service", "/usr/lib/systemd/system/gateway.socket",
	"/usr/share/doc/gateway/README.md", "/usr/share/doc/gateway/configuration.md",
}

// installer is a package manager that installs into a folder.
type installer struct {
	kind, program string
	folders       []string // that it wants to be there
	install       []string
	upgrade       []string
	remove        []string
}

var installers = []installer{
	{
		"deb", "dpkg",
		[]string{"var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log"},
		[]string{"--force-not-root", "--install"},
		[]string{"--force-not-root", "--install"},
		[]string{"--force-not-root", "--remove", "gateway"},
	},
	{
		"rpm", "rpm",
		[]string{"var/lib/rpm"},
		[]string{"--install"},
		[]string{"--upgrade", "--force"},
		[]string{"--erase", "gateway"},
	},
}

// TestPackagesAreInstalledUpgradedAndRemoved with Debian's own dpkg, and with rpm, into a folder.
func TestPackagesAreInstalledUpgradedAndRemoved(t *testing.T) {
	for _, i := range installers {
		t.Run(i.kind, func(t *testing.T) {
			needs(t, i.program)
			file, system := packaged(t, i.kind), t.TempDir()
			for _, folder := range i.folders {
				if err := os.MkdirAll(filepath.Join(system, folder), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if i.kind == "deb" {
				if err := os.WriteFile(filepath.Join(system, "var/lib/dpkg/status"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			manage := func(args []string, more ...string) {
				t.Helper()
				run(t, i.program, append(append([]string{"--root=" + system}, args...), more...)...)
			}
			installed, config := filepath.Join(system, "usr/bin/gateway"), filepath.Join(system, "etc/gateway/gateway.yaml")

			manage(i.install, file)
			for _, name := range packageFiles {
				if !exists(filepath.Join(system, name)) {
					t.Errorf("%s was not installed", name)
				}
			}
			if out := run(t, installed, "version"); !strings.HasPrefix(out, "gateway ") {
				t.Errorf("the program says %q", out)
			}
			run(t, installed, "check", "--config", config)

			const changed = "upstreams: {mine: {url: https://api.example.com}}\n"
			if err := os.WriteFile(config, []byte(changed), 0o600); err != nil {
				t.Fatal(err)
			}
			manage(i.upgrade, file) // as a newer version would be
			if got := read(t, config); got != changed {
				t.Errorf("the operator's configuration is lost: %s", got)
			}
			manage(i.remove)
			if exists(installed) || !exists(config) && !exists(config+".rpmsave") {
				t.Error("removing leaves the program, or takes the configuration")
			}
			if i.kind == "deb" {
				manage([]string{"--force-not-root", "--purge", "gateway"})
				if exists(config) {
					t.Error("purging leaves the configuration")
				}
			}
		})
	}
}

// TestRPMHoldsWhatTheDebDoes, by inspection: the configuration is marked as one.
func TestRPMHoldsWhatTheDebDoes(t *testing.T) {
	file, err := os.Open(packaged(t, "rpm"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rpm, err := rpmutils.ReadRpm(file)
	if err != nil {
		t.Fatal(err)
	}
	files, err := rpm.Header.GetFiles()
	if err != nil {
		t.Fatal(err)
	}
	const isConfig, isConfigKept = 1, 16 // RPMFILE_CONFIG, RPMFILE_NOREPLACE
	var names []string
	for _, f := range files {
		if f.Mode()&0o170000 == 0o100000 {
			names = append(names, f.Name())
		}
		if f.Name() == "/usr/bin/gateway" && f.Mode()&0o777 != 0o755 {
			t.Errorf("the program's mode is %o", f.Mode())
		}
		if f.Name() == "/etc/gateway/gateway.yaml" && f.Flags() != isConfig|isConfigKept {
			t.Errorf("an upgrade would replace the configuration: flags %d", f.Flags())
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, packageFiles) {
		t.Errorf("files are %v", names)
	}
	if v, err := rpm.Header.GetString(rpmutils.VERSION); err != nil || v != "1.2.3" {
		t.Errorf("version %q, %v", v, err)
	}
}
