package check_test

import (
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	"sigs.k8s.io/yaml"

	corev1 "k8s.io/api/core/v1"
)

const chartFolder = deploy + "/helm/gateway"

func TestHelmLint(t *testing.T) {
	result := lint.AllWithKubeVersion(chartFolder, map[string]any{}, "default", &kubeVersion)
	for _, m := range result.Messages {
		if m.Severity > support.InfoSev {
			t.Error(m)
		}
	}
}

var kubeVersion = chartutil.KubeVersion{Version: "v1.33.0", Major: "1", Minor: "33"}

// rendered is the chart with values, as YAML of manifests.
func rendered(t *testing.T, c *chart.Chart, values string) ([]byte, error) {
	t.Helper()
	var given map[string]any
	if err := yaml.Unmarshal([]byte(values), &given); err != nil {
		t.Fatal(err)
	}
	capabilities := *chartutil.DefaultCapabilities
	capabilities.KubeVersion = kubeVersion
	release := chartutil.ReleaseOptions{Name: "way", Namespace: "default", IsInstall: true}
	all, err := chartutil.ToRenderValues(c, given, release, &capabilities)
	if err != nil {
		return nil, err
	}
	files, err := engine.Render(c, all)
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	for name, text := range files {
		if !strings.HasSuffix(name, "NOTES.txt") && strings.TrimSpace(text) != "" {
			out.WriteString("---\n" + text + "\n")
		}
	}
	return []byte(out.String()), nil
}

func loadChart(t *testing.T, folder string) *chart.Chart {
	t.Helper()
	c, err := loader.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestHelmEgress(t *testing.T) {
	for name, values := range map[string]string{
		"as it is": "{}",
		"more replicas, with a store": `
replicas: 3
secret: vendors
service: {port: 8080}
image: {repository: registry.internal/gateway, tag: "1.2.3"}
config:
  quota: {store: redis, url: "redis://redis:6379/0"}
  upstreams: {apaleo: {url: https://api.apaleo.com, profile: apaleo}}`,
	} {
		t.Run(name, func(t *testing.T) {
			manifests, err := rendered(t, loadChart(t, chartFolder), values)
			if err != nil {
				t.Fatal(err)
			}
			c := clusterOf(t, manifests)
			c.check(t)
			c.checkOnlyWayOut(t)
			if len(c.deployments) != 1 || len(c.services) != 1 || len(c.budgets) != 1 || len(c.policies) != 2 || len(c.configs) != 1 {
				t.Errorf("%s", manifests)
			}
			mounts := c.deployments[0].Spec.Template.Spec.Containers[0].VolumeMounts
			hasSecret := slices.ContainsFunc(mounts, func(m corev1.VolumeMount) bool { return m.MountPath == "/run/secrets/gateway" && m.ReadOnly })
			if hasSecret != strings.Contains(values, "secret:") {
				t.Errorf("mounts are %v", mounts)
			}
		})
	}
}

func TestHelmWithoutPolicies(t *testing.T) {
	manifests, err := rendered(t, loadChart(t, chartFolder), "networkPolicy: {enabled: false}")
	if err != nil {
		t.Fatal(err)
	}
	if c := clusterOf(t, manifests); len(c.policies) != 0 || len(c.deployments) != 1 {
		t.Errorf("%s", manifests)
	}
}

// TestHelmSidecar is an app's chart that puts the gateway beside the app.
func TestHelmSidecar(t *testing.T) {
	app := loadChart(t, "testdata/shop")
	app.AddDependency(loadChart(t, chartFolder))
	manifests, err := rendered(t, app, "{}")
	if err != nil {
		t.Fatal(err)
	}
	c := clusterOf(t, manifests)
	c.check(t)
	if len(c.deployments) != 1 || len(c.services) != 0 || len(c.policies) != 0 {
		t.Fatalf("%s", manifests)
	}
	beside := c.deployments[0].Spec.Template.Spec.InitContainers
	if len(beside) != 1 || beside[0].RestartPolicy == nil || *beside[0].RestartPolicy != corev1.ContainerRestartPolicyAlways {
		t.Errorf("%v", beside)
	}
}

// TestHelmRefuses values that would not do what they say.
func TestHelmRefuses(t *testing.T) {
	for values, want := range map[string]string{
		"replicas: 2":     "each process would take the whole quota",
		"replicas: 0":     "replicas",
		"replica: 2":      "replica",
		"mode: elsewhere": "mode",
		"config: {upstreams: {}}\nimage: {repository: \"\"}": "repository",
	} {
		if _, err := rendered(t, loadChart(t, chartFolder), values); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", values, err)
		}
	}
}
