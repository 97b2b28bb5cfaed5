package check_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// worstExposure is what systemd-analyze may give the unit, from 0 to 10: below 4 is "OK".
const worstExposure = 4.0

// units puts the units into a folder; the program that is started must be there to be verified.
func units(t *testing.T) (service, socket string) {
	t.Helper()
	folder := t.TempDir()
	service, socket = filepath.Join(folder, "gateway.service"), filepath.Join(folder, "gateway.socket")
	text := read(t, deploy, "gateway.service")
	if !strings.Contains(text, "ExecStart=/usr/bin/gateway ") {
		t.Fatal("it starts another program than packages install")
	}
	for file, text := range map[string]string{service: strings.Replace(text, "/usr/bin/gateway", gateway, 1), socket: read(t, deploy, "gateway.socket")} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return service, socket
}

func TestSystemdVerify(t *testing.T) {
	needs(t, "systemd-analyze")
	service, socket := units(t)
	if out := run(t, "systemd-analyze", "verify", "--man=no", service, socket); strings.Contains(out, filepath.Dir(service)) {
		t.Error(out)
	}
}

func TestSystemdSecurity(t *testing.T) {
	needs(t, "systemd-analyze")
	service, _ := units(t)
	out := run(t, "systemd-analyze", "security", "--offline=true", "--no-pager", service)
	level := regexp.MustCompile(`exposure level for \S+: ([\d.]+)`).FindStringSubmatch(out)
	if level == nil {
		t.Fatal(out)
	}
	if exposure, err := strconv.ParseFloat(level[1], 64); err != nil || exposure > worstExposure {
		t.Errorf("exposure %s\n%s", level[1], out)
	}
	t.Log(level[0])
}
