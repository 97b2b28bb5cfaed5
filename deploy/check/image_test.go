package check_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// TestImageBuildsAndRuns builds the last stage with buildah. Its base comes from a registry, so the image stands FROM
// scratch here; the base adds certificates, time zones and a user to it, and no program.
func TestImageBuildsAndRuns(t *testing.T) {
	needs(t, "buildah")
	folder := t.TempDir()
	var lines []string
	for _, command := range finalStage(t).Commands {
		line := command.(interface{ String() string }).String()
		if c, ok := command.(*instructions.CopyCommand); ok && c.From == "build" {
			line = "COPY gateway " + c.DestPath
		}
		lines = append(lines, line)
	}
	file := filepath.Join(folder, "Dockerfile")
	text := "FROM scratch\n" + strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "gateway"), []byte(read(t, gateway)), 0o755); err != nil {
		t.Fatal(err)
	}
	buildah := func(args ...string) string {
		t.Helper()
		return run(t, "buildah", append([]string{"--root", folder + "/root", "--runroot", folder + "/run", "--storage-driver", "vfs"}, args...)...)
	}
	buildah("build", "--isolation", "chroot", "--format", "docker", "--quiet", "--tag", "gateway-check", "--file", file, folder)
	buildah("from", "--pull-never", "--name", "gateway-check", "gateway-check")
	defer buildah("rm", "gateway-check")

	var image struct {
		Docker struct {
			Config struct {
				User        string
				Entrypoint  []string
				Cmd         []string
				Healthcheck struct{ Test []string }
			} `json:"config"`
		}
	}
	if err := json.Unmarshal([]byte(buildah("inspect", "--type", "image", "gateway-check")), &image); err != nil {
		t.Fatal(err)
	}
	c := image.Docker.Config
	if c.User != "65532:65532" || strings.Join(c.Entrypoint, " ") != "/gateway" || strings.Join(c.Cmd, " ") != "run --config /etc/gateway/gateway.yaml" ||
		strings.Join(c.Healthcheck.Test, " ") != "CMD /gateway health" {
		t.Errorf("%+v", c)
	}
	if out := buildah("run", "--isolation", "chroot", "gateway-check", "--", "/gateway", "version"); !strings.HasPrefix(out, "gateway ") {
		t.Errorf("it says %q", out)
	}
	// As nobody, with nothing but its own file, it still knows every profile.
	if out := buildah("run", "--isolation", "chroot", "gateway-check", "--", "/gateway", "profiles"); !strings.Contains(out, "akeneo") {
		t.Errorf("it says %q", out)
	}
}
