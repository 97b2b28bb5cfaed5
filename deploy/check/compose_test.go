package check_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

func loadCompose(t *testing.T, file string) (*types.Project, error) {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{file}, cli.WithResolvedPaths(true))
	if err != nil {
		t.Fatal(err)
	}
	return options.LoadProject(t.Context())
}

func TestComposeStartsWhatItNames(t *testing.T) {
	p, err := loadCompose(t, deploy+"/compose/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(p.Services)); !slices.Equal(got, []string{"gateway", "grafana", "prometheus", "redis"}) {
		t.Errorf("services are %v", got)
	}
	for name, s := range p.Services {
		if _, tag, ok := strings.Cut(s.Image, ":"); s.Build == nil && (!ok || tag == "latest") {
			t.Errorf("%s: image %q has no version", name, s.Image)
		}
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %s is open to the network", name, port.Published)
			}
		}
		for _, v := range s.Volumes {
			if _, err := os.Stat(v.Source); v.Type == types.VolumeTypeBind && err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for on, how := range s.DependsOn {
			if how.Condition == types.ServiceConditionHealthy && p.Services[on].HealthCheck == nil && p.Services[on].Build == nil {
				t.Errorf("%s waits until %s is healthy, which nothing tells", name, on)
			}
		}
	}
	if b := p.Services["gateway"].Build; !exists(b.Context+"/"+b.Dockerfile) || !p.Services["gateway"].ReadOnly {
		t.Errorf("the gateway is built of %s with %s", b.Context, b.Dockerfile)
	}
	checkConfig(t, read(t, deploy, "compose/gateway.yaml"))
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// TestComposeIsReadStrictly: a misspelt key would be found.
func TestComposeIsReadStrictly(t *testing.T) {
	file := t.TempDir() + "/compose.yaml"
	text := strings.Replace(read(t, deploy, "compose/compose.yaml"), "read_only:", "readonly:", 1)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadCompose(t, file); err == nil || !strings.Contains(err.Error(), "readonly") {
		t.Errorf("%v", err)
	}
}
